"""Messages that failed: the cause of each failed try, and what the poison queues gave up.

A failing try writes its cause under the message's digest. When the host moves the message to its
poison queue, that queue's trigger puts the ids here before the queue forgets them after a week. A
cause that is missing then means that the process was killed in the middle: `host_lost`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

TABLE = Table.POISON_MESSAGES
HOST_LOST = "host_lost"
_SEPARATOR = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class PoisonMessage:
    """A message that nobody will run again by itself. Its body holds ids only."""

    id: str
    queue: str
    body: str
    cause: str
    first_seen: datetime
    last_seen: datetime


class PoisonMessages:
    """What failed and why, by queue."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(TABLE)

    def note_failure(self, queue: str, key: str, *, cause: str, now: datetime) -> None:
        """Write down why a try failed; the newest cause wins."""
        row = self._rows.get(queue, key)
        if row is None:
            self._add(Row(queue, key, {"cause": cause, "first_seen": now, "last_seen": now}))
            return
        self._change(row, cause=cause, last_seen=now)

    def keep(self, queue: str, key: str, *, body: str, now: datetime) -> None:
        """Keep a message that came to its poison queue. Twice is once."""
        row = self._rows.get(queue, key)
        if row is None:
            self._add(
                Row(
                    queue,
                    key,
                    {"cause": HOST_LOST, "first_seen": now, "last_seen": now, "body": body},
                )
            )
            return
        self._change(row, cause=row.need("cause", str), last_seen=now, body=body)

    def every(self) -> Iterator[PoisonMessage]:
        """Return the messages that were given up, by queue."""
        return (_message(row) for row in self._rows.query() if "body" in row)

    def find(self, message_id: str) -> PoisonMessage | None:
        """Return one message by its id, or None."""
        queue, _, key = message_id.partition(_SEPARATOR)
        row = self._rows.get(queue, key) if queue and key.isalnum() else None
        return _message(row) if row is not None and "body" in row else None

    def remove(self, message_id: str) -> bool:
        """Take a message away: it was put back, or dropped. False when it was gone."""
        queue, _, key = message_id.partition(_SEPARATOR)
        return self._rows.delete(queue, key)

    def forget_causes(self, *, now: datetime, older_than: timedelta) -> int:
        """Delete causes of messages that were done in the end; return how many."""
        old = [
            row
            for row in self._rows.query()
            if "body" not in row and now - row.need("last_seen", datetime) > older_than
        ]
        for row in old:
            self._rows.delete(row.partition, row.key)
        return len(old)

    def _add(self, row: Row) -> None:
        try:
            self._rows.insert(row)
        except AlreadyExists:
            # The same message failed at two places at once; either cause is true.
            return

    def _change(self, row: Row, **values: str | datetime) -> None:
        try:
            self._rows.replace(replace(row, values={**row.values, **values}), etag=row.etag or "*")
        except (Changed, Missing):
            return


def _message(row: Row) -> PoisonMessage:
    return PoisonMessage(
        id=f"{row.partition}{_SEPARATOR}{row.key}",
        queue=row.partition,
        body=row.need("body", str),
        cause=row.need("cause", str),
        first_seen=row.need("first_seen", datetime),
        last_seen=row.need("last_seen", datetime),
    )
