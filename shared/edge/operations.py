"""Every HTTP operation: what the OpenAPI document and the catch-all are made from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from pydantic import BaseModel

from shared.edge import triggers
from shared.edge.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What an operation answers: statuses with their models (None: no JSON body)."""

    statuses: dict[int, type[BaseModel] | None]
    media: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one route."""

    name: str
    method: str
    route: str
    terms: Terms
    summary: str
    description: str
    tag: str
    answers: Answers
    codes: frozenset[str]  # Of every problem that it may answer.
    trigger: Callable[..., object] = field(repr=False)


_operations: list[Operation] = []


def register(operation: Operation) -> None:
    """Add an operation to the index."""
    _operations.append(operation)


def every() -> Iterator[Operation]:
    """Return all operations."""
    triggers.load_all()
    yield from _operations


def methods_of(path: str) -> dict[str, Operation]:
    """Return the operations of the route that fits a path best, by method.

    Args:
        path: as it was sent; a slash that is encoded parts nothing, as at the host.
    """
    plain = _normal(path)
    for entry in triggers.known():
        if "method" in entry and _pattern(entry["route"]).fullmatch(plain):
            triggers.load(entry["module"])
    fitting = [item for item in _operations if _pattern(item.route).fullmatch(plain)]
    best = min((_wildcards(item.route) for item in fitting), default=0)
    return {item.method: item for item in fitting if _wildcards(item.route) == best}


def route_values(route: str, path: str) -> dict[str, str]:
    """Return the values that a path gives to a route's parameters."""
    match = _pattern(route).fullmatch(_normal(path))
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def _normal(path: str) -> str:
    """Return a path whose segments are written in one way."""
    return "/".join(quote(unquote(part), safe="") for part in path.strip("/").split("/"))


def _wildcards(route: str) -> int:
    return route.count("{")


def _pattern(route: str) -> re.Pattern[str]:
    literal = re.split(r"\{(\w+)\}", route)
    parts = [
        f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(literal)
    ]
    return re.compile("".join(parts), re.IGNORECASE)
