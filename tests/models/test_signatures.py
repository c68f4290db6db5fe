"""Webhooks are believed when Svix signed them within five minutes, and never otherwise."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.platform.problems import InvalidSignature
from shared.platform.signatures import verified_delivery_id

# The vector that Svix prints in its documentation.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
STAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
THEN = datetime.fromtimestamp(STAMP, UTC)


def headers(**changes: str) -> dict[str, str]:
    given = {"id": ID, "timestamp": str(STAMP), "signature": SIGNATURE, **changes}
    return {f"svix-{name}": value for name, value in given.items()}


def signed(body: bytes, secret: str = SECRET, stamp: str = str(STAMP)) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    digest = hmac.digest(key, f"{ID}.{stamp}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(digest).decode()


def verify(body: bytes = BODY, *, now: datetime = THEN, **changes: Any) -> str:
    return verified_delivery_id(body, headers=headers(**changes), secret=SECRET, now=now)


def test_the_vector_of_svix_verifies() -> None:
    assert verify() == ID


def test_the_white_label_headers_are_the_same() -> None:
    named = {name.replace("svix", "webhook"): value for name, value in headers().items()}
    assert verified_delivery_id(BODY, headers=named, secret=SECRET, now=THEN) == ID


def test_one_fitting_signature_among_several_is_enough() -> None:
    both = f"v1,AAAA v1a,{SIGNATURE[3:]} {SIGNATURE}"
    assert verify(signature=both) == ID


@pytest.mark.parametrize("minutes", [-5, 5])
def test_five_minutes_either_way_are_accepted(minutes: int) -> None:
    assert verify(now=THEN + timedelta(minutes=minutes)) == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "msg_other"},
        {"id": ""},
        {"timestamp": str(STAMP + 1)},
        {"timestamp": "soon"},
        {"timestamp": "\u0661" * 10},
        {"timestamp": ""},
        {"signature": ""},
        {"signature": "v1,"},
        {"signature": "v1,not base64"},
        {"signature": "v1a," + SIGNATURE[3:]},
        {"signature": SIGNATURE[3:]},
        {"signature": signed(BODY, "whsec_" + base64.b64encode(b"another" * 4).decode())},
    ],
)
def test_anything_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidSignature):
        verify(**changes)


def test_a_body_written_anew_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        verify(b'{"test":2432232314}')


@pytest.mark.parametrize("minutes", [-6, 6])
def test_six_minutes_are_too_many(minutes: int) -> None:
    with pytest.raises(InvalidSignature):
        verify(now=THEN + timedelta(minutes=minutes))
