"""The control calls for one vendor each: make, send, rotate, order, look."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.clerk import TOKEN_SECONDS, Clerk
from local.standins.clerk_objects import NewUser
from local.standins.control_bodies import Body, missing, read
from local.standins.courier import Forgery
from local.standins.entra import Entra
from local.standins.maxmind import MaxMind, MaxMindOrder
from local.standins.openai import OpenAI, Order
from local.standins.resend import Resend
from local.standins.s4a import SpotifyForArtists
from local.standins.spotify import Spotify, SpotifyOrder
from local.standins.vault import Vault
from local.standins.wire import json_answer, json_body


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


class TokenOrder(Body):
    user_id: str
    claims: dict[str, Any] = Field(default_factory=dict)
    header: dict[str, Any] = Field(default_factory=dict)
    expires_in: int = TOKEN_SECONDS


class OperatorTokenOrder(Body):
    roles: list[str] = Field(default_factory=list)
    claims: dict[str, Any] = Field(default_factory=dict)
    header: dict[str, Any] = Field(default_factory=dict)
    expires_in: int = 3600


class EventOrder(Body):
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


class KeyRotation(Body):
    same_kid: bool = True


class SecretValue(Body):
    value: str


class VendorControl:
    """`/_control/clerk`, `/entra`, `/keyvault`, `/resend`, `/openai`, `/spotify` and so on."""

    def __init__(self, vendors: Vendors, *, vault: Vault) -> None:
        self._vendors = vendors
        self._vault = vault

    def routes(self) -> list[Route]:
        post, delete = ["POST"], ["DELETE"]
        return [
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
        ]

    async def make_user(self, request: Request) -> Response:
        user, session = self._vendors.clerk.add(await read(request, NewUser))
        token = self._vendors.clerk.token(user["id"], session_id=session["id"])
        made = {"user_id": user["id"], "session_id": session["id"], "session_token": token}
        return json_answer(made, 201)

    async def list_users(self, request: Request) -> Response:
        del request
        return json_answer({"items": list(self._vendors.clerk.users().values())})

    async def change_user(self, request: Request) -> Response:
        changes = dict(await json_body(request) or {})
        user = self._vendors.clerk.change(request.path_params["user_id"], changes)
        return json_answer(user) if user else missing("user")

    async def remove_user(self, request: Request) -> Response:
        return json_answer(self._vendors.clerk.remove(request.path_params["user_id"]))

    async def mint_token(self, request: Request) -> Response:
        order = await read(request, TokenOrder)
        token = self._vendors.clerk.token(
            order.user_id, claims=order.claims, header=order.header, expires_in=order.expires_in
        )
        return json_answer({"token": token})

    async def send_clerk_event(self, request: Request) -> Response:
        event = await read(request, ClerkEvent)
        sent = event.message_id
        for _ in range(event.repeat):
            sent = self._vendors.clerk.send_event(
                event.type, event.data, message_id=sent, **event.as_sent()
            )
        return json_answer({"svix_id": sent})

    async def rotate_keys(self, request: Request) -> Response:
        order = await read(request, KeyRotation)
        return json_answer({"kid": self._vendors.clerk.rotate_keys(same_kid=order.same_kid)})

    async def mint_operator_token(self, request: Request) -> Response:
        order = await read(request, OperatorTokenOrder)
        return json_answer({"token": self._vendors.entra.operator_token(**order.model_dump())})

    async def read_secret(self, request: Request) -> Response:
        try:
            return json_answer({"value": self._vault.value(request.path_params["name"])})
        except KeyError:
            return missing("secret")

    async def write_secret(self, request: Request) -> Response:
        order = await read(request, SecretValue)
        version = self._vault.put(request.path_params["name"], order.value)
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
        event = await read(request, ResendEvent)
        mail = self._vendors.resend.mailbox.mail(event.email_id)
        if mail is None:
            return missing("mail")
        sent = event.message_id
        for _ in range(event.repeat):
            sent = self._vendors.resend.events.send(
                event.type, mail, extra=event.data, message_id=sent, **event.as_sent()
            )
        return json_answer({"svix_id": sent})

    async def order_answers(self, request: Request) -> Response:
        self._vendors.openai.order(await read(request, Order))
        return json_answer({"ordered": True})

    async def clear_answers(self, request: Request) -> Response:
        del request
        self._vendors.openai.clear()
        return Response(status_code=204)

    async def order_spotify(self, request: Request) -> Response:
        return json_answer(self._vendors.spotify.order(await read(request, SpotifyOrder)))

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
            return missing("export")
        return Response(content, media_type="text/csv")

    async def order_maxmind(self, request: Request) -> Response:
        self._vendors.maxmind.order(await read(request, MaxMindOrder))
        return json_answer({"ordered": True})
