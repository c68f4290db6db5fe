"""The words of notices, kept beside their artist's account as long as that is (table Artists).

They are kept before a form is handed out, so that a receipt can always show what was agreed to.
"""

from datetime import datetime
from typing import Final

from shared.capture.model import Notice
from shared.platform.ids import ArtistId
from shared.platform.storage.faults import AlreadyExists
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

_PREFIX: Final = "notice|"
_REMEMBERED: Final = 10_000


class NoticeStore:
    """Notices by artist and version."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.ARTISTS)
        self._kept: set[tuple[str, str]] = set()

    def keep(self, artist_id: ArtistId, notice: Notice, *, now: datetime) -> None:
        """Keep a notice's words; kept already is fine, and mostly known without asking."""
        known = (artist_id, notice.version)
        if known in self._kept:
            return
        row = Row(artist_id, _PREFIX + notice.version, {"words": notice.words, "since": now})
        try:
            self._rows.insert(row)
        except AlreadyExists:
            self._remember(known)
        else:
            self._remember(known)

    def words(self, artist_id: ArtistId, version: str) -> str | None:
        """Return the words of a version, or None when the artist is gone."""
        row = self._rows.get(artist_id, _PREFIX + version)
        return row.need("words", str) if row else None

    def _remember(self, known: tuple[str, str]) -> None:
        if len(self._kept) >= _REMEMBERED:
            self._kept.clear()
        self._kept.add(known)
