"""In-app notices: `banner:…` rows of the account. Any room may raise one."""

import hashlib
import re
from datetime import datetime

from shared.artists.model import Banner
from shared.artists.store import BANNER, banner_from
from shared.platform.ids import ArtistId
from shared.platform.problems import NotFound
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

_ID = re.compile(r"ban_[0-9a-f]{24}")


class Banners:
    """Raises, lists and dismisses notices."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.ARTISTS)

    def raise_banner(
        self,
        artist_id: ArtistId,
        *,
        kind: str,
        text: str,
        link: str | None,
        now: datetime,
        subject: str = "",
    ) -> None:
        """Show a notice; raising it again for the same kind and subject is raising it once.

        With a subject (an id) a dismissal is final. Without one, the kind has one notice at a time,
        and a dismissed one comes back with other words or on another day.
        """
        key = BANNER + banner_id(kind, subject)
        row = Row(artist_id, key, {"kind": kind, "text": text, "link": link, "since": now})
        found = self._rows.get(artist_id, key)
        if found is not None and not _shows_anew(banner_from(found), row, subject=subject):
            return
        try:
            if found is None:
                self._rows.insert(row)
            else:
                self._rows.replace(row, etag=found.etag or "*")
        except (AlreadyExists, Changed, Missing):
            # Somebody raised or dismissed it at this very moment: theirs holds.
            return

    def shown(self, artist_id: ArtistId) -> list[Banner]:
        """Return the notices that were not dismissed, newest first. One query."""
        rows = self._rows.query(partition=artist_id, first=BANNER, last=BANNER[:-1] + ";")
        return newest_first([banner_from(row) for row in rows])

    def dismiss(self, artist_id: ArtistId, identifier: str, *, now: datetime) -> None:
        """Take a notice away; dismissing it again is fine.

        Raises:
            NotFound: there is no such notice.
        """
        found = (
            self._rows.get(artist_id, BANNER + identifier) if _ID.fullmatch(identifier) else None
        )
        if found is None:
            raise NotFound
        if "dismissed_at" not in found:
            values = {"dismissed_at": now}
            try:
                self._rows.merge(Row(artist_id, BANNER + identifier, values), etag="*")
            except Missing:
                raise NotFound from None


def newest_first(banners: list[Banner]) -> list[Banner]:
    """Return the notices to show, newest first."""
    shown = [banner for banner in banners if banner.dismissed_at is None]
    return sorted(shown, key=lambda banner: banner.since, reverse=True)


def banner_id(kind: str, subject: str) -> str:
    """Return a notice's id: the same for the same kind and subject."""
    return "ban_" + hashlib.sha256(f"{kind}\n{subject}".encode()).hexdigest()[:24]


def _shows_anew(held: Banner, row: Row, *, subject: str) -> bool:
    same_words = held.text == row.get("text") and held.link == row.get("link")
    if held.dismissed_at is None:
        return not same_words
    if subject:
        return False
    return not same_words or held.dismissed_at.date() != row.need("since", datetime).date()
