"""The record of processing activities (GDPR, Art. 30), as JSON and as CSV, from the data map."""

import csv
import io
from collections.abc import Iterator
from typing import Literal

from shared.platform.schemas import Answer, Request
from shared.privacy.datamap import DataMap, Field, Store

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class DataMapQuery(Request):
    """In which form the record is wanted."""

    format: Literal["json", "csv"] = "json"


class ProcessorView(Answer):
    """A sub-processor."""

    name: str
    purpose: str
    hosts: list[str]
    data: list[str]


class DatumView(Answer):
    """One stored field, and everything that the record says of it."""

    store: str
    kind: str
    field: str
    about: str
    subject: str
    personal: bool
    category: str
    source: str
    purposes: list[str]
    basis: list[str]
    policy: list[str]
    retention: str
    readers: list[str]
    in_access_report: str
    erase: str


class DataMapView(Answer):
    """The record of processing."""

    controller: str
    contact: str
    policy_version: str
    subjects: list[str]
    never_stored: list[str]
    processors: list[ProcessorView]
    items: list[DatumView]


def record(found: DataMap, *, contact: str) -> DataMapView:
    """Return the record of processing."""
    return DataMapView(
        controller="ArtistOS.studio",
        contact=contact,
        policy_version=found.policy_version,
        subjects=list(found.subjects),
        never_stored=list(found.never_stored),
        processors=processors(found),
        items=list(_listed(found)),
    )


def processors(found: DataMap) -> list[ProcessorView]:
    """Return the sub-processors, as the policy's page and the record list them."""
    return [
        ProcessorView(
            name=one.name, purpose=one.purpose, hosts=list(one.hosts), data=list(one.data)
        )
        for one in found.processors
    ]


def as_csv(found: DataMap, *, contact: str) -> bytes:
    """Return the record as CSV (RFC 4180, UTF-8 with BOM), one line a field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    columns = list(DatumView.model_fields)
    writer.writerow(columns)
    for view in record(found, contact=contact).items:
        writer.writerow([_cell(getattr(view, column)) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _listed(found: DataMap) -> Iterator[DatumView]:
    for store in found.stores.values():
        for field in store.fields:
            yield _datum(store, field, found)


def _datum(store: Store, field: Field, found: DataMap) -> DatumView:
    purposes = [found.purposes[name] for name in field.purposes]
    return DatumView(
        store=store.name,
        kind=store.kind.value,
        field=field.name,
        about=field.about or store.about,
        subject=field.subject,
        personal=field.is_personal,
        category=field.category,
        source=field.source,
        purposes=list(field.purposes),
        basis=sorted({purpose.basis for purpose in purposes}),
        policy=sorted({field.policy, *(purpose.policy for purpose in purposes)} - {""}),
        retention=field.retention,
        readers=list(field.readers),
        in_access_report=field.report.value,
        erase=field.erase,
    )
