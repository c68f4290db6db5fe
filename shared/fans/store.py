"""Rows of the table Fans: reading one fan, and the transactions that change one.

Each transaction asserts a fence and rewrites the lock by its ETag, so that two writers of one fan
never both win, whatever each has read before.
"""

from shared.fans import rows
from shared.fans.keys import LIVE, OPEN, PAD, PAD_TOO, fan_key, home_of
from shared.fans.model import Change, Fan, Lock, Step, counted
from shared.platform.ids import ArtistId
from shared.platform.storage.faults import Missing, TransactionFailed
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Delete, Insert, Merge, Operation, Replace, Upsert
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables


class ListSealed(Exception):
    """The fence is gone: this list takes no such write, and will not again."""


class LockChanged(Exception):
    """Somebody changed this fan since it was read. Read again and judge anew."""


class FanStore:
    """Fans by artist and hash."""

    def __init__(self, tables: Tables) -> None:
        self.rows = tables.table(Table.FANS)

    def lock(self, artist_id: ArtistId, hashed: str) -> Lock | None:
        """Return a fan's lock. One read."""
        row = self.rows.get(home_of(artist_id, hashed), fan_key(hashed))
        return rows.lock_from(row) if row else None

    def fan(self, artist_id: ArtistId, lock: Lock) -> Fan | None:
        """Return the fan that a lock guards, or None after an erasure. One read."""
        if lock.data_key is None:
            return None
        row = self.rows.get(home_of(artist_id, lock.hashed), lock.data_key)
        return rows.fan_from(row) if row else None

    def add(self, artist_id: ArtistId, lock: Lock, fan: Fan, *, random: str) -> None:
        """Write a first sign-up.

        Raises:
            ListSealed: the page is closed.
            LockChanged: the address has come in by another request.
        """
        shard = home_of(artist_id, lock.hashed)
        change: tuple[Change, ...] = (counted(fan, by=1),)
        self._sign_up(
            shard,
            Insert(rows.lock_row(artist_id, lock)),
            Insert(rows.fan_row(artist_id, fan)),
            Insert(rows.delta_row(shard, change, random=random)),
        )

    def touch(self, artist_id: ArtistId, lock: Lock) -> None:
        """Do the work of a sign-up that changes nothing: the same calls, the same four rows.

        Raises:
            ListSealed: the page is closed.
            LockChanged: the fan is gone.
        """
        shard = home_of(artist_id, lock.hashed)
        self._sign_up(
            shard,
            Merge(Row(shard, fan_key(lock.hashed)), "*"),
            Merge(Row(shard, lock.data_key or LIVE), "*"),
            Upsert(Row(shard, PAD)),
        )

    def renew(self, artist_id: ArtistId, lock: Lock) -> None:
        """Write a renewed sign-up onto the lock of who left or was erased.

        Raises:
            ListSealed: the page is closed.
            LockChanged: the fan changed since the lock was read.
        """
        shard = home_of(artist_id, lock.hashed)
        other: Operation = Upsert(Row(shard, PAD_TOO))
        if lock.data_key is not None:
            other = Merge(Row(shard, lock.data_key), "*")
        self._sign_up(
            shard,
            # A merge as for everybody else, since a store may take longer to replace a row.
            Merge(rows.again_row(artist_id, lock), lock.etag or "*"),
            other,
            Upsert(Row(shard, PAD)),
        )

    def write(self, artist_id: ArtistId, step: Step, *, random: str) -> None:
        """Make a step true, with its delta; the fold's message has been sent before.

        Raises:
            ListSealed: the account is being purged.
            LockChanged: the fan changed since the lock was read.
        """
        shard = home_of(artist_id, step.before.hashed)
        operations = operations_of(artist_id, step)
        if step.changes:
            operations.append(Insert(rows.delta_row(shard, step.changes, random=random)))
        self.transact(shard, operations)

    def transact(self, shard: str, operations: list[Operation], *, fence: str = LIVE) -> None:
        """Carry out operations in a shard while its fence stands.

        Raises:
            ListSealed: the fence is gone.
            LockChanged: another operation failed, and with it all.
        """
        try:
            self.rows.transact(shard, [Merge(rows.fence_row(shard, fence), "*"), *operations])
        except TransactionFailed as failed:
            if failed.index == 0 and failed.reason is Missing:
                raise ListSealed from None
            raise LockChanged from None

    def _sign_up(self, shard: str, *operations: Operation) -> None:
        self.transact(shard, list(operations), fence=OPEN)


def operations_of(artist_id: ArtistId, step: Step) -> list[Operation]:
    """Return what a step writes in its shard: the lock, the data row, the expiry; no delta."""
    before, lock = step.before, step.lock
    found: list[Operation] = []
    if lock is None:
        found.append(Delete(fan_key(before.hashed), before.etag or "*"))
    else:
        found.append(Replace(rows.lock_row(artist_id, lock), before.etag or "*"))
    found += _on_the_fan(artist_id, step)
    return found + _on_the_expiry(artist_id, before, lock)


def _on_the_fan(artist_id: ArtistId, step: Step) -> list[Operation]:
    if step.fan == step.was:
        return []
    if step.fan is None:
        return [Delete(step.was.data_key)] if step.was else []
    row = rows.fan_row(artist_id, step.fan)
    return [Insert(row)] if step.was is None else [Replace(row, "*")]


def _on_the_expiry(artist_id: ArtistId, before: Lock, lock: Lock | None) -> list[Operation]:
    old, new = before.expiry_key, lock.expiry_key if lock else None
    if old == new:
        return []
    found: list[Operation] = [Delete(old)] if old else []
    if new:
        found.append(Upsert(Row(home_of(artist_id, before.hashed), new)))
    return found
