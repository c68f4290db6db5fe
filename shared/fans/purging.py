"""Taking a whole list away, in bounded steps: after the fences are sealed nothing comes in.

A step deletes up to 99 rows of a shard in one transaction that also counts them in `0|erase`, so
that an erasure's proof tells how many there were, however often a step is repeated. The counters'
rows go last.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from shared.fans import rows
from shared.fans.fences import FanFences
from shared.fans.keys import DATA_ROWS, ERASE, SHARDS, partition
from shared.fans.mailboxes import MailboxIndex
from shared.fans.store import FanStore
from shared.platform.ids import ArtistId
from shared.platform.problems import RetryLater
from shared.platform.storage.faults import TransactionFailed
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Delete, Insert, Operation, Replace
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

ROWS_AT_ONCE: Final = 99
_TRIES: Final = 5
_FORGETTING: Final = 4  # Mailboxes of a shard that leave the index side by side.


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a step did: rows deleted of this list so far, and whether any is left."""

    deleted: int
    finished: bool


class FanPurge:
    """Purges lists. Every call may be repeated, also by two at once."""

    def __init__(self, tables: Tables, *, fences: FanFences, index: MailboxIndex) -> None:
        self._fans = FanStore(tables)
        self._stats = tables.table(Table.FAN_STATS)
        self._fences = fences
        self._index = index

    def begin(self, artist_id: ArtistId) -> None:
        """Let nothing in any more."""
        self._fences.seal(artist_id)

    def step(self, artist_id: ArtistId, shard: int, *, transactions: int) -> Purged:
        """Delete up to so many transactions' worth of rows of a shard.

        Raises:
            RetryLater: another step of the same shard kept winning.
        """
        place = partition(artist_id, shard)
        with ThreadPoolExecutor(_FORGETTING, thread_name_prefix="purge") as forgetting:
            for _ in range(transactions):
                found = self._next(place)
                if not found:
                    return Purged(deleted=self._deleted(place), finished=True)
                # Waited for: after the rows are gone nobody knows the mailboxes.
                for one in [forgetting.submit(self._forget, artist_id, row) for row in found]:
                    one.result()
                self._delete(place, found)
        return Purged(deleted=self._deleted(place), finished=not self._next(place))

    def finish(self, artist_id: ArtistId) -> int:
        """Delete the counts and copies when all shards are empty; return how many rows there were.

        The count is of fans' rows, as the shards' own rows tell it.
        """
        total = sum(self._deleted(partition(artist_id, shard)) for shard in SHARDS)
        for row in self._stats.query(partition=artist_id, select=()):
            self._stats.delete(artist_id, row.key)
        for shard in SHARDS:
            self._fans.rows.delete(partition(artist_id, shard), ERASE)
        return total

    def residue(self, artist_id: ArtistId) -> int:
        """Return how many rows of a list are there: what a scan after a purge looks for."""
        shards = sum(
            sum(1 for _ in self._fans.rows.query(partition=partition(artist_id, n), select=()))
            for n in SHARDS
        )
        return shards + sum(1 for _ in self._stats.query(partition=artist_id, select=()))

    def _next(self, place: str) -> list[Row]:
        """Return the next rows to delete: fans first, so that the index goes with them."""
        fans = self._fans.rows.page(
            partition=place,
            first=DATA_ROWS[0],
            last=DATA_ROWS[1],
            select=("mailbox",),
            limit=ROWS_AT_ONCE,
        ).rows
        if fans:
            return fans
        others = self._fans.rows.page(
            partition=place, select=("status", "again"), limit=ROWS_AT_ONCE + 1
        ).rows
        return [row for row in others if row.key != ERASE][:ROWS_AT_ONCE]

    def _delete(self, place: str, found: list[Row]) -> None:
        for _ in range(_TRIES):
            count = self._fans.rows.get(place, ERASE)
            before = count.need("deleted", int) if count else 0
            row = Row(place, ERASE, {"deleted": before + len(found)})
            counted: Operation = Replace(row, count.etag or "*") if count else Insert(row)
            try:
                self._fans.rows.transact(place, [counted, *(Delete(row.key) for row in found)])
            except TransactionFailed as failed:
                if failed.index == 0:
                    continue
                # Another step has taken some of them: the next look tells what is left.
                return
            return
        raise RetryLater("fan_purge_contended")

    def _forget(self, artist_id: ArtistId, row: Row) -> None:
        """Take a fan's mailboxes out of the index, a renewed sign-up's too."""
        mailbox = row.find("mailbox", str)
        again = rows.lock_from(row).again if row.get("again") is not None else None
        for each in {mailbox, again.mailbox if again else None} - {None}:
            self._index.remove(str(each), artist_id)

    def _deleted(self, place: str) -> int:
        row = self._fans.rows.get(place, ERASE)
        return row.need("deleted", int) if row else 0
