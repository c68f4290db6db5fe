"""NCRONTAB schedules: six fields, from the second to the day of the week, in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

# A 29th of February on a given weekday comes back within 40 years, the turn of a century included.
HORIZON = timedelta(days=366 * 40)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a schedule: its name, its range, and the names that stand for numbers."""

    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, part: str) -> range:
        span, slash, step_text = part.partition("/")
        step = self._number(step_text, least=1) if slash else 1
        if span == "*":
            return range(self.least, self.most + 1, step)
        first_text, dash, last_text = span.partition("-")
        first = self._value(first_text)
        last = self._value(last_text) if dash else (self.most if slash else first)
        if last < first:
            raise ValueError(f"the {self.name} field runs backwards in {part!r}")
        return range(first, last + 1, step)

    def _value(self, text: str) -> int:
        word = text[:3].lower()
        if word in self.words and text.isalpha():
            return self.words.index(word) + self.least
        value = self._number(text, least=self.least)
        if value > self.most:
            raise ValueError(f"the {self.name} field goes to {self.most}, not {value}")
        return value

    def _number(self, text: str, *, least: int) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            raise ValueError(f"the {self.name} field cannot hold {text!r}")
        return int(text)


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day-of-week", 0, 6, WEEKDAYS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a timer fires. A day must match both the day and the day-of-week field."""

    text: str
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Return the schedule that six fields describe.

        Raises:
            ValueError: says which field is wrong, or that no day ever matches.
        """
        parts = text.split()
        if len(parts) != len(FIELDS):
            raise ValueError(f"{text!r} has {len(parts)} fields; NCRONTAB needs six, seconds first")
        values = [field.parse(part) for field, part in zip(FIELDS, parts, strict=True)]
        names = ("seconds", "minutes", "hours", "days", "months", "weekdays")
        schedule = cls(text=text, **dict(zip(names, values, strict=True)))
        if next(schedule._days_from(date(2000, 1, 1)), None) is None:
            raise ValueError(f"{text!r} names a day that never comes")
        return schedule

    def next_after(self, moment: datetime) -> datetime:
        """Return the first tick strictly after an aware moment, in UTC."""
        moment = moment.astimezone(UTC).replace(microsecond=0)
        for day in self._days_from(moment.date()):
            for tick in self._ticks_of(day, after=moment):
                return tick
        raise ValueError(f"{self.text!r} does not fire within {HORIZON.days // 366} years")

    def fires_within_a_minute(self) -> bool:
        """Tell whether ticks are ever less than a minute apart; such timers are not monitored."""
        return len(self.seconds) > 1

    def _days_from(self, start: date) -> Iterator[date]:
        day, end = start, start + HORIZON
        while day < end:
            if day.month not in self.months:
                day = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
                continue
            if day.day in self.days and (day.weekday() + 1) % 7 in self.weekdays:
                yield day
            day += timedelta(days=1)

    def _ticks_of(self, day: date, *, after: datetime) -> Iterator[datetime]:
        same_day = day == after.date()
        for hour in sorted(self.hours):
            if same_day and hour < after.hour:
                continue
            for minute in sorted(self.minutes):
                if same_day and (hour, minute) < (after.hour, after.minute):
                    continue
                for second in sorted(self.seconds):
                    tick = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)
                    if tick > after:
                        yield tick
