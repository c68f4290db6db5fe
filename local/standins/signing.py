"""RSA keys that sign tokens: made once, kept, rotated on command, shown as a JWKS."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.standins.state import State

_KIND = "signing-key"


class SigningKey:
    """The key of one issuer."""

    def __init__(self, state: State, issuer: str, *, kid: str) -> None:
        self._state = state
        self._issuer = issuer
        document = state.get(_KIND, issuer)
        if document is None:
            document = self._made(kid)
        self._load(document)

    def rotate(self, *, kid: str | None = None) -> None:
        """Replace the key; without a new `kid` it keeps its name, as Clerk's does."""
        self._load(self._made(kid or self.kid))

    def jwks(self) -> dict[str, Any]:
        algorithm = jwt.algorithms.RSAAlgorithm
        public = json.loads(algorithm.to_jwk(self._private.public_key()))
        key = {"use": "sig", "kty": "RSA", "kid": self.kid, "alg": "RS256"}
        return {"keys": [key | {"n": public["n"], "e": public["e"]}]}

    def sign(self, claims: dict[str, Any], *, header: dict[str, Any] | None = None) -> str:
        """Return a token. `header` replaces single members, None removes one.

        The forgeries that a verifier must refuse are made on request: `alg` none, and HS256 with
        the public key as its secret.
        """
        algorithm = (header or {}).get("alg", "RS256")
        merged = {"typ": "JWT", "kid": self.kid} | (header or {})
        if algorithm == "RS256":
            wanted = {name: value for name, value in merged.items() if value is not None}
            wanted.pop("alg", None)
            return jwt.encode(claims, self._private, algorithm="RS256", headers=wanted)
        shown = {name: value for name, value in merged.items() if value is not None}
        signed = ".".join(_segment(json.dumps(part).encode()) for part in (shown, claims))
        if algorithm != "HS256":
            return signed + "."
        return signed + "." + _segment(_hmac_sha256(self._public_pem(), signed.encode()))

    def verify(self, token: str, *, audience: str) -> dict[str, Any]:
        """Return the claims of a token of this key.

        Raises:
            jwt.PyJWTError: it is not one, or it is over.
        """
        return jwt.decode(
            token, self._private.public_key(), algorithms=["RS256"], audience=audience
        )

    def _made(self, kid: str) -> dict[str, Any]:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        document = {"kid": kid, "pem": pem.decode()}
        self._state.put(_KIND, self._issuer, document)
        return document

    def _load(self, document: dict[str, Any]) -> None:
        private = serialization.load_pem_private_key(document["pem"].encode(), None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError("The stored signing key is not an RSA key.")
        self._private = private
        self.kid: str = document["kid"]

    def _public_pem(self) -> bytes:
        return self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _hmac_sha256(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def replaced(claims: dict[str, Any], changes: dict[str, Any] | None) -> dict[str, Any]:
    """Return claims with some replaced; a change to None removes one."""
    merged = claims | (changes or {})
    return {name: value for name, value in merged.items() if value is not None}
