"""Envelopes: AES-256-GCM around what must be unreadable at rest, such as refresh tokens.

The form is `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url without padding. What the envelope
belongs to (`purpose`, such as `spotify-token|art_…`) is authenticated with it, so that a ciphertext
moved to another row does not open.
"""

from shared.platform import base64url
from shared.platform.ids import Randomness, system_randomness
from shared.platform.keyring import KeyRing, UnknownKey

_VERSION = "v1"
_NONCE_BYTES = 12  # 96 bits, as NIST SP 800-38D recommends for random nonces.


class EnvelopeBroken(Exception):
    """The envelope is not ours, not whole, or belongs to something else."""


class Envelopes:
    """Seals with the ring's current key; opens with any of them."""

    def __init__(self, ring: KeyRing, randomness: Randomness = system_randomness) -> None:
        self._ring = ring
        self._randomness = randomness

    def seal(self, plaintext: bytes, *, purpose: str) -> str:
        """Return an envelope that only this purpose opens."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = self._randomness(_NONCE_BYTES)
        header = f"{_VERSION}.{self._ring.current}"
        sealed = AESGCM(self._ring.key).encrypt(nonce, plaintext, _bound(header, purpose))
        return f"{header}.{base64url.encode(nonce)}.{base64url.encode(sealed)}"

    def open(self, envelope: str, *, purpose: str) -> bytes:
        """Return what was sealed.

        Raises:
            EnvelopeBroken: a wrong purpose, an unknown key, or changed bytes; which, is not told.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            version, key_id, nonce, sealed = envelope.split(".")
            if version != _VERSION:
                raise EnvelopeBroken
            key = self._ring.named(key_id)
            return AESGCM(key).decrypt(
                base64url.decode(nonce),
                base64url.decode(sealed),
                _bound(f"{version}.{key_id}", purpose),
            )
        except (ValueError, UnknownKey, InvalidTag):
            raise EnvelopeBroken from None


def _bound(header: str, purpose: str) -> bytes:
    return f"{header}|{purpose}".encode()
