"""Every HTTP operation: what the OpenAPI document and the catch-all are made from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel

from shared.edge.call import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What an operation answers: statuses with their models (None: no JSON body)."""

    statuses: dict[int, type[BaseModel] | None]
    media: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one route."""

    name: str
    method: str
    route: str
    access: Access
    summary: str
    description: str
    tag: str
    answers: Answers
    codes: frozenset[str]  # Of every problem that it may answer.
    body: type[BaseModel] | None
    form: bool
    query: type[BaseModel] | None
    raw_media: tuple[str, ...]
    idempotent: bool
    fresh_sign_in: bool
    trigger: Callable[..., object] = field(repr=False)


_operations: list[Operation] = []


def register(operation: Operation) -> None:
    """Add an operation to the index."""
    _operations.append(operation)


def every() -> Iterator[Operation]:
    """Return all operations in the order of their registration."""
    yield from _operations


def methods_of(path: str) -> dict[str, Operation]:
    """Return the operations whose route fits a path, by method: the first by name wins."""
    found: dict[str, Operation] = {}
    for operation in sorted(_operations, key=lambda item: item.name.upper()):
        if _pattern(operation.route).fullmatch(path.strip("/")):
            found.setdefault(operation.method, operation)
    return found


def route_values(route: str, path: str) -> dict[str, str]:
    """Return the values that a path gives to a route's parameters."""
    match = _pattern(route).fullmatch(path.strip("/"))
    return match.groupdict() if match else {}


def _pattern(route: str) -> re.Pattern[str]:
    literal = re.split(r"\{(\w+)\}", route)
    parts = [
        f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(literal)
    ]
    return re.compile("".join(parts), re.IGNORECASE)
