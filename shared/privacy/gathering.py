"""Everything that is held under an artist's id, found by the data map and by nothing else.

A table whose partitions begin with the artist's id is one range query, so that a row which some
room adds tomorrow is in the export tomorrow. A field stands in it when the map says so; of what is
secret (tokens) only that it exists.
"""

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import orjson

from shared.platform.clock import instant
from shared.platform.ids import ArtistId
from shared.platform.storage.filters import ge, lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import Tables
from shared.privacy import datamap
from shared.privacy.datamap import DataMap, Report, Store

HELD: Final = "(held, and kept secret)"
_ROWS_A_PIECE: Final = 200


def rows_of(artist_id: ArtistId, store: Store, *, tables: Tables) -> Iterator[Row]:
    """Yield all rows of a table that stand under the artist's id."""
    # `~` sorts behind everything that follows an id in a partition's key, `|` first of all.
    where = ge("PartitionKey", artist_id) & lt("PartitionKey", f"{artist_id}~")
    return tables.table(Table(store.place)).query(where=where)


def erase_remainder(artist_id: ArtistId, *, tables: Tables) -> int:
    """Take away what still stands under an artist's id once the rooms have erased, and count it.

    The account's own rows stay: they say whose erasure this is, and go last.
    """
    deleted = 0
    for store in datamap.read().of_artist():
        if store.place == Table.ARTISTS:
            continue
        table = tables.table(Table(store.place))
        for row in list(rows_of(artist_id, store, tables=tables)):
            deleted += table.delete(row.partition, row.key)
    return deleted


def table_json(artist_id: ArtistId, store: Store, *, tables: Tables) -> Iterator[bytes]:
    """Yield a table's rows as a JSON list, in pieces, with the fields that a report shows."""
    yield b"[\n"
    waiting: list[bytes] = []
    first = True
    for row in rows_of(artist_id, store, tables=tables):
        members = shown(row, store)
        if not members:
            continue
        waiting.append((b"" if first else b",\n") + orjson.dumps({"key": row.key, **members}))
        first = False
        if len(waiting) == _ROWS_A_PIECE:
            yield b"".join(waiting)
            waiting.clear()
    yield b"".join(waiting) + b"\n]\n"


def shown(row: Row, store: Store) -> dict[str, object]:
    """Return what a report shows of a row."""
    members: dict[str, object] = {}
    for name in row:
        field = store.field(name)
        if field is None or field.report is Report.NO:
            continue
        members[name] = HELD if field.report is Report.EXISTENCE_ONLY else _plain(row[name])
    return members


def described(found: DataMap) -> list[Mapping[str, object]]:
    """Return what a reader of the export has to know of each of its tables."""
    return [
        {
            "store": store.place,
            "about": store.about,
            "fields": [
                {
                    "name": field.name,
                    "purposes": list(field.purposes),
                    "basis": sorted({found.purposes[name].basis for name in field.purposes}),
                    "source": field.source,
                    "retention": field.retention,
                    "readers": list(field.readers),
                }
                for field in store.fields
                if field.report is not Report.NO
            ],
        }
        for store in found.of_artist()
    ]


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return _parsed(value)
    return value


def _parsed(text: str) -> object:
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return parsed
