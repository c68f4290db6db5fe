"""Days and hours: find each session a day such that no seven days in a row hold too much."""

from collections.abc import Callable
from dataclasses import dataclass, field

WEEK = 7
MINUTES_WORTH_A_DAY = 30  # A day that already holds this much is as unwelcome as a day's delay.
OTHER_WEEK_DAYS = 100  # How much a week that belongs to another release is avoided.


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sitting: how long, between which days (relative to D), best on which."""

    minutes: int
    first: int
    last: int
    target: int
    urgent: bool = False


@dataclass(slots=True)
class Calendar:
    """The minutes already given to each day. `capacity` holds for any seven days in a row.

    The one mutable thing in this room; `plan_frame` makes its own and lets nobody else see it.
    """

    capacity: int
    is_free: Callable[[int], bool] = lambda _day: True
    minutes: dict[int, int] = field(default_factory=dict)

    def place(
        self, sessions: tuple[Session, ...], *, allowed: Callable[[int], bool]
    ) -> tuple[int, ...] | None:
        """Give each session a day, in order, or none at all and return None."""
        before = dict(self.minutes)
        days: list[int] = []
        for session in sessions:
            day = self._best_day(session, after=days[-1] if days else None, allowed=allowed)
            if day is None:
                self.minutes = before
                return None
            self.minutes[day] = self.minutes.get(day, 0) + session.minutes
            days.append(day)
        return tuple(days)

    def _best_day(
        self, session: Session, *, after: int | None, allowed: Callable[[int], bool]
    ) -> int | None:
        first = session.first if after is None else max(session.first, after)
        days = range(first, session.last + 1)
        fitting = [d for d in days if allowed(d) and self._fits(d, session.minutes)]
        return min(fitting, key=lambda d: (self._cost(d, session), d), default=None)

    def _cost(self, day: int, session: Session) -> int:
        away = abs(day - session.target)
        if session.urgent:
            return away
        crowded = self.minutes.get(day, 0) // MINUTES_WORTH_A_DAY
        return away + crowded + (0 if self.is_free(day) else OTHER_WEEK_DAYS)

    def _fits(self, day: int, minutes: int) -> bool:
        week = sum(self.minutes.get(d, 0) for d in range(day - WEEK + 1, day + 1))
        for newest in range(day, day + WEEK):
            if newest > day:
                week += self.minutes.get(newest, 0) - self.minutes.get(newest - WEEK, 0)
            if week + minutes > self.capacity:
                return False
        return True


def in_sessions(minutes: int, *, capacity: int) -> tuple[int, ...]:
    """Cut an effort into equal sittings, none longer than a week's hours.

    Raises:
        ValueError: there are no hours at all, so no sitting is short enough.
    """
    if capacity < 1:
        raise ValueError("No hours to cut an action into.")
    count = max(1, -(-minutes // capacity))
    each, rest = divmod(minutes, count)
    return tuple(each + (1 if index < rest else 0) for index in range(count))
