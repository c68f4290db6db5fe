"""Who holds which slug: the table Slugs. Uniqueness is a create that conflicts.

A row names the artist; with `until` it is a former slug, which leads on until then and may be taken
by anybody afterwards, by the owner at once. A slug of an erased account is withheld for a while as
a keyed hash, so that old links do not lead to a stranger overnight.
"""

from datetime import datetime, timedelta

from shared.platform.ids import ArtistId
from shared.platform.keyed_hash import keyed_hash
from shared.platform.problems import Conflict
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.filters import lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

WITHHELD_FOR = timedelta(days=30)  # After an erasure.
_KEY = "slug"
_TRIES = 4


class SlugStore:
    """Slugs by name. Every call may be repeated."""

    def __init__(self, tables: Tables, *, hash_key: bytes) -> None:
        self._rows = tables.table(Table.SLUGS)
        self._hash_key = hash_key

    def find(self, slug: str, *, now: datetime) -> ArtistId | None:
        """Return whose slug this is, now or for a while still; None when it leads nowhere.

        Whether it is the artist's current one, the profile says.
        """
        row = self._rows.get(slug, _KEY)
        return None if row is None or _has_ended(row, now=now) else _owner(row)

    def claim(self, slug: str, artist_id: ArtistId, *, now: datetime) -> None:
        """Make a slug the artist's own, whatever was begun before.

        Raises:
            Conflict: somebody else holds it.
        """
        for _ in range(_TRIES):
            row = self._rows.get(slug, _KEY)
            if row is None and self._is_withheld(slug, now=now):
                break
            if row is not None and _owner(row) != artist_id and not _has_ended(row, now=now):
                break
            try:
                self._take(slug, artist_id, found=row)
            except (AlreadyExists, Changed, Missing):
                continue
            return
        raise Conflict("Somebody else has this slug.", code="slug_taken")

    def retire(self, slug: str, artist_id: ArtistId, *, until: datetime) -> None:
        """Make a slug that the artist left a redirect until then."""
        row = self._rows.get(slug, _KEY)
        if row is None or _owner(row) != artist_id or "until" in row:
            return
        try:
            self._rows.merge(Row(slug, _KEY, {"until": until}), etag=row.etag or "*")
        except (Changed, Missing):
            return

    def release(self, slug: str, artist_id: ArtistId) -> None:
        """Give back a slug that was never used; somebody else's stays."""
        row = self._rows.get(slug, _KEY)
        if row is None or _owner(row) != artist_id:
            return
        try:
            self._rows.delete(slug, _KEY, etag=row.etag or "*")
        except Changed:
            return

    def withhold(self, slug: str, artist_id: ArtistId, *, now: datetime) -> None:
        """Erase an artist's slug, and let nobody have it for 30 days."""
        row = self._rows.get(slug, _KEY)
        if row is None or _owner(row) != artist_id:
            return
        until = now + WITHHELD_FOR
        self._rows.upsert(Row(self._hashed(slug), _KEY, {"until": until}))
        self.release(slug, artist_id)

    def forget_ended(self, *, now: datetime) -> int:
        """Delete former and withheld slugs whose time is over, and return how many. A scan."""
        deleted = 0
        for row in self._rows.query(where=lt("until", now), select=["until"]):
            try:
                deleted += self._rows.delete(row.partition, row.key, etag=row.etag or "*")
            except Changed:
                continue
        return deleted

    def _take(self, slug: str, artist_id: ArtistId, *, found: Row | None) -> None:
        row = Row(slug, _KEY, {"artist_id": artist_id})
        if found is None:
            self._rows.insert(row)
        elif _owner(found) != artist_id or "until" in found:
            self._rows.replace(row, etag=found.etag or "*")

    def _is_withheld(self, slug: str, *, now: datetime) -> bool:
        row = self._rows.get(self._hashed(slug), _KEY)
        return row is not None and not _has_ended(row, now=now)

    def _hashed(self, slug: str) -> str:
        return "was|" + keyed_hash(self._hash_key, f"slug\n{slug}".encode()).hex()


def _owner(row: Row) -> ArtistId:
    return ArtistId(row.need("artist_id", str))


def _has_ended(row: Row, *, now: datetime) -> bool:
    until = row.find("until", datetime)
    return until is not None and until <= now
