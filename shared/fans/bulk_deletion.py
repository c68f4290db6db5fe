"""Deleting fans by a filter: up to 32 in one transaction, and over a thousand by a queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from shared.fans import rows, selection, transitions
from shared.fans.audience import where
from shared.fans.changing import Judge, Outcome
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
        """Delete up to `most` of who fits, and return how many were found: fewer means the end.

        Who is found may be gone already, deleted by another run of the same work.
        """
        looked_at, deleted = 0, 0
        for shard in SHARDS:
            found = islice(self._found(artist_id, shard, wanted), most - looked_at)
            while batch := list(islice(found, AT_ONCE)):
                looked_at += len(batch)
                deleted += self._delete_batch(artist_id, shard, batch, wanted)
        telemetry.event("fans_deleted", artist_id=artist_id, count=deleted)
        return looked_at

    def _found(self, artist_id: ArtistId, shard: int, wanted: Selection) -> Iterator[Fan]:
        first, last = wanted.key_range
        found = self.eraser.fans.rows.query(
            partition=partition(artist_id, shard), first=first, last=last, where=where(wanted)
        )
        return map(rows.fan_from, found)

    def _delete_batch(
        self, artist_id: ArtistId, shard: int, batch: list[Fan], wanted: Selection
    ) -> int:
        self.eraser.order_aftercare(artist_id, [fan.hashed for fan in batch])
        self.counters.order_fold(artist_id, shard)
        judge = _judge(wanted)
        steps = [step for fan in batch if (step := self._step(artist_id, fan, judge)) is not None]
        try:
            self._write(artist_id, shard, steps)
        except ListSealed:
            return 0
        except LockChanged:
            # Somebody changed one of them: each is judged anew, by itself.
            one_by_one = (
                self.eraser.changes.change(artist_id, step.before.hashed, judge) for step in steps
            )
            return sum(outcome is Outcome.DONE for outcome in one_by_one)
        return len(steps)

    def _step(self, artist_id: ArtistId, fan: Fan, judge: Judge) -> Step | None:
        # The fan as read under the lock: since the page was read, the fan may have moved on.
        lock = self.eraser.fans.lock(artist_id, fan.hashed)
        return judge(lock, self.eraser.fans.fan(artist_id, lock)) if lock else None

    def _write(self, artist_id: ArtistId, shard: int, steps: list[Step]) -> None:
        if not steps:
            return
        place = partition(artist_id, shard)
        operations: list[Operation] = []
        for step in steps:
            self.eraser.changes.forget_mailboxes(artist_id, step.mailboxes_let_go)
            operations += operations_of(artist_id, step)
        changes: tuple[Change, ...] = tuple(change for step in steps for change in step.changes)
        delta = rows.delta_row(place, changes, random=self.ids.token())
        self.eraser.fans.transact(place, [*operations, Insert(delta)])


def _judge(wanted: Selection) -> Judge:
    def judge(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.erased(lock, fan) if fan is not None and wanted.fits(fan) else None

    return judge
