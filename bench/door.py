"""CPU of the door itself: who asks, what was sent, the problem document; and the signature's check.

`PUT /api/me` with a body that is wrong goes through all of it and does nothing else but ask whose
session it is: two reads before onboarding, which are measured alone and taken off.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import azure.functions as func
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.figures import cpu_milliseconds, table
from bench.in_process import application, stub, trigger
from shared.platform.authentication import ClerkSessions, IssuerKeys
from shared.platform.request_rates import RequestRates
from shared.wiring import App

TIMES = 300
BUDGET_MS = 0.5
USER = "user_bench"


def run() -> None:
    """Measure the whole, and what is not the door's."""
    with stub() as connection:
        app = application(connection)
        token = _session(app)
        whole = cpu_milliseconds(_refused(token), times=TIMES)
        check = cpu_milliseconds(lambda: app.clerk_sessions.verify(token, now=_now()), times=TIMES)
        reads = cpu_milliseconds(lambda: _reads(app), times=TIMES)
    door = whole - check - reads
    table(
        "The door of an artist's call (a session, a body with wrong fields, the problem)",
        ("work", "CPU ms"),
        (
            ("the whole call", f"{whole:.2f}"),
            ("of it: the session's signature and claims", f"{check:.2f}"),
            ("of it: two reads of storage", f"{reads:.2f}"),
            (f"the door itself; the budget is {BUDGET_MS}", f"{door:.2f}"),
        ),
    )


def _refused(token: str) -> Callable[[], None]:
    onboard = trigger("me_onboard")
    body = json.dumps({"artist_name": "", "slug": "NOT A SLUG", "unknown": 1}).encode()

    def refused() -> None:
        request = func.HttpRequest(
            method="PUT",
            url="http://127.0.0.1/api/me",
            headers={"content-type": "application/json", "authorization": f"Bearer {token}"},
            route_params={},
            body=body,
        )
        answered = onboard(request)
        if answered.status_code != 422:
            raise AssertionError(answered.get_body())

    return refused


def _reads(app: App) -> None:
    app.account_books.users.find(USER)
    app.account_books.memory.mark_of(USER, now=_now())


def _session(app: App) -> str:
    """Return a session's token, and let the application know the key that signed it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    chosen = app.settings.clerk
    keys = IssuerKeys(lambda: {"keys": [{**public, "kid": "k1", "use": "sig"}]})
    app.__dict__["clerk_sessions"] = ClerkSessions(
        keys, issuer=chosen.issuer, authorized_parties=chosen.authorized_parties
    )
    app.request_rates = RequestRates(per_second=1e9, burst=1e9)
    seconds = int(_now().timestamp())
    claims = {
        "iss": chosen.issuer,
        "azp": chosen.authorized_parties[0],
        "sub": USER,
        "sid": "sess_bench",
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + 3600,
        "fva": [0, -1],
        "v": 2,
    }
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k1"})


def _now() -> datetime:
    return datetime.now(UTC)
