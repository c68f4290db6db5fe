"""What has a time: one table, partitioned by the UTC minute in which something is due.

A tick asks once for everything due until now; what is done is deleted, so that missed ticks are
caught up. Something that comes due again is inserted under its new minute before the old row goes.
Its cost follows what is due, not how much there is.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.platform.clock import minute_of
from shared.platform.ids import ArtistId
from shared.platform.storage.faults import AlreadyExists, Changed
from shared.platform.storage.filters import le
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import Tables

TABLE = Table.SCHEDULE


class DueKind(StrEnum):
    """What can come due."""

    BLAST_SEND = "blast-send"  # A blast's scheduled moment, or its start until it runs.
    BLAST_WATCH = "blast-watch"  # The watch over a running blast.
    GO_LIVE = "go-live"  # A release's day has come: ask whether it is out.
    RELEASE_CHANGED = "release-changed"  # Plans may not know yet of a release's new day or state.
    RELEASE_ERASURE = "release-erasure"  # A deleted release's last look for what came late.
    PLAN_WATCH = "plan-watch"  # A plan that was asked for and may be lost.
    PLAN_CHANGED = "plan-changed"  # What is due may not follow yet from a plan.
    REMINDER = "reminder"  # An artist's daily reminder.
    PURGE = "purge"  # An account's grace is over.
    CLOSING = "closing"  # A look at whether everything followed an account's closing or restore.


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing that has its time. `facts` are ids and enumerations only."""

    kind: DueKind
    subject: str
    at: datetime
    facts: Mapping[str, Value]

    @property
    def artist_id(self) -> ArtistId:
        """Return whose it is.

        Raises:
            ValueError: it was put down without an artist.
        """
        found = self.facts.get("artist_id")
        if not isinstance(found, str) or not found:
            raise ValueError(f"What comes due as {self.kind.value} names no artist.")
        return ArtistId(found)


class Schedule:
    """Puts down what comes due, and finds it again."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(TABLE)

    def put(self, kind: DueKind, subject: str, *, at: datetime, facts: Mapping[str, Value]) -> None:
        """Put something down for a minute. Putting it twice for one minute is putting it once."""
        row = Row(minute_of(at), _key(kind, subject), {"at": at, **facts})
        try:
            self._rows.insert(row)
        except AlreadyExists:
            self._rows.upsert(row)

    def due(self, *, now: datetime) -> Iterator[Due]:
        """Return everything due until now, oldest first. One query when nothing is due."""
        for row in self._rows.query(where=le("PartitionKey", minute_of(now))):
            kind, _, subject = row.key.partition("|")
            facts = {k: v for k, v in row.values.items() if k != "at" and v is not None}
            yield Due(kind=DueKind(kind), subject=subject, at=row.need("at", datetime), facts=facts)

    def done(self, due: Due) -> None:
        """Take away what is done."""
        self.remove(due.kind, due.subject, at=due.at)

    def version(self, kind: DueKind, subject: str, *, at: datetime) -> str | None:
        """Return the version of what stands for a minute, or None when nothing does. One read."""
        row = self._rows.get(minute_of(at), _key(kind, subject), select=())
        return row.etag if row else None

    def remove(self, kind: DueKind, subject: str, *, at: datetime, version: str = "*") -> None:
        """Take away what is not to come due any more; gone or put down again since is fine."""
        with suppress(Changed):
            self._rows.delete(minute_of(at), _key(kind, subject), etag=version)


def _key(kind: DueKind, subject: str) -> str:
    return f"{kind.value}|{subject}"
