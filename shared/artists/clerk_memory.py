"""What is remembered of Clerk for some days: deliveries seen, users deleted, users refused.

All in the table Deliveries, partition `clerk`, each row with the moment until which it counts; the
nightly retention calls `forget_old`. A user who is gone or was refused is remembered by a keyed
hash of the id and by nothing else.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from shared.platform.keyed_hash import keyed_hash
from shared.platform.storage.faults import AlreadyExists
from shared.platform.storage.filters import lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

PARTITION = "clerk"
DELIVERY_KEPT_FOR = timedelta(days=7)  # Svix repeats for a little over a day.
DELETED_KEPT_FOR = timedelta(days=7)
REFUSED_KEPT_FOR = timedelta(hours=24)


class Mark(StrEnum):
    """Why a user's hash is remembered."""

    DELETED = "deleted"  # Deleted at Clerk: late updates and last tokens change nothing.
    REFUSED = "refused"  # Said to be under 13.


class ClerkMemory:
    """Deliveries and marks. Every call may be repeated."""

    def __init__(self, tables: Tables, *, hash_key: bytes) -> None:
        self._rows = tables.table(Table.DELIVERIES)
        self._hash_key = hash_key

    def has_seen(self, delivery_id: str, *, now: datetime) -> bool:
        """Tell whether a delivery was worked off."""
        return self._live(_delivery_key(delivery_id), now=now) is not None

    def remember_delivery(self, delivery_id: str, *, now: datetime) -> None:
        """Note that a delivery was worked off."""
        self._rows.upsert(_row(_delivery_key(delivery_id), until=now + DELIVERY_KEPT_FOR))

    def mark_of(self, user_id: str, *, now: datetime) -> Mark | None:
        """Return why a user is remembered, or None. One read."""
        row = self._live(self._user_key(user_id), now=now)
        return Mark(row.need("mark", str)) if row else None

    def bury(self, user_id: str, *, now: datetime) -> None:
        """Remember that a user was deleted. A refusal stays one: it goes after its own 24 hours."""
        self._mark(user_id, Mark.DELETED, until=now + DELETED_KEPT_FOR, now=now)

    def refuse(self, user_id: str, *, now: datetime) -> None:
        """Remember for 24 hours that a user may not onboard."""
        self._mark(user_id, Mark.REFUSED, until=now + REFUSED_KEPT_FOR, now=now)

    def forget_old(self, *, now: datetime) -> int:
        """Delete what no longer counts, and return how many rows that were."""
        old = list(self._rows.query(partition=PARTITION, where=lt("kept_until", now)))
        return sum(self._rows.delete(PARTITION, row.key) for row in old)

    def marked(self, mark: Mark, *, now: datetime) -> Iterator[str]:
        """Yield the hashes of users with a mark, as `hash_of` makes them."""
        for row in self._rows.query(partition=PARTITION, first="user|", last="user}"):
            if row.get("mark") == mark.value and row.need("kept_until", datetime) > now:
                yield row.key.removeprefix("user|")

    def hash_of(self, user_id: str) -> str:
        """Return the keyed hash of a user's id."""
        return keyed_hash(self._hash_key, f"clerk-user\n{user_id}".encode()).hex()

    def _mark(self, user_id: str, mark: Mark, *, until: datetime, now: datetime) -> None:
        key = self._user_key(user_id)
        if self._live(key, now=now) is not None:
            return
        row = _row(key, until=until, mark=mark)
        try:
            self._rows.insert(row)
        except AlreadyExists:
            if self._live(key, now=now) is None:
                self._rows.upsert(row)

    def _live(self, key: str, *, now: datetime) -> Row | None:
        row = self._rows.get(PARTITION, key)
        return row if row and row.need("kept_until", datetime) > now else None

    def _user_key(self, user_id: str) -> str:
        return f"user|{self.hash_of(user_id)}"


def _delivery_key(delivery_id: str) -> str:
    return f"svix|{delivery_id}"


def _row(key: str, *, until: datetime, mark: Mark | None = None) -> Row:
    return Row(PARTITION, key, {"kept_until": until, "mark": mark.value if mark else None})
