"""Deleting fans by a filter: up to 32 in one transaction, and over a thousand by a queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from shared.fans import rows, selection, transitions
from shared.fans.audience import where
from shared.fans.erasing import FanEraser
from shared.fans.folding import FanCounters
from shared.fans.keys import SHARDS, partition
from shared.fans.model import Change, Fan, Lock, Step
from shared.fans.selection import Selection
from shared.fans.store import ListSealed, LockChanged, operations_of
from shared.platform import telemetry
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Conflict
from shared.platform.storage.operations import Insert, Operation

AT_ONCE: Final = 32  # Three rows each, the fence and the delta: under a transaction's hundred.
WITHIN_ANSWER: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkDeletion:
    """Deletes many fans of a list."""

    eraser: FanEraser
    counters: FanCounters
    ids: Ids

    def expect(self, artist_id: ArtistId, wanted: Selection, *, expected: int) -> int:
        """Return how many fit now, when it is as many as the artist saw.

        Raises:
            Conflict: it is another number; it stands in the problem.
        """
        matched = self.count(artist_id, wanted)
        if matched != expected:
            raise Conflict(
                f"The filter fits {matched} fans now. Look again, then delete.",
                code="count_changed",
                facts={"count": matched},
            )
        return matched

    def count(self, artist_id: ArtistId, wanted: Selection) -> int:
        """Return how many fans fit now: from the counters where they can tell, else by reading."""
        known = selection.counted(wanted, self.counters.exact(artist_id))
        if known is not None:
            return known
        return sum(1 for shard in SHARDS for _ in self._found(artist_id, shard, wanted))

    def delete(self, artist_id: ArtistId, wanted: Selection, *, most: int) -> int:
        """Delete up to `most` of who fits, and return how many that were."""
        deleted = 0
        for shard in SHARDS:
            found = islice(self._found(artist_id, shard, wanted), most - deleted)
            while batch := list(islice(found, AT_ONCE)):
                deleted += self._delete_batch(artist_id, shard, batch)
        telemetry.event("fans_deleted", artist_id=artist_id, count=deleted)
        return deleted

    def _found(self, artist_id: ArtistId, shard: int, wanted: Selection) -> Iterator[Fan]:
        first, last = wanted.key_range
        found = self.eraser.fans.rows.query(
            partition=partition(artist_id, shard), first=first, last=last, where=where(wanted)
        )
        return map(rows.fan_from, found)

    def _delete_batch(self, artist_id: ArtistId, shard: int, batch: list[Fan]) -> int:
        self.eraser.order_aftercare(artist_id, [fan.hashed for fan in batch])
        self.counters.order_fold(artist_id, shard)
        steps = [step for fan in batch if (step := self._step(artist_id, fan)) is not None]
        try:
            self._write(artist_id, shard, steps)
        except ListSealed:
            return 0
        except LockChanged:
            # Somebody changed one of them: each is judged anew, by itself.
            for fan in batch:
                self.eraser.erase(artist_id, fan.hashed)
        return len(steps)

    def _step(self, artist_id: ArtistId, fan: Fan) -> Step | None:
        lock: Lock | None = self.eraser.fans.lock(artist_id, fan.hashed)
        if lock is None or lock.data_key != fan.data_key:
            return None
        self.eraser.forget_mailboxes(artist_id, lock, fan)
        return transitions.erased(lock, fan)

    def _write(self, artist_id: ArtistId, shard: int, steps: list[Step]) -> None:
        if not steps:
            return
        place = partition(artist_id, shard)
        operations: list[Operation] = []
        for step in steps:
            operations += operations_of(artist_id, step)
        changes: tuple[Change, ...] = tuple(change for step in steps for change in step.changes)
        delta = rows.delta_row(place, changes, random=self.ids.token())
        self.eraser.fans.transact(place, [*operations, Insert(delta)])
