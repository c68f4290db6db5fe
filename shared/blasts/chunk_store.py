"""The table BlastChunks: one partition for each run, ordered by its transactions.

`go` is asserted by everything that asks or chooses. A stop deletes it, so that the partition puts
each claim before or after the stop, and none beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from shared.blasts import chunk_rows as rows
from shared.blasts.chunk_rows import Outline
from shared.blasts.ledger import Chunk
from shared.blasts.run import Go, Plan, Run, Stop
from shared.platform.storage.faults import Changed, Missing, TransactionFailed
from shared.platform.storage.filters import eq
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Delete, Insert, Merge, Operation, Replace
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

MOST_CHUNKS: Final = 97  # With `go` and `plan` a transaction of 99; Azure takes 100.
MOST_AT_ONCE: Final = 100
_LETTERS: Final = ("letters", "fates")
_OUTLINE: Final = ("letters", "fates", "claimed_at", "waits_until", "doubt")


class Stopped(Exception):
    """There is no permission: the run was stopped, has ended, or never began."""


class LostRace(Exception):
    """Somebody else wrote in between: read again, or leave it to them."""


class Ledger:
    """The runs of blasts."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.BLAST_CHUNKS)

    def run(self, blast_id: str) -> Run:
        """Return a run's permission, cursors and stop. One query."""
        first, last = rows.RUN
        return rows.run_from(list(self._rows.query(partition=blast_id, first=first, last=last)))

    def begin(self, blast_id: str, permission: Go | Stop, plan: Plan) -> bool:
        """Begin a run, with its permission or already stopped; False when it had begun."""
        head = (
            rows.go_row(blast_id, permission)
            if isinstance(permission, Go)
            else rows.stop_row(blast_id, permission)
        )
        try:
            self._rows.transact(blast_id, [Insert(rows.plan_row(blast_id, plan)), Insert(head)])
        except TransactionFailed:
            return False
        return True

    def stop(self, blast_id: str, stop: Stop) -> bool:
        """Put a stop in place of the permission; False when there was none to take."""
        exchange: list[Operation] = [Delete(rows.GO), Insert(rows.stop_row(blast_id, stop))]
        return self._exchanged(blast_id, exchange)

    def permit(self, blast_id: str, go: Go) -> bool:
        """Put a permission in place of the stop; False when somebody else did, or none stood."""
        exchange: list[Operation] = [Delete(rows.STOP), Insert(rows.go_row(blast_id, go))]
        return self._exchanged(blast_id, exchange)

    def choose(self, blast_id: str, chunks: Sequence[Chunk], plan: Plan) -> None:
        """Write the walk's next chunks and its cursor.

        Raises:
            Stopped: there is no permission.
            LostRace: another walk has been here.
        """
        inserts: list[Operation] = [Insert(rows.chunk_row(blast_id, chunk)) for chunk in chunks]
        self._under_go(blast_id, [self._moved(blast_id, plan), *inserts])

    def move(self, blast_id: str, plan: Plan) -> None:
        """Write the feed's cursor.

        Raises:
            LostRace: another step has been here.
        """
        try:
            self._rows.replace(rows.plan_row(blast_id, plan), etag=plan.etag or "*")
        except (Changed, Missing):
            raise LostRace from None

    def chunk(self, blast_id: str, number: str) -> Chunk | None:
        """Return a chunk, or None when there is none of this number. One read."""
        row = self._rows.get(blast_id, rows.chunk_key(number))
        return rows.chunk_from(row) if row else None

    def chunks(self, blast_id: str, *, shard: int | None = None) -> Iterator[Chunk]:
        """Return the chunks of a run, whole; of one shard, when it is named."""
        first, last = rows.CHUNKS
        where = None if shard is None else eq("shard", shard)
        for row in self._rows.query(partition=blast_id, first=first, last=last, where=where):
            yield rows.chunk_from(row)

    def letters(self, blast_id: str) -> Iterator[tuple[str, str]]:
        """Return the letters and fates of every chunk. One read for each 1,000 chunks."""
        for row in self._selected(blast_id, _LETTERS):
            yield row.need("letters", str), row.need("fates", str)

    def outlines(self, blast_id: str) -> Iterator[Outline]:
        """Return what feed and watch look at, of every chunk. One read for each 1,000 chunks."""
        for row in self._selected(blast_id, _OUTLINE):
            yield rows.outline_from(row)

    def claim(self, blast_id: str, chunk: Chunk) -> Chunk:
        """Write a claim under the permission, and return it as stored.

        Raises:
            Stopped: there is no permission.
            LostRace: somebody else has the chunk.
        """
        etags = self._under_go(blast_id, [self._written(blast_id, chunk)])
        return replace(chunk, etag=etags[1])

    def cut(self, blast_id: str, first: Chunk, second: Chunk) -> None:
        """Write the halves of a chunk under the permission.

        Raises:
            Stopped: there is no permission.
            LostRace: somebody else wrote the chunk.
        """
        other = Insert(rows.chunk_row(blast_id, second))
        self._under_go(blast_id, [self._written(blast_id, first), other])

    def write(self, blast_id: str, chunk: Chunk) -> None:
        """Write a chunk in place of the version that was read; a stop does not matter.

        Raises:
            LostRace: somebody else wrote it.
        """
        try:
            self._rows.replace(rows.chunk_row(blast_id, chunk), etag=chunk.etag or "*")
        except (Changed, Missing):
            raise LostRace from None

    def write_all(self, blast_id: str, chunks: Sequence[Chunk]) -> None:
        """Write up to 100 chunks in place of the versions that were read, all or none.

        Raises:
            LostRace: somebody else wrote one of them.
        """
        try:
            self._rows.transact(blast_id, [self._written(blast_id, chunk) for chunk in chunks])
        except TransactionFailed:
            raise LostRace from None

    def delete(self, blast_id: str) -> int:
        """Take a run away with its whole ledger; return how many rows went."""
        keys = [row.key for row in self._rows.query(partition=blast_id, select=())]
        return sum(
            self._deleted(blast_id, keys[at : at + MOST_AT_ONCE])
            for at in range(0, len(keys), MOST_AT_ONCE)
        )

    def _deleted(self, blast_id: str, keys: Sequence[str]) -> int:
        try:
            self._rows.transact(blast_id, [Delete(key) for key in keys])
        except TransactionFailed:
            # One of them has gone meanwhile, and with it the transaction.
            return sum(self._rows.delete(blast_id, key) for key in keys)
        return len(keys)

    def _selected(self, blast_id: str, names: Sequence[str]) -> Iterator[Row]:
        first, last = rows.CHUNKS
        return self._rows.query(partition=blast_id, first=first, last=last, select=names)

    def _written(self, blast_id: str, chunk: Chunk) -> Operation:
        return Replace(rows.chunk_row(blast_id, chunk), chunk.etag or "*")

    def _moved(self, blast_id: str, plan: Plan) -> Operation:
        return Replace(rows.plan_row(blast_id, plan), plan.etag or "*")

    def _exchanged(self, blast_id: str, exchange: list[Operation]) -> bool:
        try:
            self._rows.transact(blast_id, exchange)
        except TransactionFailed:
            return False
        return True

    def _under_go(self, blast_id: str, operations: list[Operation]) -> list[str]:
        fence = Merge(Row(blast_id, rows.GO), "*")
        try:
            return self._rows.transact(blast_id, [fence, *operations])
        except TransactionFailed as failed:
            if failed.index == 0 and failed.reason is Missing:
                raise Stopped from None
            raise LostRace from None
