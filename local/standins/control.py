"""The control calls: how tests and outside checks steer the stand-ins and look into them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.clerk import TOKEN_SECONDS, Clerk
from local.standins.clerk_objects import NewUser
from local.standins.courier import Forgery
from local.standins.delayed import Delayed
from local.standins.entra import Entra
from local.standins.faults import Fault
from local.standins.maxmind import MaxMind, MaxMindOrder
from local.standins.openai import OpenAI, Order
from local.standins.resend import Resend
from local.standins.s4a import SpotifyForArtists
from local.standins.spotify import Spotify, SpotifyOrder
from local.standins.wire import json_answer, json_body
from local.standins.world import Config, World

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """The stand-ins that the control calls reach."""

    clerk: Clerk
    resend: Resend
    openai: OpenAI
    spotify: Spotify
    s4a: SpotifyForArtists
    entra: Entra
    maxmind: MaxMind


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TokenOrder(_Body):
    user_id: str
    claims: dict[str, Any] = {}
    header: dict[str, Any] = {}
    expires_in: int = TOKEN_SECONDS


class OperatorTokenOrder(_Body):
    roles: list[str] = []
    claims: dict[str, Any] = {}
    header: dict[str, Any] = {}
    expires_in: int = 3600


class EventOrder(_Body):
    """How a webhook is wrong, or repeated."""

    message_id: str | None = None
    forged: bool = False
    timestamp_offset: int = 0
    repeat: int = Field(default=1, ge=1, le=100)

    def as_sent(self) -> Forgery:
        return {"forged": self.forged, "timestamp_offset": self.timestamp_offset}


class ClerkEvent(EventOrder):
    type: str
    data: dict[str, Any]


class ResendEvent(EventOrder):
    type: str
    email_id: str
    data: dict[str, Any] | None = None


class KeyRotation(_Body):
    same_kid: bool = True


class SecretValue(_Body):
    value: str


class ClockOffset(_Body):
    offset_seconds: float = 0


class Control:
    """Everything under `/_control`."""

    def __init__(self, world: World, vendors: Vendors, *, delayed: Delayed) -> None:
        self._world = world
        self._vendors = vendors
        self._delayed = delayed

    def app(self, *, ready: Callable[[], bool]) -> Starlette:
        async def is_ready(request: Request) -> Response:
            del request
            return json_answer({"ready": ready()}, 200 if ready() else 503)

        post, delete = ["POST"], ["DELETE"]
        return Starlette(
            routes=[
                Route("/ready", is_ready),
                Route("/clerk/users", self.make_user, methods=post),
                Route("/clerk/users", self.list_users),
                Route("/clerk/users/{user_id}", self.change_user, methods=["PATCH"]),
                Route("/clerk/users/{user_id}", self.remove_user, methods=delete),
                Route("/clerk/tokens", self.mint_token, methods=post),
                Route("/clerk/events", self.send_clerk_event, methods=post),
                Route("/clerk/rotate-keys", self.rotate_keys, methods=post),
                Route("/entra/tokens", self.mint_operator_token, methods=post),
                Route("/keyvault/secrets/{name}", self.read_secret),
                Route("/keyvault/secrets/{name}", self.write_secret, methods=["PUT"]),
                Route("/resend/emails", self.list_mails),
                Route("/resend/emails", self.clear_mails, methods=delete),
                Route("/resend/events", self.send_resend_event, methods=post),
                Route("/openai/answers", self.order_answers, methods=post),
                Route("/openai/answers", self.clear_answers, methods=delete),
                Route("/spotify", self.order_spotify, methods=post),
                Route("/s4a/csv/{kind}", self.csv_export),
                Route("/maxmind", self.order_maxmind, methods=post),
                Route("/config", self.change_config, methods=post),
                Route("/config", self.reset_config, methods=delete),
                Route("/config", self.read_config),
                Route("/faults", self.order_fault, methods=post),
                Route("/faults", self.clear_faults, methods=delete),
                Route("/faults", self.list_faults),
                Route("/requests", self.list_requests),
                Route("/requests", self.clear_requests, methods=delete),
                Route("/pending", self.pending),
                Route("/webhooks", self.list_webhooks),
                Route("/webhooks", self.drop_webhooks, methods=delete),
                Route("/clock", self.read_clock),
                Route("/clock", self.move_clock, methods=post),
                Route("/delayed", self.list_delayed),
            ],
            exception_handlers={ValidationError: _explain},
        )

    async def make_user(self, request: Request) -> Response:
        user, session = self._vendors.clerk.add(await _body(request, NewUser))
        token = self._vendors.clerk.token(user["id"], session_id=session["id"])
        made = {"user_id": user["id"], "session_id": session["id"], "session_token": token}
        return json_answer(made, 201)

    async def list_users(self, request: Request) -> Response:
        del request
        return json_answer({"items": list(self._vendors.clerk.users().values())})

    async def change_user(self, request: Request) -> Response:
        changes = dict(await json_body(request) or {})
        user = self._vendors.clerk.change(request.path_params["user_id"], changes)
        return json_answer(user) if user else _missing("user")

    async def remove_user(self, request: Request) -> Response:
        return json_answer(self._vendors.clerk.remove(request.path_params["user_id"]))

    async def mint_token(self, request: Request) -> Response:
        order = await _body(request, TokenOrder)
        token = self._vendors.clerk.token(
            order.user_id, claims=order.claims, header=order.header, expires_in=order.expires_in
        )
        return json_answer({"token": token})

    async def send_clerk_event(self, request: Request) -> Response:
        event = await _body(request, ClerkEvent)
        sent = event.message_id
        for _ in range(event.repeat):
            sent = self._vendors.clerk.send_event(
                event.type, event.data, message_id=sent, **event.as_sent()
            )
        return json_answer({"svix_id": sent})

    async def rotate_keys(self, request: Request) -> Response:
        order = await _body(request, KeyRotation)
        return json_answer({"kid": self._vendors.clerk.rotate_keys(same_kid=order.same_kid)})

    async def mint_operator_token(self, request: Request) -> Response:
        order = await _body(request, OperatorTokenOrder)
        return json_answer({"token": self._vendors.entra.operator_token(**order.model_dump())})

    async def read_secret(self, request: Request) -> Response:
        try:
            return json_answer({"value": self._world.vault.value(request.path_params["name"])})
        except KeyError:
            return _missing("secret")

    async def write_secret(self, request: Request) -> Response:
        order = await _body(request, SecretValue)
        version = self._world.vault.put(request.path_params["name"], order.value)
        return json_answer({"version": version["version"]})

    async def list_mails(self, request: Request) -> Response:
        query = request.query_params
        limit = int(query.get("limit") or 1000)
        mails = self._vendors.resend.mailbox.newest(to=query.get("to", ""), limit=limit)
        return json_answer({"items": mails})

    async def clear_mails(self, request: Request) -> Response:
        del request
        self._vendors.resend.mailbox.clear()
        return Response(status_code=204)

    async def send_resend_event(self, request: Request) -> Response:
        event = await _body(request, ResendEvent)
        mail = self._vendors.resend.mailbox.mail(event.email_id)
        if mail is None:
            return _missing("mail")
        sent = event.message_id
        for _ in range(event.repeat):
            sent = self._vendors.resend.events.send(
                event.type, mail, extra=event.data, message_id=sent, **event.as_sent()
            )
        return json_answer({"svix_id": sent})

    async def order_answers(self, request: Request) -> Response:
        self._vendors.openai.order(await _body(request, Order))
        return json_answer({"ordered": True})

    async def clear_answers(self, request: Request) -> Response:
        del request
        self._vendors.openai.clear()
        return Response(status_code=204)

    async def order_spotify(self, request: Request) -> Response:
        return json_answer(self._vendors.spotify.order(await _body(request, SpotifyOrder)))

    async def csv_export(self, request: Request) -> Response:
        query = request.query_params
        try:
            content = self._vendors.s4a.csv(
                request.path_params["kind"],
                days=int(query.get("days", 28)),
                bom=query.get("bom") != "0",
                crlf=query.get("crlf") != "0",
            )
        except KeyError:
            return _missing("export")
        return Response(content, media_type="text/csv")

    async def order_maxmind(self, request: Request) -> Response:
        self._vendors.maxmind.order(await _body(request, MaxMindOrder))
        return json_answer({"ordered": True})

    async def change_config(self, request: Request) -> Response:
        changes = await json_body(request)
        wanted = Config.model_validate(
            self._world.config.model_dump() | (changes if isinstance(changes, dict) else {})
        )
        self._apply(wanted)
        return json_answer(wanted.model_dump())

    async def reset_config(self, request: Request) -> Response:
        del request
        self._apply(Config())
        return Response(status_code=204)

    async def read_config(self, request: Request) -> Response:
        del request
        return json_answer(self._world.config.model_dump())

    def _apply(self, wanted: Config) -> None:
        for name in Config.model_fields:
            setattr(self._world.config, name, getattr(wanted, name))

    async def order_fault(self, request: Request) -> Response:
        self._world.faults.add(await _body(request, Fault))
        return json_answer({"ordered": True})

    async def clear_faults(self, request: Request) -> Response:
        del request
        self._world.faults.clear()
        self._vendors.openai.clear()
        return Response(status_code=204)

    async def list_faults(self, request: Request) -> Response:
        del request
        return json_answer({"items": [f.model_dump() for f in self._world.faults.standing]})

    async def list_requests(self, request: Request) -> Response:
        service = request.query_params.get("service")
        return json_answer({"items": self._world.requests.items(service=service)})

    async def clear_requests(self, request: Request) -> Response:
        del request
        self._world.requests.clear()
        return Response(status_code=204)

    async def pending(self, request: Request) -> Response:
        del request
        return json_answer({"webhooks": self._world.courier.pending()})

    async def list_webhooks(self, request: Request) -> Response:
        del request
        return json_answer({"items": self._world.courier.waiting()})

    async def drop_webhooks(self, request: Request) -> Response:
        del request
        self._world.courier.drop_waiting()
        return Response(status_code=204)

    async def read_clock(self, request: Request) -> Response:
        del request
        clock = self._world.clock
        return json_answer({"now": clock.instant(), "offset_seconds": clock.offset_seconds})

    async def move_clock(self, request: Request) -> Response:
        self._world.clock.move((await _body(request, ClockOffset)).offset_seconds)
        return await self.read_clock(request)

    async def list_delayed(self, request: Request) -> Response:
        del request
        return json_answer({"items": self._delayed.items()})


async def _body(request: Request, model: type[Model]) -> Model:
    """Return the body as the model says.

    Raises:
        ValidationError: it is something else; the caller is told what.
    """
    return model.model_validate(await json_body(request) or {})


async def _explain(request: Request, error: Exception) -> Response:
    del request
    return json_answer({"error": str(error)}, 422)


def _missing(what: str) -> Response:
    return json_answer({"error": f"There is no such {what}."}, 404)
