"""Clerk: keys, users and sessions; the tokens it mints; the webhooks it sends."""

import secrets
from typing import Any, Unpack

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.clerk_objects import NewUser, new_id, new_session, new_user
from local.standins.courier import Forgery
from local.standins.fault_bodies import clerk_error
from local.standins.signing import SigningKey, replaced
from local.standins.wire import json_answer
from local.standins.world import World

TOKEN_SECONDS = 60
MOST_ON_A_PAGE = 500
_NOT_BEFORE_SKEW = 10
_USERS, _SESSIONS = "clerk-user", "clerk-session"
_WEBHOOK_PATH = "/api/webhooks/clerk"


class Clerk:
    """One Clerk instance: its Frontend API's keys and its Backend API."""

    def __init__(self, world: World) -> None:
        self._world = world
        instance = world.state.get("clerk-instance", "id") or {"id": new_id("ins")}
        world.state.put("clerk-instance", "id", instance)
        self.instance_id: str = instance["id"]
        self.key = SigningKey(world.state, "clerk", kid=self.instance_id)

    def app(self) -> Starlette:
        user, session = "/v1/users/{user_id}", "/v1/sessions/{session_id}"
        return Starlette(
            routes=[
                Route("/.well-known/jwks.json", self.jwks),
                Route("/v1/jwks", self.jwks),
                Route("/v1/users", self.guarded(self.list_users)),
                Route(user, self.guarded(self.read_user)),
                Route(user, self.guarded(self.delete_user), methods=["DELETE"]),
                Route(user + "/oauth_access_tokens/{provider}", self.guarded(self.no_tokens)),
                Route("/v1/sessions", self.guarded(self.list_sessions)),
                Route("/v1/sessions", self.guarded(self.create_session), methods=["POST"]),
                Route(session, self.guarded(self.read_session)),
                Route(session + "/revoke", self.guarded(self.revoke), methods=["POST"]),
                Route(session + "/tokens", self.guarded(self.session_token), methods=["POST"]),
                Route("/{anything:path}", self.guarded(_unknown)),
            ]
        )

    def guarded(self, handler: Any) -> Any:  # noqa: ANN401 - Starlette's endpoints are untyped
        async def checked(request: Request) -> Response:
            authorization = request.headers.get("authorization", "")
            if not authorization.startswith("Bearer "):
                text = "Missing or malformed Authorization header"
                return _error(401, "authorization_header_format_invalid", text)
            if authorization.removeprefix("Bearer ") != self._world.vault.value("clerk-secret-key"):
                return _error(401, "clerk_key_invalid", "The provided Clerk Secret Key is invalid")
            answer: Response = await handler(request)
            return answer

        return checked

    async def jwks(self, request: Request) -> Response:
        del request
        return json_answer(self.key.jwks(), headers={"cache-control": "public, max-age=300"})

    async def list_users(self, request: Request) -> Response:
        query = request.query_params
        found = [user for user in self.users().values() if _matches(user, query)]
        found.sort(key=lambda user: user["created_at"], reverse="order_by" not in query)
        limit, offset = int(query.get("limit", 10)), int(query.get("offset", 0))
        if not 1 <= limit <= MOST_ON_A_PAGE:
            return _error(422, "form_param_value_invalid", "limit must be between 1 and 500")
        return json_answer(found[offset : offset + limit])

    async def read_user(self, request: Request) -> Response:
        user_id = request.path_params["user_id"]
        user = self._world.state.get(_USERS, user_id)
        return json_answer(user) if user else _no_user(user_id)

    async def delete_user(self, request: Request) -> Response:
        user_id = request.path_params["user_id"]
        if self._world.state.get(_USERS, user_id) is None:
            return _no_user(user_id)
        return json_answer(self.remove(user_id))

    async def no_tokens(self, request: Request) -> Response:
        del request
        return json_answer([])

    async def list_sessions(self, request: Request) -> Response:
        query = request.query_params
        if not {"user_id", "client_id"} & set(query):
            return _error(422, "form_param_missing", "user_id or client_id must be given")
        wanted = [name for name in ("user_id", "client_id", "status") if name in query]
        found = [
            session
            for session in self._world.state.all(_SESSIONS).values()
            if all(session[name] == query[name] for name in wanted)
        ]
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 10))
        return json_answer(found[offset : offset + limit])

    async def create_session(self, request: Request) -> Response:
        body = await request.json()
        if self._world.state.get(_USERS, body.get("user_id", "")) is None:
            return _no_user(body.get("user_id", ""))
        return json_answer(self.open_session(body["user_id"]))

    async def read_session(self, request: Request) -> Response:
        session = self._world.state.get(_SESSIONS, request.path_params["session_id"])
        return json_answer(session) if session else _no_session()

    async def revoke(self, request: Request) -> Response:
        session = self._world.state.get(_SESSIONS, request.path_params["session_id"])
        if session is None:
            return _no_session()
        session |= {"status": "revoked", "updated_at": self._world.clock.milliseconds()}
        self._world.state.put(_SESSIONS, session["id"], session)
        self.send_event("session.revoked", session)
        return json_answer(session)

    async def session_token(self, request: Request) -> Response:
        session = self._world.state.get(_SESSIONS, request.path_params["session_id"])
        if session is None or session["status"] != "active":
            return _no_session()
        token = self.token(session["user_id"], session_id=session["id"])
        return json_answer({"object": "token", "jwt": token})

    # What the control calls use.

    def users(self) -> dict[str, dict[str, Any]]:
        return self._world.state.all(_USERS)

    def add(self, order: NewUser) -> tuple[dict[str, Any], dict[str, Any]]:
        """Make a user and a session, send `user.created`, and return both."""
        user = new_user(order, now=self._world.clock.milliseconds())
        self._world.state.put(_USERS, user["id"], user)
        if order.webhook:
            self.send_event("user.created", user)
        return user, self.open_session(user["id"])

    def change(self, user_id: str, changes: dict[str, Any]) -> dict[str, Any] | None:
        """Change members of a user, and send `user.updated`. `email` replaces the primary one."""
        user = self._world.state.get(_USERS, user_id)
        if user is None:
            return None
        email = changes.pop("email", None)
        if email and user["email_addresses"]:
            user["email_addresses"][0]["email_address"] = email
        user |= changes | {"updated_at": self._world.clock.milliseconds()}
        self._world.state.put(_USERS, user_id, user)
        self.send_event("user.updated", user)
        return user

    def remove(self, user_id: str) -> dict[str, Any]:
        """Delete a user with all sessions, and send `user.deleted`."""
        self._world.state.delete(_USERS, user_id)
        for session in self._sessions_of(user_id):
            self._world.state.delete(_SESSIONS, session["id"])
        gone = {"object": "user", "id": user_id, "deleted": True}
        self.send_event("user.deleted", gone)
        return gone

    def rotate_keys(self, *, same_kid: bool) -> str:
        """Replace the signing key, and return the name under which the new one stands."""
        self.key.rotate(kid=None if same_kid else new_id("ins"))
        return self.key.kid

    def open_session(self, user_id: str) -> dict[str, Any]:
        session = new_session(user_id, now=self._world.clock.milliseconds())
        self._world.state.put(_SESSIONS, session["id"], session)
        return session

    def token(
        self,
        user_id: str,
        *,
        session_id: str | None = None,
        claims: dict[str, Any] | None = None,
        header: dict[str, Any] | None = None,
        expires_in: int = TOKEN_SECONDS,
    ) -> str:
        """Return a version 2 session token; a user whom nobody made gets one too."""
        now = int(self._world.clock.timestamp())
        fresh = {
            "iss": self._world.environment.clerk_issuer,
            "sub": user_id,
            "sid": session_id or self._session_for(user_id),
            "azp": self._world.environment.authorized_party,
            "iat": now,
            "nbf": now - _NOT_BEFORE_SKEW,
            "exp": now + expires_in,
            "jti": secrets.token_hex(10),
            "v": 2,
            "fva": [0, -1],
            "sts": "active",
        }
        return self.key.sign(replaced(fresh, claims), header=header)

    def send_event(
        self,
        event: str,
        data: dict[str, Any],
        *,
        message_id: str | None = None,
        **forgery: Unpack[Forgery],
    ) -> str | None:
        """Send one webhook, unless they are switched off; `forgery` as the courier takes it."""
        if not self._world.config.clerk_webhooks:
            return None
        envelope = {
            "object": "event",
            "type": event,
            "data": data,
            "instance_id": self.instance_id,
            "timestamp": self._world.clock.milliseconds(),
        }
        return self._world.courier.send(
            _WEBHOOK_PATH,
            secret="clerk-webhook-secret",  # nosec B106 - a name in the vault
            payload=envelope,
            message_id=message_id,
            **forgery,
        )

    def _sessions_of(self, user_id: str) -> list[dict[str, Any]]:
        sessions = self._world.state.all(_SESSIONS).values()
        return [session for session in sessions if session["user_id"] == user_id]

    def _session_for(self, user_id: str) -> str:
        for session in self._sessions_of(user_id):
            if session["status"] == "active":
                return str(session["id"])
        if self._world.state.get(_USERS, user_id) is None:
            return new_id("sess")
        return str(self.open_session(user_id)["id"])


def _matches(user: dict[str, Any], query: Any) -> bool:  # noqa: ANN401 - Starlette's multi-dict
    wanted_ids, wanted_emails = query.getlist("user_id"), query.getlist("email_address")
    emails = {item["email_address"] for item in user["email_addresses"]}
    accounts = [
        account
        for account in user["external_accounts"]
        if query.get("provider") in {None, account["provider"]}
        and query.get("provider_user_id") in {None, account["provider_user_id"]}
    ]
    by_account = "provider" not in query and "provider_user_id" not in query
    return (
        (not wanted_ids or user["id"] in wanted_ids)
        and (not wanted_emails or bool(emails & set(wanted_emails)))
        and (by_account or bool(accounts))
    )


async def _unknown(request: Request) -> Response:
    del request
    return _error(404, "resource_not_found", "not found")


def _error(status: int, code: str, message: str) -> Response:
    return json_answer(clerk_error(code, message), status)


def _no_user(user_id: str) -> Response:
    return _error(404, "resource_not_found", f"No user was found with id {user_id}")


def _no_session() -> Response:
    return _error(404, "resource_not_found", "Session not found")
