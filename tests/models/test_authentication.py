"""A session is believed when Clerk signed it for this site and this moment; nothing else is."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.platform.authentication import (
    REFETCH_BUCKET,
    ClerkSessions,
    EntraOperators,
    IssuerKeys,
    Operator,
    Session,
)
from shared.platform.problems import Forbidden, Unauthenticated, Unavailable

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ISSUER = "https://clerk.artistos.example"
PARTY = "https://app.artistos.example"


class Issuer:
    """An issuer with a key, which rotates, goes away, and counts how often it is asked."""

    def __init__(self, kid: str = "ins_1") -> None:
        self.kid = kid
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.is_away = False
        self.asked = 0
        self.on_the_way: Callable[[], None] | None = None  # Runs while an answer travels.

    def rotate(self, kid: str | None = None) -> None:
        self.kid = kid or self.kid
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwks(self) -> Mapping[str, object]:
        self.asked += 1
        if self.is_away:
            raise ConnectionError
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        keys = {"keys": [{"use": "sig", "kty": "RSA", "kid": self.kid, "alg": "RS256"} | public]}
        happens, self.on_the_way = self.on_the_way, None
        if happens is not None:
            happens()
        return keys

    def token(self, header: Mapping[str, object] | None = None, **changes: object) -> str:
        seconds = int(NOW.timestamp())
        claims: dict[str, Any] = {
            "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "azp": PARTY, "v": 2,
            "iat": seconds, "nbf": seconds - 10, "exp": seconds + 60, "fva": [0, -1],
        }  # fmt: skip
        claims |= changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.key, "RS256", headers={"kid": self.kid, **(header or {})})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def sessions(issuer: Issuer) -> ClerkSessions:
    return ClerkSessions(IssuerKeys(issuer.jwks), issuer=ISSUER, authorized_parties=[PARTY])


def test_a_fresh_session_is_believed(issuer: Issuer, sessions: ClerkSessions) -> None:
    assert sessions.verify(issuer.token(), now=NOW) == Session(
        user_id="user_1", session_id="sess_1", sign_in_age_minutes=0, impersonated=False
    )


def test_claims_of_version_one_are_believed(issuer: Issuer, sessions: ClerkSessions) -> None:
    session = sessions.verify(issuer.token(v=None, fva=None, org_id="org_1"), now=NOW)
    assert session.sign_in_age_minutes is None
    assert not session.is_fresh


@pytest.mark.parametrize(("age", "fresh"), [(0, "fresh"), (10, "fresh"), (11, "old"), (-1, "old")])
def test_a_sign_in_is_fresh_for_ten_minutes(
    issuer: Issuer, sessions: ClerkSessions, age: int, fresh: str
) -> None:
    found = "fresh" if sessions.verify(issuer.token(fva=[age, -1]), now=NOW).is_fresh else "old"
    assert found == fresh


def test_an_impersonated_session_is_known(issuer: Issuer, sessions: ClerkSessions) -> None:
    assert sessions.verify(issuer.token(act={"sub": "user_9"}), now=NOW).impersonated


SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://clerk.evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"azp": None},
        {"azp": "https://evil.example"},
        {"azp": PARTY + ".evil.example"},
        {"azp": [PARTY]},
        {"azp": {"a": 1}},
        {"exp": SECONDS - 6},
        {"exp": None},
        {"exp": str(SECONDS + 60)},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": True},
        {"iat": SECONDS + 86400},
        {"iat": None},
        {"nbf": SECONDS + 60},
        {"sub": None},
        {"sub": ""},
        {"sub": "a/b"},
        {"sid": None},
        {"sts": "pending"},
    ],
)
def test_what_clerk_did_not_say_of_this_moment_and_site_is_refused(
    issuer: Issuer, sessions: ClerkSessions, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        sessions.verify(issuer.token(**changes), now=NOW)


def test_five_seconds_of_skew_are_forgiven(issuer: Issuer, sessions: ClerkSessions) -> None:
    sessions.verify(issuer.token(exp=SECONDS - 4, iat=SECONDS + 4, nbf=SECONDS + 4), now=NOW)


def unsigned(token: str, **header: object) -> str:
    body = token.split(".")[1]
    head = jwt.utils.base64url_encode(json.dumps({"kid": "ins_1", **header}).encode()).decode()
    return f"{head}.{body}."


def test_other_algorithms_are_refused(issuer: Issuer, sessions: ClerkSessions) -> None:
    token = issuer.token()
    forged = [unsigned(token, alg=name) for name in ("none", "None", "", "HS256", "RS512")]
    forged += [unsigned(token, alg="RS256"), unsigned(token), issuer.token({"typ": "at+jwt"})]
    for attempt in forged:
        with pytest.raises(Unauthenticated):
            sessions.verify(attempt, now=NOW)


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.e30", "x" * 9000, "e30." + "W1tb" * 2000 + ".x"],
)
def test_what_is_no_token_is_refused(sessions: ClerkSessions, text: str) -> None:
    with pytest.raises(Unauthenticated):
        sessions.verify(text, now=NOW)


def test_keys_named_by_the_token_are_never_asked_for(
    issuer: Issuer, sessions: ClerkSessions
) -> None:
    forger = Issuer()
    header = {"jku": "https://evil.example/jwks", "jwk": forger.jwks()["keys"], "x5u": "x"}
    with pytest.raises(Unauthenticated):
        sessions.verify(forger.token(header), now=NOW)
    with pytest.raises(Unauthenticated):
        sessions.verify(issuer.token({"kid": "../../etc/passwd"}), now=NOW)


def test_a_rotation_under_the_same_name_is_followed(
    issuer: Issuer, sessions: ClerkSessions
) -> None:
    sessions.verify(issuer.token(), now=NOW)
    issuer.rotate()
    sessions.verify(issuer.token(), now=NOW)


def test_a_rotation_under_a_new_name_is_followed(issuer: Issuer, sessions: ClerkSessions) -> None:
    sessions.verify(issuer.token(), now=NOW)
    issuer.rotate("ins_2")
    sessions.verify(issuer.token(), now=NOW)


@pytest.mark.parametrize("kid", [None, "ins_2"])
def test_a_rotation_while_the_keys_are_fetched_refuses_no_good_token(
    issuer: Issuer, sessions: ClerkSessions, kid: str | None
) -> None:
    sessions.verify(issuer.token(), now=NOW)
    spoiled = f"{issuer.token()[:-8]}AAAAAAAA"
    with ThreadPoolExecutor(1) as pool:
        answers: list[Future[Session]] = []

        def rotate_and_ask() -> None:
            issuer.rotate(kid)
            answers.append(pool.submit(sessions.verify, issuer.token(), now=NOW))
            # Long enough for the other thread to wait for this fetch, which knows the old key only.
            time.sleep(0.2)

        issuer.on_the_way = rotate_and_ask
        with pytest.raises(Unauthenticated):
            sessions.verify(spoiled, now=NOW)
        assert answers[0].result(timeout=10).user_id == "user_1"


def test_junk_does_not_hammer_the_issuer(issuer: Issuer, sessions: ClerkSessions) -> None:
    sessions.verify(issuer.token(), now=NOW)
    asked = issuer.asked
    for attempt in range(50):
        with pytest.raises((Unauthenticated, Unavailable)):
            sessions.verify(issuer.token({"kid": f"k{attempt}"}), now=NOW)
    assert issuer.asked - asked == REFETCH_BUCKET
    for attempt in range(50):
        token = issuer.token({"kid": f"k{attempt}"}, exp=SECONDS + 600)
        with pytest.raises((Unauthenticated, Unavailable)):
            sessions.verify(token, now=NOW + timedelta(minutes=2))
    assert issuer.asked - asked == REFETCH_BUCKET + 2


def test_junk_that_is_wrong_in_itself_asks_nobody(issuer: Issuer, sessions: ClerkSessions) -> None:
    sessions.verify(issuer.token(), now=NOW)
    asked = issuer.asked
    for attempt in range(50):
        with pytest.raises(Unauthenticated):
            sessions.verify(issuer.token({"kid": f"k{attempt}"}, azp="https://x.example"), now=NOW)
    assert issuer.asked == asked


def test_an_unknown_key_that_cannot_be_asked_for_is_no_wrong_401(
    issuer: Issuer, sessions: ClerkSessions
) -> None:
    sessions.verify(issuer.token(), now=NOW)
    for attempt in range(REFETCH_BUCKET):
        with pytest.raises(Unauthenticated):
            sessions.verify(issuer.token({"kid": f"k{attempt}"}), now=NOW)
    issuer.rotate("ins_2")
    with pytest.raises(Unavailable) as away:
        sessions.verify(issuer.token(), now=NOW)
    assert int(away.value.headers["Retry-After"]) >= 1
    sessions.verify(issuer.token(exp=SECONDS + 300), now=NOW + timedelta(minutes=1))


def test_an_outage_signs_nobody_out_for_a_day(issuer: Issuer, sessions: ClerkSessions) -> None:
    token = issuer.token(exp=SECONDS + 3 * 86400)
    sessions.verify(token, now=NOW)
    issuer.is_away = True
    sessions.verify(token, now=NOW + timedelta(hours=23))
    with pytest.raises(Unavailable):
        sessions.verify(token, now=NOW + timedelta(hours=25))


def test_without_any_key_it_is_503_until_the_issuer_is_back(
    issuer: Issuer, sessions: ClerkSessions
) -> None:
    issuer.is_away = True
    with pytest.raises(Unavailable):
        sessions.verify(issuer.token(), now=NOW)
    issuer.is_away = False
    sessions.verify(issuer.token(), now=NOW + timedelta(seconds=3))


def test_an_issuer_that_shows_no_keys_takes_none_away(
    issuer: Issuer,
) -> None:
    shown: list[Mapping[str, object]] = [issuer.jwks(), {"keys": []}, {"keys": [{"kty": "RSA"}]}]
    keys = IssuerKeys(lambda: shown.pop(0) if len(shown) > 1 else shown[0])
    sessions = ClerkSessions(keys, issuer=ISSUER, authorized_parties=[PARTY])
    token = issuer.token(exp=SECONDS + 86400)
    for minutes in (0, 6, 12):
        sessions.verify(token, now=NOW + timedelta(minutes=minutes))


@pytest.fixture
def operators(issuer: Issuer) -> EntraOperators:
    return EntraOperators(IssuerKeys(issuer.jwks), issuer=ISSUER, audience="api://artistos")


def operator_token(issuer: Issuer, **changes: object) -> str:
    claims = {"aud": "api://artistos", "oid": "0f-1", "roles": ["Operator"], **changes}
    return issuer.token(None, **claims)


def test_an_operator_has_the_role(issuer: Issuer, operators: EntraOperators) -> None:
    assert operators.verify(operator_token(issuer), now=NOW) == Operator(object_id="0f-1")


@pytest.mark.parametrize("roles", [None, [], ["operator"], "Operator", {"Operator": True}])
def test_without_the_role_an_employee_is_no_operator(
    issuer: Issuer, operators: EntraOperators, roles: object
) -> None:
    with pytest.raises(Forbidden):
        operators.verify(operator_token(issuer, roles=roles), now=NOW)


@pytest.mark.parametrize("changes", [{"aud": "api://other"}, {"iss": "x"}, {"exp": SECONDS - 60}])
def test_a_token_for_something_else_opens_nothing(
    issuer: Issuer, operators: EntraOperators, changes: dict[str, object]
) -> None:
    with pytest.raises(Unauthenticated):
        operators.verify(operator_token(issuer, **changes), now=NOW)
