"""Who is asking: Clerk session tokens of artists, Entra ID access tokens of operators.

Both are RS256 JWTs, checked offline against the issuer's published keys. Times are checked by the
application's clock, with five seconds of leeway, which is Clerk's own default.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Protocol

from shared.platform import telemetry
from shared.platform.problems import Forbidden, Unauthenticated, Unavailable

if TYPE_CHECKING:
    import jwt

LEEWAY_SECONDS = 5
TOKEN_MAX_CHARS = 8192
KEYS_FRESH_FOR = timedelta(minutes=5)
KEYS_KEPT_FOR = timedelta(hours=24)  # While the issuer is away.
ASK_AGAIN_AFTER = timedelta(seconds=30)  # An issuer that is away is not asked at every request.
ASK_AGAIN_WHEN_LOST = timedelta(seconds=2)
REFETCH_BUCKET = 5  # Junk tokens must not make us hammer the issuer …
REFETCH_REFILL = timedelta(minutes=1)  # … so that each process refetches this seldom.
FRESH_SIGN_IN_MINUTES = 10
OPERATOR_ROLE = "Operator"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,128}")  # They become keys of tables.


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An artist's session at Clerk, as its token tells."""

    user_id: str
    session_id: str
    sign_in_age_minutes: int | None  # Since the first factor; None when Clerk does not say.
    impersonated: bool

    @property
    def is_fresh(self) -> bool:
        """Tell whether the person signed in at most ten minutes ago."""
        age = self.sign_in_age_minutes
        return age is not None and 0 <= age <= FRESH_SIGN_IN_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person of ours with the app role, by their object id in the directory."""

    object_id: str


class FetchKeys(Protocol):
    """Returns the issuer's JWKS document. Raises when the issuer is away."""

    def __call__(self) -> Mapping[str, object]: ...


