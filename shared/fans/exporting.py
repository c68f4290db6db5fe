"""The list as a file: every fan and field, whatever the status, newest first.

The CSV is RFC 4180 in UTF-8 with a byte order mark. A cell that a spreadsheet would take for a
formula gets one leading apostrophe; JSON lines are the lossless twin.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Final

import orjson

from shared.artists.audit import AuditTrail
from shared.fans import rows
from shared.fans.folding import FanCounters
from shared.fans.keys import DATA_ROWS, SHARDS, partition
from shared.fans.model import Fan
from shared.fans.schemas import members
from shared.fans.store import FanStore
from shared.platform import telemetry
from shared.platform.ids import ArtistId, Ids
from shared.platform.storage.rows import Row

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
_PIECE_ROWS: Final = 1_000


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
    telemetry.event("fans_exported", artist_id=artist_id, count=expected)
    return Exported(content=content)


def pieces(artist_id: ArtistId, how: ExportFormat, *, fans: FanStore) -> Iterator[bytes]:
    """Yield an export in pieces of about a thousand fans; memory does not grow with the list."""
    found = (rows.fan_from(row) for row in _newest_first(artist_id, fans=fans))
    return _as_csv(found) if how is ExportFormat.CSV else _as_lines(found)


def _newest_first(artist_id: ArtistId, *, fans: FanStore) -> Iterable[Row]:
    first, last = DATA_ROWS
    shards = [
        fans.rows.query(partition=partition(artist_id, shard), first=first, last=last)
        for shard in SHARDS
    ]
    return merge(*shards, key=lambda row: row.key)


def _as_csv(fans: Iterator[Fan]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(_BOM)
    writer.writerow(COLUMNS)
    while batch := list(islice(fans, _PIECE_ROWS)):
        writer.writerows(map(_cells, batch))
        yield _emptied(buffer)
    yield _emptied(buffer)


def _as_lines(fans: Iterator[Fan]) -> Iterator[bytes]:
    while batch := list(islice(fans, _PIECE_ROWS)):
        yield b"".join(orjson.dumps(_named(fan)) + b"\n" for fan in batch)


def _cells(fan: Fan) -> list[str]:
    named = members(fan)
    return [_safe(named[column]) for column in COLUMNS]


def _named(fan: Fan) -> dict[str, object]:
    named = members(fan)
    return {column: named[column] for column in COLUMNS}


def _safe(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _emptied(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content
