"""The pace: one row says when the next call to the provider may go, for all blasts together.

Slots are reserved by the row's ETag, at most 80 % of the rate that the provider's headers tell; the
rest is left to confirmations and the mails of accounts. Nothing sleeps and nothing locks: a slot is
the visibility delay of a message. The headers are heard where chunks are sent, which may be another
process than the feed's: the row tells of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.platform import telemetry
from shared.platform.clients.resend import DEFAULT_RATE
from shared.platform.problems import RetryLater, Unavailable
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

SHARE: Final = 0.8
STEP: Final = timedelta(seconds=30)  # For how long a feed reserves at once.
# Slots farther ahead were reserved by a clock that has been set back since. Were they not, the
# provider would answer 429, which costs a delay and nothing else.
FARTHEST: Final = timedelta(hours=1)
_NOTHING: Final = timedelta(0)
_NOTED_FOR: Final = timedelta(minutes=1)
_PARTITION: Final = "pace"  # Sorts behind every minute of the schedule.
_KEY: Final = "resend"
_TRIES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """Reserved moments for calls: from `first`, one each `gap`."""

    first: datetime
    gap: timedelta
    count: int

    @property
    def end(self) -> datetime:
        return self.first + self.gap * self.count

    def at(self, index: int) -> datetime:
        """Return the moment of one slot."""
        return self.first + self.gap * index


class Pace:
    """Reserves slots. `told_rate` gives what this process last heard, in calls a second."""

    def __init__(self, tables: Tables, *, told_rate: Callable[[], float | None]) -> None:
        self._rows = tables.table(Table.SCHEDULE)
        self._told_rate = told_rate
        self._noted: tuple[float, datetime] | None = None

    def note_rate(self, told: float, *, now: datetime) -> None:
        """Write down what the provider has just answered that it allows.

        A read each minute for each process, and a write when the row says otherwise. What cannot be
        written is left to the next call: the chunk that heard it is done.
        """
        if self._noted and _is_fresh(self._noted, told, now=now):
            return
        try:
            row = self._rows.get(_PARTITION, _KEY)
            if row is None or row.find("rate", float) != told:
                free_from = row.find("free_from", datetime) if row else None
                if not self._written(row, free_from=free_from, rate=told):
                    return
        except Unavailable:
            telemetry.event("provider_rate_not_noted")
            return
        self._noted = (told, now)

    def rate(self) -> float:
        """Return how many calls a second blasts may make together. One read."""
        return self._rate(self._rows.get(_PARTITION, _KEY)) * SHARE

    def reserve(self, wanted: int, *, now: datetime) -> Slots:
        """Reserve up to `wanted` slots of the next 30 free seconds. Two operations.

        Raises:
            RetryLater: others kept reserving.
        """
        for _ in range(_TRIES):
            row = self._rows.get(_PARTITION, _KEY)
            free_from = row.find("free_from", datetime) if row else None
            noted = row.find("rate", float) if row else None
            slots = planned(wanted, rate=self._rate(row), free_from=free_from, now=now)
            if self._written(row, free_from=slots.end, rate=noted):
                return slots
        raise RetryLater("pace_contended")

    def _rate(self, row: Row | None) -> float:
        """Return what the row tells, else what was heard here: others may have heard it later."""
        noted = row.find("rate", float) if row else None
        return noted or self._told_rate() or DEFAULT_RATE

    def _written(self, row: Row | None, *, free_from: datetime | None, rate: float | None) -> bool:
        fresh = Row(_PARTITION, _KEY, {"free_from": free_from, "rate": rate})
        try:
            if row is None:
                self._rows.insert(fresh)
            else:
                self._rows.replace(fresh, etag=row.etag or "*")
        except (AlreadyExists, Changed, Missing):
            return False
        return True


def _is_fresh(noted: tuple[float, datetime], told: float, *, now: datetime) -> bool:
    rate, at = noted
    return rate == told and _NOTHING <= now - at < _NOTED_FOR


def planned(wanted: int, *, rate: float, free_from: datetime | None, now: datetime) -> Slots:
    """Return the next slots: behind those of others, and no more than 30 seconds of them."""
    allowed = max(rate * SHARE, 0.01)
    most = max(1, int(STEP.total_seconds() * allowed))
    ahead = free_from - now if free_from else _NOTHING
    first = now + ahead if _NOTHING < ahead <= FARTHEST else now
    return Slots(first=first, gap=timedelta(seconds=1 / allowed), count=min(wanted, most))
