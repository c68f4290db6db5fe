"""Filters for rows, built from typed parts: the only way to write OData.

`eq("status", "subscribed") & ge("since", moment)`; `either(eq("x", 1), eq("x", 2))`.
A value can never become syntax: quoting happens here and is proved by a property test. Azure takes
at most 15 comparisons in one filter. An absent property matches no comparison, not even `ne`.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Final

from shared.platform.storage.rows import Value, edm_datetime, is_property_name

MAX_COMPARISONS: Final = 15


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on rows. `&` and `|` join two."""

    odata: str
    comparisons: int = 1

    def __and__(self, other: "Filter") -> "Filter":
        return _joined(self, "and", other)

    def __or__(self, other: "Filter") -> "Filter":
        return _joined(self, "or", other)


def eq(name: str, value: Value) -> Filter:
    """The property is there and equals the value."""
    return _comparison(name, "eq", value)


def ne(name: str, value: Value) -> Filter:
    """The property is there and differs from the value."""
    return _comparison(name, "ne", value)


def lt(name: str, value: Value) -> Filter:
    """The property is less than the value."""
    return _comparison(name, "lt", value)


def le(name: str, value: Value) -> Filter:
    """The property is at most the value."""
    return _comparison(name, "le", value)


def gt(name: str, value: Value) -> Filter:
    """The property is more than the value."""
    return _comparison(name, "gt", value)


def ge(name: str, value: Value) -> Filter:
    """The property is at least the value."""
    return _comparison(name, "ge", value)


def every(first: Filter, *others: Filter) -> Filter:
    """All of the conditions hold."""
    for other in others:
        first = first & other
    return first


def either(first: Filter, *others: Filter) -> Filter:
    """At least one of the conditions holds."""
    for other in others:
        first = first | other
    return first


def literal(value: Value) -> str:
    """Return a value as OData writes it.

    Raises:
        TypeError: not a value that a row can hold.
        ValueError: a float that OData has no comparison for, or a datetime before 1601.
    """
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -(2**31) <= value < 2**31 else f"{value}L"
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    return f"datetime'{edm_datetime(value)}'"


def _real(value: float) -> str:
    if not isfinite(value):
        raise ValueError("A filter compares with finite numbers.")
    return repr(value)


def _comparison(name: str, operator: str, value: Value) -> Filter:
    if name not in {"PartitionKey", "RowKey"} and not is_property_name(name):
        raise ValueError(f"{name!r} cannot name a property.")
    return Filter(f"{name} {operator} {literal(value)}")


def _joined(left: Filter, word: str, right: Filter) -> Filter:
    count = left.comparisons + right.comparisons
    if count > MAX_COMPARISONS:
        raise ValueError(f"Azure takes at most {MAX_COMPARISONS} comparisons in a filter.")
    return Filter(f"({left.odata}) {word} ({right.odata})", count)
