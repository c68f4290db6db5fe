"""From bytes on the wire to a function's HttpRequest, by way of Azure's front end and host."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import azure.functions as func

CLIENT_HEADER = "x-local-client-ip"
RawHeaders = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came in, its headers folded as the function will see them."""

    method: str
    raw_path: bytes
    query: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Received":
        peer = scope.get("client") or ("127.0.0.1", 0)
        return cls(
            method=scope["method"].upper(),
            raw_path=scope["raw_path"].split(b"?")[0],
            query=scope["query_string"],
            headers=through_front_end(fold_headers(scope["headers"]), peer=peer),
        )

    @property
    def is_chunked(self) -> bool:
        return "content-length" not in self.headers and "transfer-encoding" in self.headers

    @property
    def content_length(self) -> int:
        length = self.headers.get("content-length", "0")
        return int(length) if length.isdigit() else 0

    @property
    def url(self) -> str:
        scheme = self.headers.get("x-forwarded-proto", "http").split(",")[0].strip()
        host = self.headers.get("host", "localhost")
        query = f"?{self.query.decode('latin-1')}" if self.query else ""
        return f"{scheme}://{host}{self.raw_path.decode('latin-1')}{query}"

    def request(self, route_params: Mapping[str, str], body: bytes) -> func.HttpRequest:
        """Return what the function gets."""
        return func.HttpRequest(
            method=self.method,
            url=self.url,
            headers=self.headers,
            params=fold_query(self.query.decode("latin-1")),
            route_params=route_params,
            body=body,
        )


def fold_headers(raw: RawHeaders) -> dict[str, str]:
    """Return headers by lower-case name, repeated ones joined by a comma."""
    folded: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        folded[name] = f"{folded[name]},{value}" if folded.get(name) else value
    return folded


def fold_query(query: str) -> dict[str, str]:
    """Return the query by name, whatever its case; repeats joined by a comma, empty values gone."""
    folded: dict[str, str] = {}
    spelling: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        if value:
            key = spelling.setdefault(name.lower(), name)
            folded[key] = f"{folded[key]},{value}" if key in folded else value
    return folded


def through_front_end(headers: dict[str, str], *, peer: tuple[str, int]) -> dict[str, str]:
    """Return the headers with the client's address appended, as Azure's front end appends it.

    `X-Local-Client-IP` says which address the client has; the function never sees that header.
    """
    claimed = headers.pop(CLIENT_HEADER, "").strip()
    client = f"{_bracketed(claimed or peer[0])}:{peer[1]}"
    earlier = headers.get("x-forwarded-for")
    forwarded = f"{earlier}, {client}" if earlier else client
    return headers | {"x-forwarded-for": forwarded, "client-ip": client}


def _bracketed(address: str) -> str:
    try:
        return f"[{address}]" if ipaddress.ip_address(address).version == 6 else address
    except ValueError:
        return address
