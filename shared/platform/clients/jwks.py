"""Issuers' published signing keys."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.platform.authentication import FetchKeys
from shared.platform.clients.http import HttpClient, ServiceAway

_READ_SECONDS = 5.0


def jwks(issuer: str) -> FetchKeys:
    """Return what fetches an issuer's `/.well-known/jwks.json` (Clerk's Frontend API)."""
    http = HttpClient(issuer, service="jwks")

    def fetch() -> Mapping[str, object]:
        return _document(http, "/.well-known/jwks.json")

    return fetch


def entra_keys(issuer: str) -> FetchKeys:
    """Return what fetches the keys that a directory's OpenID configuration names."""
    http = HttpClient(issuer, service="entra")

    def fetch() -> Mapping[str, object]:
        address = _document(http, "/.well-known/openid-configuration").get("jwks_uri")
        if not isinstance(address, str):
            raise ServiceAway("entra", sent=True)
        parts = urlsplit(address)
        host = HttpClient(f"{parts.scheme}://{parts.netloc}", service="entra")
        return _document(host, parts.path)

    return fetch


def _document(http: HttpClient, path: str) -> Mapping[str, object]:
    answer = http.call("GET", path, read_seconds=_READ_SECONDS)
    members = answer.members()
    if answer.status != 200 or not members:
        raise ServiceAway("jwks", sent=True)
    return members
