"""The secrets of the Key Vault stand-in: made at the first start, kept, rotated on command."""

import base64
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local.standins.state import State

_KIND = "secret"


def _opaque(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(32)


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _raw_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def _key_ring() -> str:
    return json.dumps({"current": "k1", "keys": {"k1": _raw_key()}})


def _ed25519_pem() -> str:
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


MAKERS: dict[str, Callable[[], str]] = {
    "clerk-secret-key": lambda: _opaque("sk_test_"),
    "clerk-webhook-secret": _webhook_secret,
    "resend-api-key": lambda: _opaque("re_"),
    "resend-webhook-secret": _webhook_secret,
    "openai-api-key": lambda: _opaque("sk-"),
    "spotify-client-secret": lambda: secrets.token_hex(16),
    "spotify-for-artists-token": lambda: _opaque("s4a_"),
    "maxmind-license-key": lambda: secrets.token_hex(20),
    "token-encryption-keys": _key_ring,
    "link-signing-keys": _key_ring,
    "fan-id-key": _raw_key,
    "mailbox-key": _raw_key,
    "manifest-signing-key": _ed25519_pem,
}


class Vault:
    """Secrets by name, each with its versions, newest last."""

    def __init__(self, state: State) -> None:
        self._state = state
        for name, make in MAKERS.items():
            if state.get(_KIND, name) is None:
                self.put(name, make())

    def value(self, name: str) -> str:
        """Return the current value.

        Raises:
            KeyError: there is no such secret.
        """
        versions = self.versions(name)
        if not versions:
            raise KeyError(name)
        return str(versions[-1]["value"])

    def versions(self, name: str) -> list[dict[str, Any]]:
        document = self._state.get(_KIND, name)
        return list(document["versions"]) if document else []

    def put(self, name: str, value: str) -> dict[str, Any]:
        """Give a secret a new version, and return it."""
        now = int(time.time())
        version = {"value": value, "version": secrets.token_hex(16), "created": now}
        self._state.put(_KIND, name, {"versions": [*self.versions(name), version]})
        return version

    def names(self) -> list[str]:
        return list(self._state.all(_KIND))
