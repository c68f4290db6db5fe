"""Spotify: the authorisation code flow with PKCE, and what is left of the Web API."""

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from local.standins import spotify_catalogue as catalogue
from local.standins.wire import json_answer
from local.standins.world import World

ACCESS_SECONDS = 3600
CODE_SECONDS = 600
REFRESH_LASTS = timedelta(days=182)
_CODES, _REFRESH, _ACCESS = "spotify-code", "spotify-refresh", "spotify-access"


class SpotifyOrder(BaseModel):
    """What `POST /_control/spotify` takes; what is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    revoke: bool = False
    mode: Literal["development", "extended"] | None = None
    rate_limited_seconds: float | None = None
    quota_exceeded: bool | None = None
    rotate_refresh_tokens: bool | None = None
    unlisted_user: bool | None = None


class Spotify:
    """accounts.spotify.com and api.spotify.com under one prefix."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._mode = "development"
        self._limited_until = 0.0
        self._quota_exceeded = False
        self._rotates = False
        self._unlisted = False

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/authorize", self.authorize),
                Route("/api/token", self.token, methods=["POST"]),
                Route("/v1/{rest:path}", self.web_api),
            ]
        )

    def order(self, order: SpotifyOrder) -> dict[str, Any]:
        """Change how Spotify behaves, and return how it does now."""
        if order.revoke:
            for kind in (_REFRESH, _ACCESS, _CODES):
                self._world.state.clear(kind)
        self._mode = order.mode or self._mode
        if order.rate_limited_seconds is not None:
            self._limited_until = self._world.clock.timestamp() + order.rate_limited_seconds
        if order.quota_exceeded is not None:
            self._quota_exceeded = order.quota_exceeded
        if order.rotate_refresh_tokens is not None:
            self._rotates = order.rotate_refresh_tokens
        if order.unlisted_user is not None:
            self._unlisted = order.unlisted_user
        return {"mode": self._mode, "rotate_refresh_tokens": self._rotates}

    async def authorize(self, request: Request) -> Response:
        """Redirect at once, as a user who is signed in and agrees; `deny=1` declines."""
        query = request.query_params
        if query.get("response_type") != "code" or not self._is_client(query.get("client_id")):
            return PlainTextResponse("INVALID_CLIENT: Invalid client", 400)
        redirect = query.get("redirect_uri", "")
        if not _allowed_redirect(redirect):
            return PlainTextResponse("INVALID_CLIENT: Invalid redirect URI", 400)
        state = {"state": query["state"]} if "state" in query else {}
        if query.get("deny"):
            return RedirectResponse(_with_query(redirect, {"error": "access_denied"} | state), 302)
        method = query.get("code_challenge_method")
        if query.get("code_challenge") and method != "S256":
            error = {"error": "invalid_request", "error_description": "code_challenge_method"}
            return RedirectResponse(_with_query(redirect, error | state), 302)
        code = secrets.token_urlsafe(48)
        grant = {
            "redirect_uri": redirect,
            "challenge": query.get("code_challenge"),
            "scope": query.get("scope", ""),
            "at": self._world.clock.timestamp(),
        }
        self._world.state.put(_CODES, code, grant)
        return RedirectResponse(_with_query(redirect, {"code": code} | state), 302)

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if not self._knows_client(request, form):
            return _token_error("invalid_client", "Invalid client secret")
        grant = form.get("grant_type")
        if grant == "authorization_code":
            return self._exchange_code(form)
        if grant == "refresh_token":
            return self._refresh(form)
        if grant == "client_credentials" and "authorization" in request.headers:
            return json_answer(self._tokens(scope="", authorised_at=None, kind="app"))
        return _token_error("unsupported_grant_type", "grant_type parameter is missing or unknown")

    async def web_api(self, request: Request) -> Response:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        access = self._world.state.get(_ACCESS, bearer)
        if access is None:
            return catalogue.error(401, "Invalid access token" if bearer else "No token provided")
        now = self._world.clock.timestamp()
        if access["until"] <= now:
            return catalogue.error(401, "The access token expired")
        if self._unlisted and access["kind"] == "user":
            return PlainTextResponse("User not registered in the Developer Dashboard", 403)
        if self._quota_exceeded:
            return catalogue.error(429, "Too many requests", reason="QUOTA_EXCEEDED")
        if now < self._limited_until:
            wait = str(int(self._limited_until - now) + 1)
            return catalogue.error(429, "API rate limit exceeded", headers={"retry-after": wait})
        return catalogue.answer(
            request.path_params["rest"],
            query=dict(request.query_params),
            extended=self._mode == "extended",
            for_user=access["kind"] == "user",
        )

    def _exchange_code(self, form: dict[str, str]) -> Response:
        grant = self._world.state.get(_CODES, form.get("code", ""))
        self._world.state.delete(_CODES, form.get("code", ""))
        if grant is None:
            return _token_error("invalid_grant", "Invalid authorization code")
        now = self._world.clock.timestamp()
        if now - grant["at"] > CODE_SECONDS:
            return _token_error("invalid_grant", "Authorization code expired")
        if form.get("redirect_uri") != grant["redirect_uri"]:
            return _token_error("invalid_grant", "Invalid redirect URI")
        if grant["challenge"] and _challenge(form.get("code_verifier", "")) != grant["challenge"]:
            return _token_error("invalid_grant", "code_verifier was incorrect")
        return json_answer(self._tokens(scope=grant["scope"], authorised_at=now))

    def _refresh(self, form: dict[str, str]) -> Response:
        given = form.get("refresh_token", "")
        kept = self._world.state.get(_REFRESH, given)
        if kept is None:
            return _token_error("invalid_grant", "Refresh token revoked")
        age = self._world.clock.timestamp() - kept["authorised_at"]
        if age > REFRESH_LASTS.total_seconds():
            return _token_error("invalid_grant", "Refresh token expired")
        answer = self._tokens(scope=kept["scope"], authorised_at=kept["authorised_at"])
        if self._rotates:
            self._world.state.delete(_REFRESH, given)
        else:
            self._world.state.delete(_REFRESH, answer.pop("refresh_token"))
        return json_answer(answer)

    def _tokens(
        self, *, scope: str, authorised_at: float | None, kind: str = "user"
    ) -> dict[str, Any]:
        access = secrets.token_urlsafe(60)
        until = self._world.clock.timestamp() + ACCESS_SECONDS
        self._world.state.put(_ACCESS, access, {"until": until, "kind": kind})
        answer = {
            "access_token": access,
            "token_type": "Bearer",  # nosec B105 - a word of the protocol
            "scope": scope,
            "expires_in": ACCESS_SECONDS,
        }
        if authorised_at is None:
            return answer
        refresh = secrets.token_urlsafe(80)
        kept = {"authorised_at": authorised_at, "scope": scope}
        self._world.state.put(_REFRESH, refresh, kept)
        return answer | {"refresh_token": refresh}

    def _is_client(self, client_id: str | None) -> bool:
        expected = self._world.environment.spotify_client_id
        return bool(client_id) and expected in {"", client_id}

    def _knows_client(self, request: Request, form: dict[str, str]) -> bool:
        authorization = request.headers.get("authorization", "")
        if not authorization:
            return self._is_client(form.get("client_id")) and "code_verifier" in form
        try:
            given = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        except ValueError:
            return False
        client_id, _, secret = given.partition(":")
        expected = self._world.vault.value("spotify-client-secret")
        return self._is_client(client_id) and secret == expected


def _allowed_redirect(address: str) -> bool:
    parts = urlsplit(address)
    loopback = parts.hostname in {"127.0.0.1", "::1"}
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and loopback)
    )


def _with_query(address: str, parameters: dict[str, str]) -> str:
    return address + ("&" if "?" in address else "?") + urlencode(parameters)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _token_error(error: str, description: str) -> Response:
    return json_answer({"error": error, "error_description": description}, 400)
