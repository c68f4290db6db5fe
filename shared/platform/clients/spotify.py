"""Spotify: the authorisation code flow with PKCE, and the little of the Web API that we read.

No scope is asked for: who the account is, and public catalogue facts, need none. Only GETs leave,
but for the token endpoint. What we do not keep of an answer is dropped here. Sources: Spotify's
February 2026 migration guide and OpenAPI, read on 2026-11-23.
"""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from shared.platform.clients.http import Answer, HttpClient
from shared.platform.problems import RetryLater
from shared.platform.secrets import SecretName, Secrets


class TokenRefused(Exception):
    """Spotify answers invalid_grant: the consent may be gone. Doubted once, then believed."""


class CodeRefused(Exception):
    """The authorisation code or its verifier is not accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """An access token, and the refresh token if Spotify gave one (it may rotate, or stay)."""

    access_token: str
    refresh_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose Spotify account it is: shown to the artist, who confirms it."""

    account_id: str
    name: str | None


class Spotify:
    """Spotify's accounts service and Web API."""

    def __init__(
        self,
        accounts: HttpClient,
        api: HttpClient,
        secrets: Secrets,
        *,
        accounts_url: str,
        client_id: str,
    ) -> None:
        self._accounts = accounts
        self._api = api
        self._secrets = secrets
        self._accounts_url = accounts_url
        self._client_id = client_id

    def authorize_url(self, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Return where the artist's browser goes to give the consent."""
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        return f"{self._accounts_url}/authorize?{urlencode(query)}"

    def exchange(self, code: str, *, redirect_uri: str, verifier: str) -> Tokens:
        """Return the tokens of a code.

        Raises:
            CodeRefused: used, expired, or not begun by us.
            RetryLater: Spotify is away.
        """
        answer = self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            }
        )
        if answer.status == 400:
            raise CodeRefused
        return _tokens(answer)

    def refresh(self, refresh_token: str) -> Tokens:
        """Return fresh tokens.

        Raises:
            TokenRefused: invalid_grant.
            RetryLater: Spotify is away.
        """
        answer = self._token({"grant_type": "refresh_token", "refresh_token": refresh_token})
        if answer.status == 400 and answer.members().get("error") == "invalid_grant":
            raise TokenRefused
        return _tokens(answer)

    def account(self, access_token: str) -> Account:
        """Return whose account it is.

        Raises:
            RetryLater: Spotify is away, or the user is not on a development app's list.
        """
        members = self._get("/me", access_token).members()
        return Account(
            account_id=str(members.get("account_id") or members.get("id") or ""),
            name=str(members["display_name"]) if members.get("display_name") else None,
        )

    def followers(self, spotify_artist_id: str) -> int | None:
        """Return an artist's followers, or None where the app's quota mode gives none."""
        application = _tokens(self._token({"grant_type": "client_credentials"})).access_token
        members = self._get(f"/artists/{spotify_artist_id}", application).members()
        followers = members.get("followers")
        total = followers.get("total") if isinstance(followers, dict) else None
        return total if isinstance(total, int) else None

    def _token(self, form: dict[str, str]) -> Answer:
        secret = self._secrets.get(SecretName.SPOTIFY_CLIENT_SECRET)
        basic = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
        return self._accounts.call(
            "POST", "/api/token", headers={"Authorization": f"Basic {basic}"}, form=form
        )

    def _get(self, path: str, access_token: str) -> Answer:
        answer = self._api.call("GET", path, headers={"Authorization": f"Bearer {access_token}"})
        if answer.status == 429:
            raise RetryLater("spotify_rate_limited")
        if answer.status != 200:
            raise RetryLater("spotify_away")
        return answer


def _tokens(answer: Answer) -> Tokens:
    members = answer.members()
    access = members.get("access_token")
    if answer.status != 200 or not isinstance(access, str):
        raise RetryLater("spotify_away")
    refresh = members.get("refresh_token")
    return Tokens(access_token=access, refresh_token=str(refresh) if refresh else None)
