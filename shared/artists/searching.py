"""Accounts found otherwise than by their id, and an account's last rows."""

from datetime import datetime

from shared.artists.model import same_address
from shared.artists.store import PROFILE
from shared.platform.ids import ArtistId
from shared.platform.storage.filters import eq, le
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables


class AccountSearch:
    """Looks through all accounts. Each look is a scan, a query for each 1,000."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.ARTISTS)

    def with_address(self, address: str) -> list[ArtistId]:
        """Return the accounts of a mail address, whatever its case."""
        rows = self._rows.query(where=eq("RowKey", PROFILE), select=["email"])
        fits = (row for row in rows if same_address(row.find("email", str) or "", address))
        return [ArtistId(row.partition) for row in fits]

    def grace_over(self, *, now: datetime) -> list[ArtistId]:
        """Return the accounts whose deletion was asked for and whose grace is over."""
        over = eq("RowKey", PROFILE) & le("purge_after", now)
        return [ArtistId(row.partition) for row in self._rows.query(where=over, select=[])]

    def forget(self, artist_id: ArtistId) -> int:
        """Take every row of an account away, the profile last, and count them."""
        keys = [row.key for row in self._rows.query(partition=artist_id, select=[])]
        keys.sort(key=lambda key: key == PROFILE)
        return sum(self._rows.delete(artist_id, key) for key in keys)
