"""From Clerk's users to accounts: the table ClerkUsers.

The link is the first row of an account and its last: written before anything else, so that two
requests of one user at once agree on the artist's id, and deleted after everything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.platform.ids import ArtistId
from shared.platform.storage.faults import AlreadyExists, Missing
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

_KEY = "artist"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkLink:
    """A Clerk user's account. `is_gone` says that the user exists at Clerk no more."""

    user_id: str
    artist_id: ArtistId
    is_gone: bool


class ClerkUsers:
    """The links, by Clerk user."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.CLERK_USERS)

    def find(self, user_id: str) -> ClerkLink | None:
        """Return a user's link, or None before onboarding. One read."""
        row = self._rows.get(user_id, _KEY)
        return _link(row) if row else None

    def link(self, user_id: str, artist_id: ArtistId) -> ArtistId:
        """Link a user to an account, and return the account that holds: the first one wins."""
        try:
            self._rows.insert(Row(user_id, _KEY, {"artist_id": artist_id}))
        except AlreadyExists:
            found = self.find(user_id)
            return found.artist_id if found else self.link(user_id, artist_id)
        return artist_id

    def mark_gone(self, user_id: str, *, now: datetime) -> None:
        """Note that Clerk has deleted the user: no session of theirs counts any more."""
        try:
            self._rows.merge(Row(user_id, _KEY, {"gone_at": now}), etag="*")
        except Missing:
            return

    def unlink(self, user_id: str) -> None:
        """Take the link away: the last act of an erasure."""
        self._rows.delete(user_id, _KEY)

    def all(self) -> Iterator[ClerkLink]:
        """Yield every link. A query for each 1,000."""
        for row in self._rows.query():
            yield _link(row)


def _link(row: Row) -> ClerkLink:
    return ClerkLink(
        user_id=row.partition,
        artist_id=ArtistId(row.need("artist_id", str)),
        is_gone="gone_at" in row,
    )
