"""A row of a table, and how its values are written: OData types by hand, both ways.

Strings, bools, ints, floats, bytes and aware datetimes go in and come out as they are. An int
beyond 32 bits is stored as Int64 and read back as an int. `None` is not stored: a property that is
absent reads as absent. The limits are Azure's (learn.microsoft.com, "Understanding the Table
service data model"), kept here since the emulator does not keep them all.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, TypeVar, overload

import orjson

Default = TypeVar("Default")
Kind = TypeVar("Kind", str, int, float, bool, bytes, datetime)
Value = str | int | float | bool | bytes | datetime
Entity = dict[str, str | int | float | bool]

MAX_KEY_CHARACTERS: Final = 512
MAX_PROPERTY_BYTES: Final = 64 * 1024
MAX_PROPERTIES: Final = 252
MAX_ENTITY_BYTES: Final = 1024 * 1024

_TYPE: Final = "@odata.type"
_SYSTEM: Final = frozenset({"PartitionKey", "RowKey", "Timestamp"})
_FORBIDDEN_IN_KEYS: Final = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_PROPERTY_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_EARLIEST_YEAR: Final = 1601
_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its two keys, its values, and the ETag of the version that was read or written.

    `row["status"]` raises KeyError when the property is absent; `row.get` gives a default.
    """

    partition: str
    key: str
    values: Mapping[str, Value | None] = field(default_factory=lambda: _NOTHING)
    etag: str | None = None

    def __getitem__(self, name: str) -> Value:
        value = self.values[name]
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self.values.items() if value is not None)

    @overload
    def get(self, name: str) -> Value | None: ...
    @overload
    def get(self, name: str, default: Default) -> Value | Default: ...
    def get(self, name: str, default: Default | None = None) -> Value | Default | None:
        """Return a value, or the default where the property is absent."""
        value = self.values.get(name)
        return default if value is None else value

    def need(self, name: str, kind: type[Kind]) -> Kind:
        """Return a value that must be there and of this type, such as `row.need("status", str)`.

        Raises:
            KeyError: the property is absent.
            TypeError: it is of another type.
        """
        return _of_kind(name, self[name], kind)

    def find(self, name: str, kind: type[Kind]) -> Kind | None:
        """Return a value of this type, or None where the property is absent.

        Raises:
            TypeError: it is of another type.
        """
        value = self.values.get(name)
        return None if value is None else _of_kind(name, value, kind)


def _of_kind(name: str, value: Value, kind: type[Kind]) -> Kind:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"The property {name} is not of type {kind.__name__}.")
    return value


def check_key(text: str) -> str:
    """Return a key as it is, when a table can hold it.

    Raises:
        ValueError: longer than 512 characters, or with a character that Azure forbids.
    """
    if len(text) > MAX_KEY_CHARACTERS // 2 and _utf16_bytes(text) > MAX_KEY_CHARACTERS * 2:
        raise ValueError(f"A key has at most {MAX_KEY_CHARACTERS} characters.")
    if _FORBIDDEN_IN_KEYS.search(text):
        raise ValueError("A key holds no slash, backslash, #, ? or control character.")
    return text


def encode(row: Row) -> bytes:
    """Return the JSON of a whole row, keys included, as the table service takes it.

    Raises:
        ValueError: a key, a name, a value or the whole is more than Azure takes.
        TypeError: a value of another type, or a datetime without a zone.
    """
    entity: Entity = {"PartitionKey": check_key(row.partition), "RowKey": check_key(row.key)}
    size = 4 + 2 * (len(row.partition) + len(row.key))
    count = 0
    for name, value in row.values.items():
        if value is not None:
            if not is_property_name(name):
                raise ValueError(f"{name!r} cannot name a property.")
            count += 1
            size += 8 + 2 * len(name) + _put(entity, name, value)
    if count > MAX_PROPERTIES:
        raise ValueError(f"A row has at most {MAX_PROPERTIES} properties.")
    if size > MAX_ENTITY_BYTES:
        raise ValueError("A row has at most 1 MiB.")
    body = orjson.dumps(entity)
    # ASCII alone: Azurite tears a character that lies across two 64 KiB pieces of a request.
    return body if body.isascii() else json.dumps(entity).encode()


