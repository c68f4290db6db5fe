"""Signed tokens: short texts that we made and can recognise, for links, forms and cursors.

A token is `<key id>-<payload>.<MAC>`: base64url of a JSON list, and HMAC-SHA-256 cut to 128 bits
over the purpose and the payload. It hides nothing, so it carries ids only. Purposes keep tokens
apart: a confirmation's token does not unsubscribe. Decoding is strict, so that one meaning has one
form.
"""

import hmac
import json
from collections.abc import Sequence

from shared.platform import base64url
from shared.platform.keyed_hash import keyed_hash
from shared.platform.keyring import KeyRing, UnknownKey

TokenPart = str | int | None
_MAC_BYTES = 16  # 128 bits: guessing stays hopeless and links stay short.
_MAX_CHARS = 2048


class TokenBroken(Exception):
    """The token is not ours, or not for this purpose."""


class Signer:
    """Makes and reads tokens with a ring of keys; keys that once signed still verify."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @property
    def current_key_id(self) -> str:
        """Return the name of the key that signs now; frozen content keeps it, for equal bytes."""
        return self._ring.current

    def sign(self, parts: Sequence[TokenPart], *, purpose: str, key_id: str | None = None) -> str:
        """Return a URL-safe token for these parts; `key_id` names another key than the current."""
        name = key_id or self._ring.current
        payload = base64url.encode(json.dumps(list(parts), separators=(",", ":")).encode())
        return f"{name}-{payload}.{base64url.encode(self._mac(name, payload, purpose))}"

    def read(self, token: str, *, purpose: str) -> list[TokenPart]:
        """Return the parts of a token of this purpose.

        Raises:
            TokenBroken: changed, cut, of another purpose, or not a token at all.
        """
        if len(token) > _MAX_CHARS or not token.isascii():
            raise TokenBroken
        body, _, mac = token.partition(".")
        name, _, payload = body.partition("-")
        try:
            expected = self._mac(name, payload, purpose)
            if not hmac.compare_digest(base64url.decode(mac), expected):
                raise TokenBroken
            parts: list[TokenPart] = json.loads(base64url.decode(payload))
        except (UnknownKey, ValueError):
            raise TokenBroken from None
        return parts

    def _mac(self, name: str, payload: str, purpose: str) -> bytes:
        signed = f"{purpose}\n{name}-{payload}".encode()
        return keyed_hash(self._ring.named(name), signed)[:_MAC_BYTES]
