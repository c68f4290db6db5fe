"""Resend: mails one by one and in batches, kept for the outbox; domains and suppressions."""

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.mailbox import Mailbox
from local.standins.resend_events import MailEvents
from local.standins.resend_limits import Idempotency, RateLimit, over_quota, unwelcome
from local.standins.resend_rules import Refusal, addresses, refusal_of
from local.standins.wire import json_answer, json_body
from local.standins.world import World

MOST_IN_BATCH = 100
_DOMAINS = "resend-domain"
Handler = Callable[[Request], Awaitable[Response]]


class Resend:
    """The API of one team with its verified domains."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.mailbox = Mailbox(world.state)
        self.events = MailEvents(world, self.mailbox)
        self._rate = RateLimit(world.config)
        self._idempotency = Idempotency(world)
        self._calls = itertools.count(self.mailbox.count() + 1)
        for part in ("t", "fans"):
            self._add_domain(f"{part}.{world.environment.mail_domain}", status="verified")

    def app(self) -> Starlette:
        domain = "/domains/{domain_id}"
        return Starlette(
            routes=[
                Route("/emails", self.guarded(self.send_one), methods=["POST"]),
                Route("/emails/batch", self.guarded(self.send_batch), methods=["POST"]),
                Route("/emails", self.guarded(self.list_mails)),
                Route("/emails/{mail_id}", self.guarded(self.read_mail)),
                Route("/domains", self.guarded(self.list_domains)),
                Route("/domains", self.guarded(self.create_domain), methods=["POST"]),
                Route(domain, self.guarded(self.read_domain)),
                Route(domain, self.guarded(self.change_domain), methods=["PATCH"]),
                Route(domain, self.guarded(self.delete_domain), methods=["DELETE"]),
                Route(domain + "/verify", self.guarded(self.verify_domain), methods=["POST"]),
                Route("/suppressions", self.guarded(self.list_suppressions)),
                Route("/suppressions/{email}", self.guarded(self.forgive), methods=["DELETE"]),
                Route(
                    "/{anything:path}",
                    self.guarded(_unknown),
                    methods=["GET", "POST", "PATCH", "DELETE"],
                ),
            ]
        )

    def guarded(self, handler: Handler) -> Handler:
        async def checked(request: Request) -> Response:
            refusal = unwelcome(request, world=self._world)
            limited = refusal is None and not self._rate.take()
            if limited:
                text = "Too many requests. You can only make a few requests per second."
                refusal = Refusal(429, "rate_limit_exceeded", text)
            answer = _refused(refusal) if refusal else await handler(request)
            answer.headers.update(self._rate.headers(limited=limited))
            answer.headers["x-resend-monthly-quota"] = str(self.mailbox.count())
            return answer

        return checked

    async def send_one(self, request: Request) -> Response:
        mail = await json_body(request)
        refusal = self._refusal(mail, in_batch=False)
        return await self._once(
            request, mail, lambda: refusal or {"id": self._accept([mail], request=request)[0]}
        )

    async def send_batch(self, request: Request) -> Response:
        mails = await json_body(request)
        permissive = request.headers.get("x-batch-validation", "strict") == "permissive"

        def accepted() -> dict[str, Any] | Refusal:
            return self._accept_batch(mails, permissive=permissive, request=request)

        return await self._once(request, mails, accepted)

    async def _once(
        self,
        request: Request,
        payload: object,
        accept: Callable[[], dict[str, Any] | Refusal],
    ) -> Response:
        """Accept under the idempotency key, or give the answer that the key already has."""
        given = request.headers.get("idempotency-key")
        key = f"{request.url.path}:{given}"
        if given is not None:
            known = self._idempotency.known_answer(key, payload)
            if isinstance(known, Refusal):
                return _refused(known)
            if known is not None:
                return json_answer(known)
        if quota := over_quota(self._world.config):
            return _refused(quota)
        outcome = accept()
        if isinstance(outcome, Refusal):
            return _refused(outcome)
        if given is not None:
            self._idempotency.keep(key, payload, outcome)
            await self._processing(key)
        return json_answer(outcome)

    async def _processing(self, key: str) -> None:
        """Take the time that a test ordered, in which the key counts as running."""
        self._idempotency.start(key)
        try:
            await asyncio.sleep(self._world.config.resend_processing_seconds)
        finally:
            self._idempotency.end(key)

    def _accept_batch(
        self, mails: object, *, permissive: bool, request: Request
    ) -> dict[str, Any] | Refusal:
        if not isinstance(mails, list) or not mails:
            return Refusal(422, "validation_error", "The body must be an array of emails.")
        if len(mails) > MOST_IN_BATCH:
            return Refusal(422, "validation_error", "A batch takes at most 100 emails.")
        refusals = [self._refusal(mail, in_batch=True) for mail in mails]
        errors = [
            {"index": index, "message": refusal.message}
            for index, refusal in enumerate(refusals)
            if refusal
        ]
        first = next((refusal for refusal in refusals if refusal), None)
        if first and not permissive:
            return first
        good = [mail for mail, refusal in zip(mails, refusals, strict=True) if refusal is None]
        ids = self._accept(good, request=request, batch=True)
        answer: dict[str, Any] = {"data": [{"id": mail_id} for mail_id in ids]}
        return answer | ({"errors": errors} if permissive else {})

    def _refusal(self, mail: object, *, in_batch: bool) -> Refusal | None:
        return refusal_of(
            mail,
            domains=self.verified_domains(),
            in_batch=in_batch,
            refuse_reserved=self._world.config.resend_reject_test_domains,
        )

    def _accept(
        self, mails: list[dict[str, Any]], *, request: Request, batch: bool = False
    ) -> list[str]:
        call = next(self._calls)
        kept = [self._kept(mail, call=call, batch=batch, request=request) for mail in mails]
        self.mailbox.add(kept)
        self.events.accepted(kept, lane=f"call {call}")
        return [mail["id"] for mail in kept]

    def _kept(
        self, mail: dict[str, Any], *, call: int, batch: bool, request: Request
    ) -> dict[str, Any]:
        mail_id = str(uuid.uuid4())
        return {
            "id": mail_id,
            "message_id": f"<{mail_id}@eu-west-1.amazonses.com>",
            "to": addresses(mail["to"]),
            "from": mail["from"],
            "subject": mail["subject"],
            "headers": mail.get("headers") or {},
            "tags": mail.get("tags") or [],
            "html": mail.get("html"),
            "text": mail.get("text"),
            "cc": addresses(mail.get("cc")),
            "bcc": addresses(mail.get("bcc")),
            "reply_to": addresses(mail.get("reply_to")),
            "batch": call if batch else None,
            "idempotency_key": request.headers.get("idempotency-key"),
            "accepted_at": self._world.clock.instant(),
        }

    async def list_mails(self, request: Request) -> Response:
        limit = min(100, int(request.query_params.get("limit", 20)))
        mails = self.mailbox.newest(limit=limit + 1)
        return json_answer(
            {
                "object": "list",
                "has_more": len(mails) > limit,
                "data": [_shown(mail) for mail in mails[:limit]],
            }
        )

    async def read_mail(self, request: Request) -> Response:
        mail = self.mailbox.mail(request.path_params["mail_id"])
        return json_answer(_shown(mail)) if mail else _refused(_not_found("Email"))

    def verified_domains(self) -> set[str]:
        documents = self._world.state.all(_DOMAINS).values()
        return {item["name"] for item in documents if item["status"] == "verified"}

    async def list_domains(self, request: Request) -> Response:
        del request
        domains = list(self._world.state.all(_DOMAINS).values())
        return json_answer({"object": "list", "has_more": False, "data": domains})

    async def create_domain(self, request: Request) -> Response:
        body = await json_body(request)
        if not isinstance(body, dict) or not body.get("name"):
            return _refused(Refusal(422, "missing_required_field", "Missing `name` field."))
        return json_answer(self._add_domain(body["name"], status="not_started", settings=body), 201)

    async def read_domain(self, request: Request) -> Response:
        domain = self._world.state.get(_DOMAINS, request.path_params["domain_id"])
        return json_answer(domain) if domain else _refused(_not_found("Domain"))

    async def change_domain(self, request: Request) -> Response:
        domain = self._world.state.get(_DOMAINS, request.path_params["domain_id"])
        if domain is None:
            return _refused(_not_found("Domain"))
        changes = await json_body(request) or {}
        allowed = {"open_tracking", "click_tracking", "tls", "tracking_subdomain"}
        domain |= {name: value for name, value in changes.items() if name in allowed}
        self._world.state.put(_DOMAINS, domain["id"], domain)
        return json_answer({"object": "domain", "id": domain["id"]})

    async def verify_domain(self, request: Request) -> Response:
        domain = self._world.state.get(_DOMAINS, request.path_params["domain_id"])
        if domain is None:
            return _refused(_not_found("Domain"))
        self._world.state.put(_DOMAINS, domain["id"], domain | {"status": "verified"})
        return json_answer({"object": "domain", "id": domain["id"]})

    async def delete_domain(self, request: Request) -> Response:
        domain_id = request.path_params["domain_id"]
        self._world.state.delete(_DOMAINS, domain_id)
        return json_answer({"object": "domain", "id": domain_id, "deleted": True})

    async def list_suppressions(self, request: Request) -> Response:
        del request
        items = list(self.events.suppressions().values())
        return json_answer({"object": "list", "has_more": False, "data": items})

    async def forgive(self, request: Request) -> Response:
        address = request.path_params["email"]
        self.events.forgive(address)
        return json_answer({"object": "suppression", "email": address, "deleted": True})

    def _add_domain(
        self, name: str, *, status: str, settings: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        settings = settings or {}
        domain_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
        domain = {
            "object": "domain",
            "id": domain_id,
            "name": name,
            "status": status,
            "created_at": self._world.clock.instant(),
            "region": settings.get("region", "eu-west-1"),
            "open_tracking": bool(settings.get("open_tracking", False)),
            "click_tracking": bool(settings.get("click_tracking", False)),
            "tls": settings.get("tls", "opportunistic"),
            "records": [],
        }
        self._world.state.put(_DOMAINS, domain_id, domain)
        return domain


def _shown(mail: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "message_id", "to", "from", "subject", "html", "text", "bcc", "cc", "reply_to")
    created = mail["accepted_at"].replace("T", " ").replace("Z", "000+00")
    shown = {name: mail[name] for name in names}
    return {"object": "email", "created_at": created, "last_event": mail["last_event"]} | shown


def _refused(refusal: Refusal) -> Response:
    return json_answer(refusal.body(), refusal.status)


def _not_found(what: str) -> Refusal:
    return Refusal(404, "not_found", f"{what} not found")


async def _unknown(request: Request) -> Response:
    del request
    return _refused(_not_found("Endpoint"))
