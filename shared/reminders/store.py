"""An artist's reminders: one row beside what is due, in the table DueActions."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from shared.platform.ids import ArtistId
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from shared.reminders.model import Reminding

KEY: Final = "reminder"  # Sorts after every day.


class ReminderStore:
    """Reminders by artist."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.DUE_ACTIONS)

    def find(self, artist_id: ArtistId) -> Reminding:
        """Return an artist's reminders; empty where there were none. One read."""
        row = self._rows.get(artist_id, KEY)
        if row is None:
            return Reminding(artist_id=artist_id)
        day = row.find("last_day", str)
        return Reminding(
            artist_id=artist_id,
            at=row.find("at", datetime),
            last_day=date.fromisoformat(day) if day else None,
            version=row.etag,
        )

    def forget(self, artist_id: ArtistId) -> bool:
        """Take an artist's reminders away, and tell whether there were any."""
        return self._rows.delete(artist_id, KEY)

    def keep(self, reminding: Reminding) -> Reminding:
        """Keep when the next reminder comes due.

        Raises:
            Changed: somebody wrote in between.
            AlreadyExists: the same, for the first row.
            Missing: it went with the account.
        """
        day = reminding.last_day
        values = {"at": reminding.at, "last_day": day.isoformat() if day else None}
        row = Row(reminding.artist_id, KEY, values)
        written = (
            self._rows.insert(row)
            if reminding.version is None
            else self._rows.replace(row, etag=reminding.version)
        )
        return replace(reminding, version=written.etag)