class IssuerKeys:
    """An issuer's signing keys, cached. An outage does not sign everyone out.

    Keys are refreshed after five minutes and serve for a day while the issuer is away. Clerk keeps
    a `kid` over a rotation, so a bad signature under a known `kid` refetches as an unknown one
    does, both out of one bucket.
    """

    def __init__(self, fetch: FetchKeys) -> None:
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._begun = 0  # Fetches, by number …
        self._newest = 0  # … and the one that the keys came with.
        self._tokens = float(REFETCH_BUCKET)
        self._refilled_at: datetime | None = None
        self._lock = threading.Lock()

    def claims(self, token: str, *, now: datetime) -> dict[str, object]:
        """Return the claims of a token that one of the keys signed.

        Raises:
            Unauthenticated: no key signed it.
            Unavailable: the key is unknown and the issuer cannot be asked now.
        """
        kid = _key_id(token)
        # A fetch that was under way when this token came may have left before its key was made.
        seen = self._begun
        self._keep_fresh(now)
        if kid not in self._keys:
            self._refetch(seen, now=now, required=True)
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("The session token's key is unknown.")
        claims = _signed_claims(token, key)
        if claims is None and self._refetch(seen, now=now, required=False) and kid in self._keys:
            claims = _signed_claims(token, self._keys[kid])
        if claims is None:
            raise Unauthenticated("The session token's signature does not fit.")
        return claims

    def _keep_fresh(self, now: datetime) -> None:
        if self._fetched_at is not None and abs(now - self._fetched_at) <= KEYS_FRESH_FOR:
            return
        lost = self._fetched_at is None or abs(now - self._fetched_at) > KEYS_KEPT_FOR
        seen = self._newest
        # While old keys serve, one request refreshes them and nobody waits for it.
        if not self._lock.acquire(blocking=lost):
            return
        try:
            if self._newest == seen and not self._is_waiting(now, lost=lost):
                self._ask(now)
            lost = lost and self._newest == seen
        finally:
            self._lock.release()
        if lost:
            raise Unavailable(code="keys_unavailable")

    def _is_waiting(self, now: datetime, *, lost: bool) -> bool:
        pause = ASK_AGAIN_WHEN_LOST if lost else ASK_AGAIN_AFTER
        return self._asked_at is not None and abs(now - self._asked_at) < pause

    def _refetch(self, seen: int, *, now: datetime, required: bool) -> bool:
        """Ask the issuer out of the bucket, unless somebody began to since the fetch `seen`."""
        with self._lock:
            if self._newest > seen:
                return True
            if self._permit(now) and self._ask(now):
                return True
        if required:
            raise Unavailable(code="keys_unavailable", retry_after=REFETCH_REFILL)
        return False

    def _ask(self, now: datetime) -> bool:
        self._asked_at = now
        self._begun += 1
        try:
            keys = _keys_of(self._fetch())
        except Exception as error:  # noqa: BLE001 - an outage, whatever its kind.
            telemetry.event("signing_keys_not_read", error=type(error).__name__)
            return False
        if not keys:
            telemetry.event("signing_keys_not_read", error="no_keys")
            return False
        self._keys, self._fetched_at = keys, now
        self._newest = self._begun
        return True

    def _permit(self, now: datetime) -> bool:
        if self._refilled_at is not None:
            earned = max(now - self._refilled_at, timedelta(0)) / REFETCH_REFILL
            self._tokens = min(REFETCH_BUCKET, self._tokens + earned)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class ClerkSessions:
    """Verifies Clerk's session tokens (claims v1 and v2)."""

    def __init__(self, keys: IssuerKeys, *, issuer: str, authorized_parties: Sequence[str]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._parties = frozenset(authorized_parties)

    def verify(self, token: str, *, now: datetime) -> Session:
        """Return the session of a valid token.

        Raises:
            Unauthenticated: forged, expired, foreign, pending, or not a token.
            Unavailable: its key is unknown and Clerk cannot be asked now.
        """
        # What is wrong without any key is refused before a key is asked for.
        self._session(_unverified_claims(token), now=now)
        return self._session(self._keys.claims(token, now=now), now=now)

    def _session(self, claims: Mapping[str, object], *, now: datetime) -> Session:
        _check_times(claims, now=now, required=("exp", "iat"))
        if claims.get("iss") != self._issuer:
            raise Unauthenticated("The session is of another instance.")
        party = claims.get("azp")
        if not isinstance(party, str) or party not in self._parties:
            raise Unauthenticated("The session was not made for this site.")
        if claims.get("sts", "active") != "active":
            raise Unauthenticated("The session is not complete.", code="session_pending")
        return Session(
            user_id=_identifier(claims, "sub"),
            session_id=_identifier(claims, "sid"),
            sign_in_age_minutes=_first_factor_age(claims),
            impersonated=claims.get("act") is not None,
        )


class EntraOperators:
    """Verifies Microsoft Entra ID access tokens of operators."""

    def __init__(self, keys: IssuerKeys, *, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    def verify(self, token: str, *, now: datetime) -> Operator:
        """Return the operator of a valid token.

        Raises:
            Unauthenticated: not a valid token of our directory for this application.
            Forbidden: a valid token without the app role.
        """
        self._check(_unverified_claims(token), now=now)
        claims = self._keys.claims(token, now=now)
        self._check(claims, now=now)
        roles = claims.get("roles")
        if not isinstance(roles, list) or OPERATOR_ROLE not in roles:
            raise Forbidden("This needs the operator's role.", code="not_an_operator")
        return Operator(object_id=_identifier(claims, "oid"))

    def _check(self, claims: Mapping[str, object], *, now: datetime) -> None:
        _check_times(claims, now=now, required=("exp",))
        if claims.get("iss") != self._issuer or claims.get("aud") != self._audience:
            raise Unauthenticated("The token is not for this application.")


def unverified_issuer(token: str) -> str | None:
    """Return the issuer that a token names, unchecked: only to tell whose token it claims to be."""
    try:
        issuer = _unverified_claims(token).get("iss")
    except Unauthenticated:
        return None
    return issuer if isinstance(issuer, str) else None


def _unverified_claims(token: str) -> dict[str, object]:
    if len(token) > TOKEN_MAX_CHARS:
        raise Unauthenticated("The session token is too long.")
    import jwt

    try:
        return jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated("This is not a session token.") from None


def _key_id(token: str) -> str:
    import jwt

    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated("This is not a session token.") from None
    kid = header.get("kid")
    if header.get("alg") != "RS256" or header.get("typ", "JWT") != "JWT":
        raise Unauthenticated("The session token is of a kind that is not accepted.")
    if not isinstance(kid, str):
        raise Unauthenticated("The session token names no key.")
    return kid


_SIGNATURE_ONLY: dict[str, bool] = {
    "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_iss": False, "verify_sub": False, "verify_jti": False,
}  # fmt: skip


def _signed_claims(token: str, key: "jwt.PyJWK") -> dict[str, object] | None:
    import jwt

    try:
        # Times are checked by hand: PyJWT reads the machine's clock, not the application's.
        return jwt.decode(token, key, algorithms=["RS256"], options=_SIGNATURE_ONLY)  # type: ignore[arg-type]  # PyJWT's TypedDict
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None


def _keys_of(document: Mapping[str, object]) -> "dict[str, jwt.PyJWK]":
    import jwt

    keys: dict[str, jwt.PyJWK] = {}
    listed = document.get("keys")
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict) and item.get("kty") == "RSA" and item.get("use", "sig") == "sig":
            keys[str(item.get("kid"))] = jwt.PyJWK(item, algorithm="RS256")
    return keys


def _check_times(claims: Mapping[str, object], *, now: datetime, required: Sequence[str]) -> None:
    seconds = now.timestamp()
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name)
        if value is None and name not in required:
            continue
        odd = isinstance(value, bool) or (isinstance(value, float) and not isfinite(value))
        if odd or not isinstance(value, int | float):
            raise Unauthenticated("The session token's times are missing or malformed.")
        if name == "exp" and value <= seconds - LEEWAY_SECONDS:
            raise Unauthenticated("The session has expired.", code="token_expired")
        if name != "exp" and value > seconds + LEEWAY_SECONDS:
            raise Unauthenticated("The session token is not valid yet.")


def _first_factor_age(claims: Mapping[str, object]) -> int | None:
    ages = claims.get("fva")
    first = ages[0] if isinstance(ages, list) and ages else None
    if isinstance(first, int) and not isinstance(first, bool) and first >= 0:
        return first
    return None


def _identifier(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise Unauthenticated("The session token names nobody.")
    return value
