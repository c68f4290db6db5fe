"""Objections to processing on the ground of a legitimate interest: in force at once, and kept."""

from datetime import datetime

from shared.artists.audit import AuditTrail
from shared.artists.model import Objection, Processing
from shared.artists.store import OBJECTION, objection_from
from shared.platform.ids import ArtistId, Ids
from shared.platform.storage.faults import AlreadyExists
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables


class Objections:
    """Records objections. No such processing exists today; whoever adds one asks here first."""

    def __init__(self, tables: Tables, audit: AuditTrail) -> None:
        self._rows = tables.table(Table.ARTISTS)
        self._audit = audit

    def object_to(
        self, artist_id: ArtistId, processing: Processing, *, now: datetime, ids: Ids
    ) -> Objection:
        """Record an objection; objecting again is objecting once."""
        row = Row(artist_id, OBJECTION + processing.value, {"objected_at": now})
        try:
            self._rows.insert(row)
        except AlreadyExists:
            held = self._rows.get(artist_id, row.key)
            return objection_from(held or row)
        self._audit.record(artist_id, "objection_made", now=now, ids=ids, processing=processing)
        return objection_from(row)
