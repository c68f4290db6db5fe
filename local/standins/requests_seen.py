"""The requests that a stand-in received, bodies included, for tests to look at."""

import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import orjson

_KEPT_BYTES = 64 * 1024 * 1024
_PACKED_ABOVE = 2048


@dataclass(slots=True, kw_only=True)
class Seen:
    """One request and what became of it."""

    service: str
    at: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    packed: bool = False
    status: int | None = None
    fault: str | None = None
    notes: list[str] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        raw = zlib.decompress(self.body) if self.packed else self.body
        return {
            "service": self.service,
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": _readable(raw),
            "status": self.status,
            "fault": self.fault,
            "notes": self.notes,
        }


def _readable(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")


class RequestLog:
    """The latest requests of all services; the oldest go when they weigh too much."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque()
        self._weight = 0

    def add(self, seen: Seen) -> Seen:
        if len(seen.body) > _PACKED_ABOVE:
            seen.body, seen.packed = zlib.compress(seen.body, 1), True
        self._seen.append(seen)
        self._weight += len(seen.body) + 1024
        while self._weight > _KEPT_BYTES:
            self._weight -= len(self._seen.popleft().body) + 1024
        return seen

    def items(self, *, service: str | None = None) -> list[dict[str, Any]]:
        """Return the requests kept, oldest first."""
        return [seen.shown() for seen in self._seen if service in {None, "", seen.service}]

    def clear(self) -> None:
        self._seen.clear()
        self._weight = 0