def decode(entity: dict[str, Any], *, partition: str | None = None) -> Row:
    """Return the row that an entity of an answer is. `partition` is used when it was not selected.

    The entity is taken over and emptied of its metadata. The service's own timestamp is dropped:
    our instants come from our clock.
    """
    take = entity.pop
    etag = take("odata.etag", None)
    own = take("PartitionKey", partition)
    key = take("RowKey", "")
    take("Timestamp", None)
    take("odata.metadata", None)
    for annotation in [name for name in entity if "@" in name]:
        kind, name = take(annotation), annotation[: -len(_TYPE)]
        reader = _READERS.get(kind)
        if reader is not None and name in entity:
            entity[name] = reader(entity[name])
    return Row(own, key, entity, etag)


def same_values(row: Row, stored: Row) -> bool:
    """Tell whether a stored row holds exactly what was sent: how a lost answer is recognised."""
    return {name: row[name] for name in row} == dict(stored.values)


def holds_values(row: Row, stored: Row) -> bool:
    """Tell whether a stored row holds at least what was sent, as after a merge."""
    return all(stored.get(name) == row[name] for name in row)


@lru_cache(maxsize=2048)
def is_property_name(name: str) -> bool:
    """Tell whether a property of ours can have this name."""
    return name not in _SYSTEM and _PROPERTY_NAME.fullmatch(name) is not None


def _put(entity: Entity, name: str, value: Value) -> int:
    """Write one property, and return the bytes that Azure counts for it."""
    if isinstance(value, str):
        entity[name] = value
        return 4 + _limited(_utf16_bytes(value))
    if isinstance(value, bool):
        entity[name] = value
        return 1
    if isinstance(value, int):
        return _put_int(entity, name, value)
    if isinstance(value, float):
        entity[name] = value if isfinite(value) else _ODD_FLOATS[repr(value)]
        entity[name + _TYPE] = "Edm.Double"
        return 8
    if isinstance(value, bytes):
        entity[name] = base64.b64encode(value).decode()
        entity[name + _TYPE] = "Edm.Binary"
        return 4 + _limited(len(value))
    entity[name] = edm_datetime(value)
    entity[name + _TYPE] = "Edm.DateTime"
    return 8


def _put_int(entity: Entity, name: str, value: int) -> int:
    if -(2**31) <= value < 2**31:
        entity[name] = value
        return 4
    if not -(2**63) <= value < 2**63:
        raise ValueError("An integer has at most 64 bits.")
    entity[name] = str(value)
    entity[name + _TYPE] = "Edm.Int64"
    return 8


def edm_datetime(moment: datetime) -> str:
    """Return an aware moment as the table service writes it, to the microsecond.

    Raises:
        TypeError: not an aware datetime.
        ValueError: before 1601, where the service's calendar begins.
    """
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise TypeError("A value is a str, int, float, bool, bytes or an aware datetime.")
    utc = moment.astimezone(UTC)
    if utc.year < _EARLIEST_YEAR:
        raise ValueError("The table service keeps no moment before 1601.")
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _utf16_bytes(text: str) -> int:
    if text.isascii():
        return 2 * len(text)
    try:
        return len(text.encode("utf-16-le"))
    except UnicodeEncodeError as error:
        raise ValueError("A text with half a character cannot be stored.") from error


def _limited(size: int) -> int:
    if size > MAX_PROPERTY_BYTES:
        raise ValueError("A property has at most 64 KiB (32,768 characters).")
    return size


_ODD_FLOATS: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


_READERS: Final[Mapping[str, Callable[[Any], object]]] = {
    "Edm.Int64": int,
    "Edm.Double": float,
    "Edm.Binary": base64.b64decode,
    "Edm.DateTime": datetime.fromisoformat,
}
