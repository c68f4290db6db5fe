"""The data map: what is stored where, of whom, why, on what basis, how long, who reads it.

`datamap.yaml` is the only source: of the record of processing, the list of sub-processors, the
account's own export, and the tests that compare it with what is really stored. Its shape is in
docs/PRIVACY.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).resolve().parents[2] / "datamap.yaml"
_NOBODY: Final = "none"
_OWNER: Final = "artist_id"


class StoreKind(StrEnum):
    """Where a store is."""

    TABLE = "table"
    BLOB = "blob"
    QUEUE = "queue"


class Report(StrEnum):
    """Whether a field stands in its subject's report."""

    YES = "yes"
    NO = "no"
    EXISTENCE_ONLY = "existence_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One stored field. `name` may end in `*` for a family of fields."""

    name: str
    about: str
    category: str
    subject: str  # `none`: not about a person.
    source: str
    purposes: tuple[str, ...]
    retention: str
    policy: str
    readers: tuple[str, ...]
    report: Report
    fan_csv: bool
    erase: str
    encrypt: str | None

    @property
    def is_personal(self) -> bool:
        """Tell whether the field is about a person."""
        return self.subject != _NOBODY

    def fits(self, name: str) -> bool:
        """Tell whether a stored name is this field's."""
        return fnmatchcase(name, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A table, a container or a queue."""

    name: str
    kind: StoreKind
    place: str  # The table, container or queue.
    partition: str
    row: str
    about: str
    fields: tuple[Field, ...]

    @property
    def is_artists(self) -> bool:
        """Tell whether its partitions (or blobs' names) begin with the id of an artist."""
        return self.partition.startswith(_OWNER)

    def field(self, name: str) -> Field | None:
        """Return the declaration of a stored name, or None when there is none."""
        exact = next((field for field in self.fields if field.name == name), None)
        return exact or next((field for field in self.fields if field.fits(name)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why something is processed, with the policy's clause and the law's ground."""

    name: str
    policy: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """Somebody who processes data on our behalf."""

    key: str
    name: str
    purpose: str
    hosts: tuple[str, ...]
    data: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMap:
    """The whole map."""

    policy_version: str
    subjects: tuple[str, ...]
    purposes: Mapping[str, Purpose]
    processors: tuple[Processor, ...]
    never_stored: tuple[str, ...]
    stores: Mapping[str, Store]

    def of_kind(self, kind: StoreKind) -> list[Store]:
        """Return the stores of one kind."""
        return [store for store in self.stores.values() if store.kind is kind]

    def of_artist(self) -> list[Store]:
        """Return the tables whose rows are found by the artist's id."""
        return [store for store in self.of_kind(StoreKind.TABLE) if store.is_artists]


@cache
def read() -> DataMap:
    """Return the map that ships with the product. Read once in a process.

    Raises:
        ValueError: the file contradicts itself.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with _FILE.open("rb") as file:
        return parsed(yaml.load(file, Loader=loader))  # noqa: S506 - both are safe loaders


def parsed(raw: Mapping[str, Any]) -> DataMap:
    """Return the map that a parsed document is.

    Raises:
        ValueError: a field names a purpose or a subject that is not declared.
    """
    found = DataMap(
        policy_version=str(raw["policy_version"]),
        subjects=tuple(raw["subjects"]),
        purposes={
            name: Purpose(name=name, policy=item["policy"], basis=item["basis"])
            for name, item in raw["purposes"].items()
        },
        processors=tuple(_processor(key, item) for key, item in raw["processors"].items()),
        never_stored=tuple(raw["never_stored"]),
        stores={name: _store(name, item) for name, item in raw["stores"].items()},
    )
    _check(found)
    return found


def _processor(key: str, item: Mapping[str, Any]) -> Processor:
    return Processor(
        key=key,
        name=item["name"],
        purpose=item["purpose"],
        hosts=tuple(item["hosts"]),
        data=tuple(item["data"]),
    )


def _store(name: str, item: Mapping[str, Any]) -> Store:
    key = item.get("key") or {}
    defaults = item.get("defaults") or {}
    fields = {known: {**defaults, **(own or {})} for known, own in item["fields"].items()}
    return Store(
        name=name,
        kind=StoreKind(item["kind"]),
        place=str(item.get("container", name)),
        partition=str(key.get("pk") or key.get("name") or ""),
        row=str(key.get("rk", "")),
        about=str(item.get("note", "")),
        fields=tuple(_field(known, declared) for known, declared in fields.items()),
    )


def _field(name: str, item: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        about=str(item.get("note", "")),
        category=str(item.get("category", "system.operations")),
        subject=str(item.get("subject", _NOBODY)),
        source=str(item.get("source", "system")),
        purposes=tuple(item.get("purposes", ())),
        retention=_retention(item.get("retention")),
        policy=str(item.get("policy", "")),
        readers=tuple(item.get("readers", ())),
        report=_report(item.get("access_report", False)),
        fan_csv=bool(item.get("fan_csv", False)),
        erase=str(item.get("erase", "ttl")),
        encrypt=item.get("encrypt"),
    )


def _retention(value: object) -> str:
    """Return a retention as a sentence: `max P7D; until account_deleted`."""
    if not isinstance(value, dict):
        return str(value or "")
    return "; ".join(
        f"{rule} {' or '.join(map(str, limit)) if isinstance(limit, list) else limit}"
        for rule, limit in value.items()
    )


def _report(value: object) -> Report:
    if isinstance(value, bool):
        return Report.YES if value else Report.NO
    return Report(str(value))


def _check(found: DataMap) -> None:
    faults = [
        f"{store.name}.{field.name}"
        for store in found.stores.values()
        for field in store.fields
        if not _is_sound(field, found)
    ]
    if faults:
        raise ValueError("The data map contradicts itself at: " + ", ".join(faults))


def _is_sound(field: Field, found: DataMap) -> bool:
    if not set(field.purposes) <= set(found.purposes):
        return False
    if not field.is_personal:
        return True
    return field.subject in found.subjects and bool(field.purposes and field.retention)
