"""Key rings: the key that signs or seals now, and the earlier ones that still open.

A ring is kept as one secret: `{"current": "k2", "keys": {"k1": "<base64url>", "k2": "…"}}`. A new
key is added and made current; old ones stay as long as anything made with them must be read
(unsubscribe links: for ever).
"""

import json
import re
from dataclasses import dataclass

from shared.platform import base64url

KEY_BYTES = 32  # AES-256, and as much for HMAC-SHA-256.
_KEY_ID = re.compile(r"[A-Za-z0-9]{1,8}")


class UnknownKey(Exception):
    """Something names a key that the ring does not hold."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Named keys of 32 bytes, one of them current. Never printed."""

    current: str
    keys: dict[str, bytes]

    @property
    def key(self) -> bytes:
        """Return the key that makes new things."""
        return self.keys[self.current]

    def named(self, key_id: str) -> bytes:
        """Return a key by its name.

        Raises:
            UnknownKey: the ring does not hold it.
        """
        try:
            return self.keys[key_id]
        except KeyError:
            raise UnknownKey from None


def parse(text: str) -> KeyRing:
    """Return the ring that a secret's text holds.

    Raises:
        ValueError: the text is not a ring; the message never quotes it.
    """
    try:
        raw = json.loads(text)
        keys = {str(name): decode_key(value) for name, value in raw["keys"].items()}
        ring = KeyRing(current=str(raw["current"]), keys=keys)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("The key ring's secret is malformed.") from None
    if ring.current not in keys or not all(_KEY_ID.fullmatch(name) for name in keys):
        raise ValueError("The key ring names its keys wrongly.")
    return ring


def decode_key(text: str) -> bytes:
    """Return the 32 bytes that a base64url text holds.

    Raises:
        ValueError: the text is not base64url, or not of 32 bytes.
    """
    # Operators make keys with tools that pad 32 bytes with one sign; it is the same key.
    key = base64url.decode(text.removesuffix("="))
    if len(key) != KEY_BYTES:
        raise ValueError("A key has not 32 bytes.")
    return key
