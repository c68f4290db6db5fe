"""Folds: changes that were written beside their fans are added to the shard's counters.

A fold is one transaction: the counters by their ETag and the deltas away, so that each is counted
exactly once, whoever else folds. Then the counters go to FanStats, unless a newer copy is there.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.fans import counters as counting
from shared.fans import rows
from shared.fans.counter_rows import TOTALS, counters_from, totals_from, values_of
from shared.fans.keys import COUNTERS, SHARDS, STAT, delta_key, is_delta, partition
from shared.fans.model import FanStatus
from shared.fans.store import FanStore, ListSealed, LockChanged
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import RetryLater
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Queue, Table
from shared.platform.storage.operations import Delete, Insert, Operation, Replace
from shared.platform.storage.queues import Queues
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

FOLDED_AT_ONCE: Final = 97  # With the fence and the counters' row, a transaction's hundred.
FOLD_DELAY: Final = timedelta(seconds=3)
RECENTLY: Final = timedelta(days=7)
_ROUNDS: Final = 40  # Nearly 4,000 changes; more is another message's.
_TRIES: Final = 8
_DELTAS: Final = (delta_key(""), delta_key("~"))


@dataclass(frozen=True, slots=True)
class ShardCounters:
    """A shard's counters with the ETag that they were read under (None: not there yet)."""

    counters: counting.Counters
    etag: str | None


class FanCounters:
    """The counters of lists: in their shards, and copied to FanStats."""

    def __init__(self, tables: Tables, queues: Queues) -> None:
        self._fans = FanStore(tables)
        self._copies = tables.table(Table.FAN_STATS)
        self._queues = queues

    def order_fold(self, artist_id: ArtistId, shard: int) -> None:
        """Send the message of a fold; before the delta is written, so that none is forgotten."""
        message: dict[str, str | int | None] = {"artist_id": artist_id, "shard": shard}
        self._queues.send(Queue.FAN_FOLDS, message, delay=FOLD_DELAY)

    def exact(self, artist_id: ArtistId) -> counting.Counters:
        """Return the counts as they are now: four heads and what is not folded yet."""
        return counting.sum_of(self._exact(partition(artist_id, shard)) for shard in SHARDS)

    def copies(self, artist_id: ArtistId) -> tuple[counting.Counters, datetime | None]:
        """Return the counts as last copied, and the oldest copy's time. One query."""
        found = list(self._copies.query(partition=artist_id, first="0", last="4"))
        times = [row.need("as_of", datetime) for row in found]
        return counting.sum_of(map(counters_from, found)), min(times, default=None)

    def totals(self, artist_id: ArtistId) -> counting.Counts:
        """Return the counts by status as last copied. One query of four small rows."""
        found = self._copies.query(partition=artist_id, first="0", last="4", select=TOTALS)
        return tuple(map(sum, zip(*map(totals_from, found), strict=True)))

    def recent_confirmations(self, artist_id: ArtistId, *, now: datetime) -> int:
        """Return about how many of the last seven days' sign-ups confirmed, as last copied.

        Who left is not counted: the counts do not tell a fan who confirmed and left from a stranger
        who left by the mail that asked, and such strangers must not make room for more of it.
        """
        first = (now - RECENTLY).date().isoformat()
        days = self.copies(artist_id)[0].days
        return sum(
            counting.count_of(counts, FanStatus.SUBSCRIBED)
            for day, counts in days.items()
            if (day[0] or "") >= first
        )

    def fold(self, artist_id: ArtistId, shard: int, *, now: datetime) -> None:
        """Add what waits in a shard to its counters, and copy them.

        Raises:
            RetryLater: others write the same copy at the same time.
        """
        place = partition(artist_id, shard)
        for _ in range(_ROUNDS):
            deltas = self._fans.rows.page(
                partition=place, first=_DELTAS[0], last=_DELTAS[1], limit=FOLDED_AT_ONCE
            ).rows
            if not deltas or not self._fold(place, deltas):
                self._copy(artist_id, shard, now=now)
                return
        # More came than one message should work on: the rest has a message of its own.
        self.order_fold(artist_id, shard)
        self._copy(artist_id, shard, now=now)

    def _fold(self, place: str, deltas: list[Row]) -> bool:
        """Fold these, and tell whether the list still takes folds."""
        head = self._head(place)
        changes = [change for row in deltas for change in rows.changes_from(row)]
        folded = replace(counting.with_changes(head.counters, changes), fold=head.counters.fold + 1)
        row = Row(place, STAT, values_of(folded))
        written: Operation = Replace(row, head.etag) if head.etag else Insert(row)
        try:
            self._fans.transact(place, [written, *(Delete(delta.key) for delta in deltas)])
        except LockChanged:
            telemetry.event("fold_met_another")
        except ListSealed:
            # The purge takes the deltas along.
            telemetry.event("fold_found_list_sealed")
            return False
        return True

    def _head(self, place: str) -> ShardCounters:
        row = self._fans.rows.get(place, STAT)
        return ShardCounters(counters_from(row), row.etag if row else None)

    def _exact(self, place: str) -> counting.Counters:
        found = list(self._fans.rows.query(partition=place, first=COUNTERS[0], last=COUNTERS[1]))
        head = counters_from(next((row for row in found if row.key == STAT), None))
        changes = [c for row in found if is_delta(row.key) for c in rows.changes_from(row)]
        return counting.with_changes(head, changes) if changes else head

    def _copy(self, artist_id: ArtistId, shard: int, *, now: datetime) -> None:
        for _ in range(_TRIES):
            head = self._head(partition(artist_id, shard)).counters
            copy = self._copies.get(artist_id, str(shard), select=["fold"])
            if head.fold <= (copy.need("fold", int) if copy else 0):
                return
            row = Row(artist_id, str(shard), {**values_of(head), "as_of": now})
            try:
                self._copies.put(row, over=copy)
            except (AlreadyExists, Changed, Missing):
                continue
            return
        raise RetryLater("fan_stats_contended")
