"""Clerk's Backend API: users and their sessions. Only what we keep leaves this module.

Shapes: contracts of Clerk's OpenAPI `bapi/2026-05-12`, read on 2026-11-23.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.platform.clients.http import Answer, HttpClient
from shared.platform.problems import Unavailable
from shared.platform.secrets import SecretName, Secrets

API_VERSION = "2026-05-12"
_TEXT_MAX_CHARS = 320  # The longest address there is.
_PAGE = 500  # The most that a list gives at once.


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkUser:
    """What we take of a Clerk user: nothing else of the answer is kept."""

    user_id: str
    email: str | None  # The primary address if it is verified; TikTok gives none.
    provider: str | None  # google, apple, tiktok; None for an e-mail and password.
    provider_user_id: str | None
    updated_at: int  # Milliseconds since the epoch.


class Clerk:
    """Clerk, asked with our secret key."""

    def __init__(self, http: HttpClient, secrets: Secrets) -> None:
        self._http = http
        self._secrets = secrets

    def user(self, user_id: str) -> ClerkUser | None:
        """Return a user, or None when Clerk does not know the id.

        Raises:
            Unavailable: Clerk is away or answers nonsense.
            ServiceAway: no answer.
        """
        answer = self._call("GET", f"/users/{user_id}")
        if answer.status == 404:
            return None
        return user_from(_expected(answer))

    def users(self) -> Iterator[ClerkUser]:
        """Return every user, page by page (for the daily reconciliation)."""
        offset = 0
        while True:
            answer = self._call(
                "GET", "/users", query={"limit": _PAGE, "offset": offset, "order_by": "created_at"}
            )
            items = answer.json()
            if answer.status != 200 or not isinstance(items, list):
                raise Unavailable(code="clerk_unavailable")
            yield from (user_from(item) for item in items)
            if len(items) < _PAGE:
                return
            offset += _PAGE

    def delete_user(self, user_id: str) -> bool:
        """Delete a user at Clerk. True when it was there; already gone is a success too."""
        answer = self._call("DELETE", f"/users/{user_id}")
        if answer.status == 404:
            return False
        _expected(answer)
        return True

    def revoke_sessions(self, user_id: str, *, except_session: str | None = None) -> int:
        """Revoke a user's active sessions but one; return how many."""
        answer = self._call(
            "GET", "/sessions", query={"user_id": user_id, "status": "active", "limit": _PAGE}
        )
        sessions = answer.json()
        if answer.status != 200 or not isinstance(sessions, list):
            raise Unavailable(code="clerk_unavailable")
        others = [item["id"] for item in sessions if item.get("id") != except_session]
        for session_id in others:
            self._call("POST", f"/sessions/{session_id}/revoke")
        return len(others)

    def _call(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None = None
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._secrets.get(SecretName.CLERK_SECRET_KEY)}",
            "Clerk-API-Version": API_VERSION,
        }
        answer = self._http.call(method, path, headers=headers, query=query)
        if answer.status == 429 or answer.status >= 500 or answer.status in {401, 403}:
            raise Unavailable(code="clerk_unavailable")
        return answer


def user_from(members: Mapping[str, object]) -> ClerkUser:
    """Return what we keep of a Clerk user object, of the API or a webhook (`user.*`)."""
    email = _primary_email(members)
    account = _first_account(members) or {}
    return ClerkUser(
        user_id=str(members["id"]),
        email=email,
        provider=(_text(account.get("provider")) or "").removeprefix("oauth_") or None,
        provider_user_id=_text(account.get("provider_user_id")),
        updated_at=_whole(members.get("updated_at")),
    )


def _primary_email(members: Mapping[str, object]) -> str | None:
    primary = members.get("primary_email_address_id")
    for item in _objects(members.get("email_addresses")):
        verification = item.get("verification")
        verified = isinstance(verification, dict) and verification.get("status") == "verified"
        if primary and item.get("id") == primary and verified:
            return _text(item.get("email_address"))
    return None


def _first_account(members: Mapping[str, object]) -> Mapping[str, object] | None:
    return next(iter(_objects(members.get("external_accounts"))), None)


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    """Return what can be a name, an id or an address of somebody, or None."""
    fits = isinstance(value, str) and 0 < len(value) <= _TEXT_MAX_CHARS
    return value if isinstance(value, str) and fits else None


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _expected(answer: Answer) -> dict[str, object]:
    members = answer.members()
    if answer.status != 200 or "id" not in members:
        raise Unavailable(code="clerk_unavailable")
    return members
