"""The fence rows of a fan list: what every transaction asserts before it may write.

`open` stands while sign-ups are taken, `live` while there is an account at all. A transaction that
merges a fence row which is gone is rolled back whole, so that an account's end takes effect between
two writes and not some time after a reading. `open` carries the account's epoch and `live` the
epoch of the last closing: a late step of a deletion never undoes a restore, nor the reverse.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shared.fans.keys import LIVE, OPEN, SHARDS, partition
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import Unavailable
from shared.platform.storage.faults import TransactionFailed
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Delete, Insert, Merge, Operation
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

# Each sign-up changes the ETag of `open`; between a reading and a deletion there are milliseconds.
_TRIES = 25


@dataclass(frozen=True, slots=True)
class _Fences:
    opened: Row | None
    live: Row | None

    @property
    def opened_epoch(self) -> int:
        return self.opened.need("epoch", int) if self.opened else 0

    @property
    def closed_epoch(self) -> int:
        return (self.live.find("closed_epoch", int) or 0) if self.live else 0


class FanFences:
    """Opens, closes and seals the lists of artists. Every call may be repeated."""

    def __init__(self, tables: Tables) -> None:
        self._fans = tables.table(Table.FANS)

    def open(self, artist_id: ArtistId, *, epoch: int) -> None:
        """Let sign-ups in: before a profile is written, after a restore, and as a mend of both.

        Does nothing where the account was closed at the same or a later epoch.
        """
        for shard in SHARDS:
            self._settle(partition(artist_id, shard), _opening, epoch=epoch)

    def close(self, artist_id: ArtistId, *, epoch: int) -> None:
        """Let no more sign-ups in; fans may still leave. `epoch` is the closing account's.

        Does nothing where the account was opened at the same or a later epoch.
        """
        for shard in SHARDS:
            self._settle(partition(artist_id, shard), _closing, epoch=epoch)

    def seal(self, artist_id: ArtistId) -> None:
        """Let nothing in any more: the first act of a purge."""
        for shard in SHARDS:
            for key in (LIVE, OPEN):
                self._fans.delete(partition(artist_id, shard), key)

    def _settle(self, shard: str, decide: "_Decision", *, epoch: int) -> None:
        for _ in range(_TRIES):
            operations = decide(self._read(shard), shard, epoch)
            if not operations:
                return
            try:
                self._fans.transact(shard, operations)
            except TransactionFailed:
                continue
            return
        telemetry.alarm("fan_fence_contended")
        raise Unavailable

    def _read(self, shard: str) -> _Fences:
        return _Fences(self._fans.get(shard, OPEN), self._fans.get(shard, LIVE))


_Decision = Callable[[_Fences, str, int], list[Operation]]


def _opening(found: _Fences, shard: str, epoch: int) -> list[Operation]:
    if found.closed_epoch >= epoch:
        telemetry.event("fan_fence_left_closed", version=epoch)
        return []
    if found.live is not None and found.opened_epoch >= epoch:
        return []
    return [
        _kept(found.live, Row(shard, LIVE)),
        _kept(found.opened, Row(shard, OPEN, {"epoch": epoch})),
    ]


def _closing(found: _Fences, shard: str, epoch: int) -> list[Operation]:
    if found.opened_epoch >= epoch or found.live is None:
        telemetry.event("fan_fence_left_as_it_is", version=epoch)
        return []
    if found.opened is None and found.closed_epoch >= epoch:
        return []
    closed = Row(shard, LIVE, {"closed_epoch": max(epoch, found.closed_epoch)})
    operations: list[Operation] = [_kept(found.live, closed)]
    if found.opened is not None:
        operations.append(Delete(OPEN, found.opened.etag or "*"))
    return operations


def _kept(found: Row | None, row: Row) -> Operation:
    return Insert(row) if found is None else Merge(row, found.etag or "*")
