"""Svix signatures: how Clerk and Resend sign their webhooks (docs.svix.com, read 2026-11-23).

HMAC-SHA-256 over `<id>.<timestamp>.<raw body>`; several signatures may stand in the header while a
secret is rotated. The test vector of Svix stands in the tests.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.platform.keyed_hash import keyed_hash
from shared.platform.problems import InvalidSignature

TOLERANCE = timedelta(minutes=5)
_NOT_TAKEN: Final = (
    "This webhook is not signed as its sender signs, or not within five minutes of now."
)


def verified_delivery_id(
    body: bytes, *, headers: Mapping[str, str], secret: str, now: datetime
) -> str:
    """Return the delivery's id, which stays the same when the delivery is repeated.

    Args:
        body: the raw bytes, never JSON written anew.
        headers: by lower-cased name; `svix-…`, or `webhook-…` as the white-label form.
        secret: `whsec_` and base64.
        now: compared with the signed timestamp, ±5 minutes.

    Raises:
        InvalidSignature: for any reason; which, is not told.
    """
    delivery, stamp, signatures = (_header(headers, n) for n in ("id", "timestamp", "signature"))
    if not (delivery and signatures and stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise InvalidSignature(_NOT_TAKEN)
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise InvalidSignature(_NOT_TAKEN)
    expected = keyed_hash(_key(secret), f"{delivery}.{stamp}.".encode() + body)
    # Every entry is compared, so that time tells nothing about which one fits.
    fits = [hmac.compare_digest(expected, given) for given in _v1(signatures)]
    if not any(fits):
        raise InvalidSignature(_NOT_TAKEN)
    return delivery


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"svix-{name}") or headers.get(f"webhook-{name}") or ""


def _key(secret: str) -> bytes:
    encoded = secret.removeprefix("whsec_")
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4))


def _v1(signatures: str) -> list[bytes]:
    found = []
    for entry in signatures.split():
        version, _, value = entry.partition(",")
        if version != "v1":
            continue
        try:
            found.append(base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            continue
    return found
