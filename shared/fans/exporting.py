"""The list as a file: every fan and field, whatever the status, newest first.

The CSV is RFC 4180 in UTF-8 with a byte order mark. A cell that a spreadsheet would take for a
formula gets one leading apostrophe; JSON lines are the lossless twin.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

import orjson

from shared.artists.audit import AuditTrail
from shared.fans.folding import FanCounters
from shared.fans.keys import time_in
from shared.fans.store import FanStore
from shared.fans.whole_list import Entity, newest_first
from shared.platform import telemetry
from shared.platform.clock import instant
from shared.platform.countries import country_name
from shared.platform.ids import ArtistId, Ids

COLUMNS: Final = (
    "email",
    "status",
    "country",
    "country_name",
    "region",
    "city",
    "subscribed_at",
    "confirmed_at",
    "unsubscribed_at",
    "page_slug",
    "source",
    "release_id",
    "notice_version",
)
WITHIN_ANSWER: Final = 50_000  # product.md: beyond that a queue function builds the file.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_BOM: Final = "\ufeff"
PIECE_FANS: Final = 1_000
_TO_THE_SECOND: Final = len("2026-11-28T12:00:00")
# What of a data row is in an export beside its key; the rest of the columns follow from these.
_STORED: Final = tuple(set(COLUMNS) - {"country_name", "subscribed_at"})


class ExportFormat(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def content_type(self) -> str:
        return "text/csv; charset=utf-8" if self is ExportFormat.CSV else "application/x-ndjson"


# Orders an export that a queue function builds, and returns where it will be.
OrderExport = Callable[[ArtistId, ExportFormat], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExports:
    """What an export of the list needs."""

    fans: FanStore
    counters: FanCounters
    order: OrderExport
    audit: AuditTrail


@dataclass(frozen=True, slots=True)
class Exported:
    """An export within the answer, or where the one is that is being built."""

    content: bytes = b""
    location: str | None = None


def export(
    artist_id: ArtistId,
    how: ExportFormat,
    *,
    desk: ListExports,
    now: datetime,
    ids: Ids,
) -> Exported:
    """Return the whole list as a file; a long one is ordered, to be built by a queue function.

    It is in the trail before anything leaves: no list goes out unrecorded.
    """
    expected = desk.counters.exact(artist_id).total
    desk.audit.record(artist_id, "fans_exported", now=now, ids=ids, format=how.value)
    if expected > WITHIN_ANSWER:
        return Exported(location=desk.order(artist_id, how))
    content = b"".join(pieces(artist_id, how, fans=desk.fans))
    telemetry.event("fans_exported", artist_id=artist_id, count=_fans_in(content), total=expected)
    return Exported(content=content)


def pieces(artist_id: ArtistId, how: ExportFormat, *, fans: FanStore) -> Iterator[bytes]:
    """Yield an export in pieces of about a thousand fans; memory does not grow with the list."""
    found = newest_first(artist_id, _STORED, fans=fans)
    return _as_csv(found) if how is ExportFormat.CSV else _as_lines(found)


def _as_csv(entities: Iterator[Entity]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(_BOM)
    writer.writerow(COLUMNS)
    while batch := list(islice(entities, PIECE_FANS)):
        writer.writerows(map(_cells, batch))
        yield _emptied(buffer)
    yield _emptied(buffer)


def _as_lines(entities: Iterator[Entity]) -> Iterator[bytes]:
    while batch := list(islice(entities, PIECE_FANS)):
        lines = [orjson.dumps(dict(zip(COLUMNS, _values(one), strict=True))) for one in batch]
        yield b"\n".join([*lines, b""])


def _values(entity: Entity) -> tuple[str | None, ...]:
    """Return a stored fan's fields in the order of the columns, as the API writes them."""
    find = entity.get
    country = find("country")
    return (
        find("email"),
        find("status"),
        country,
        country_name(country),
        find("region"),
        find("city"),
        instant(time_in(entity["RowKey"])),
        _instant(find("confirmed_at")),
        _instant(find("unsubscribed_at")),
        find("page_slug"),
        find("source"),
        find("release_id"),
        find("notice_version"),
    )


def _cells(entity: Entity) -> list[str]:
    return [
        "" if text is None else f"'{text}" if text.startswith(_FORMULA) else text
        for text in _values(entity)
    ]


def _instant(stored: str | None) -> str | None:
    # As the service writes it, with up to seven digits of a second.
    return f"{stored[:_TO_THE_SECOND]}Z" if stored else None


def _fans_in(content: bytes) -> int:
    """Return how many fans a file holds: no cell has a line break in it."""
    return content.count(b"\n") - content.startswith(_BOM.encode())


def _emptied(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content
