"""The clock: the only module that reads it.

The edge reads the clock once for a request, a message or a tick, and hands `now` on. Everything
below takes `now` as an argument, so that a test or the local stack can choose the moment.
"""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the moment, as an aware datetime in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock. Links to storage and Azure's own tokens are always made by it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """Return an RFC 3339 instant in UTC ending in Z, to the second, as the API writes it."""
    # Not strftime: it writes the year 900 with three digits, which nobody reads again.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse_instant(text: str) -> datetime:
    """Return the aware UTC moment that an RFC 3339 instant names.

    Raises:
        ValueError: the text is not an instant, has no zone, or lies outside of time in UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("An instant needs a zone, such as the Z for UTC.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This instant is outside of the calendar in UTC.") from None


def is_sensible(moment: datetime) -> bool:
    """Tell whether a moment that somebody names can be meant: from 2000 to the end of 2099.

    Everything that is asked for or planned lies there, and all arithmetic stays in range.
    """
    return datetime(2000, 1, 1, tzinfo=UTC) <= moment < datetime(2100, 1, 1, tzinfo=UTC)


def minute_of(moment: datetime) -> str:
    """Return the UTC minute as a sortable key, such as `202612010800`."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M")
