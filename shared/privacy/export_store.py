"""Exports by their id: the queue's message names the export alone."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from shared.platform.ids import ArtistId, ExportId, is_id
from shared.platform.storage.faults import Changed, Missing
from shared.platform.storage.filters import eq, lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from shared.privacy.model import EXPORT_KEPT_FOR, Export, ExportKind, ExportState

_KEY = "export"


class ExportStore:
    """Exports. The table holds a week's."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.EXPORTS)

    def find(self, export_id: str) -> Export | None:
        """Return an export, or None. One read."""
        row = self._rows.get(export_id, _KEY) if is_id(export_id, prefix="exp") else None
        return _export(row) if row else None

    def add(self, export: Export) -> Export:
        """Keep a new export.

        Raises:
            AlreadyExists: it is there.
        """
        return replace(export, version=self._rows.insert(_row(export)).etag)

    def replace(self, export: Export) -> Export:
        """Keep a changed export.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        written = self._rows.replace(_row(export), etag=export.version or "*")
        return replace(export, version=written.etag)

    def note_progress(self, export: Export, percent: int) -> None:
        """Keep how far an export has come while it is being built, whoever tells it last."""
        row = self._rows.get(export.export_id, _KEY, select=["state"])
        if row is None or row.need("state", str) != ExportState.REQUESTED:
            return
        told = Row(export.export_id, _KEY, {"progress_percent": percent})
        with suppress(Changed, Missing):
            self._rows.merge(told, etag=row.etag or "*")

    def delete(self, export: Export) -> bool:
        """Take an export away, and tell whether it was there."""
        return self._rows.delete(export.export_id, _KEY)

    def of_artist(self, artist_id: ArtistId) -> Iterator[Export]:
        """Yield an artist's exports, the oldest first. A scan of a week's rows."""
        return map(_export, self._rows.query(where=eq("artist_id", artist_id)))

    def asked_before(self, moment: datetime) -> Iterator[Export]:
        """Yield the exports that are older than their week, finished or not."""
        limit = moment - EXPORT_KEPT_FOR
        return map(_export, self._rows.query(where=lt("requested_at", limit)))


def _row(export: Export) -> Row:
    return Row(
        export.export_id,
        _KEY,
        {
            "artist_id": export.artist_id,
            "kind": export.kind.value,
            "state": export.state.value,
            "requested_at": export.requested_at,
            "ready_at": export.ready_at,
            "size_bytes": export.size_bytes,
            "progress_percent": export.progress_percent,
            "beginnings": export.beginnings,
        },
    )


def _export(row: Row) -> Export:
    return Export(
        export_id=ExportId(row.partition),
        artist_id=ArtistId(row.need("artist_id", str)),
        kind=ExportKind(row.need("kind", str)),
        state=ExportState(row.need("state", str)),
        requested_at=row.need("requested_at", datetime),
        ready_at=row.find("ready_at", datetime),
        size_bytes=row.find("size_bytes", int),
        progress_percent=row.find("progress_percent", int) or 0,
        beginnings=row.find("beginnings", int) or 1,
        version=row.etag,
    )
