"""When the next reminder goes out, and what its link may do. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from shared.plans.model import DueAction, PlanAction
from shared.platform.ids import ActionId, ArtistId, PlanId

MOST_ACTIONS: Final = 3  # In one mail.
LINK_VALID_FOR: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminding:
    """An artist's reminders: when the next one comes due, and the day of the last one sent."""

    artist_id: ArtistId
    at: datetime | None = None
    last_day: date | None = None
    version: str | None = None


class TaskAnswer(StrEnum):
    """What the page in the mail can do with an action."""

    DONE = "done"
    SNOOZE = "snooze"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLink:
    """What a mail's link names: whose actions, which ones, and the day it was sent."""

    artist_id: ArtistId
    day: date
    actions: tuple[tuple[PlanId, ActionId], ...]

    def is_open(self, *, now: datetime) -> bool:
        """Tell whether the link still counts. Its day is local: another day covers any zone."""
        return now.date() <= self.day + LINK_VALID_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An action on the page, and the day to which a snooze would put it (None: it cannot)."""

    action: PlanAction
    snoozes_to: date | None


def next_moment(
    first: date, *, at: time, zone: ZoneInfo, last_day: date | None, now: datetime
) -> datetime:
    """Return the next moment to remind: on `first` or later, after now, on no day twice."""
    today = now.astimezone(zone).date()
    day = max(first, today, last_day + timedelta(days=1) if last_day else today)
    moment = moment_of(day, at=at, zone=zone)
    return moment if moment > now else moment_of(day + timedelta(days=1), at=at, zone=zone)


def moment_of(day: date, *, at: time, zone: ZoneInfo) -> datetime:
    """Return when a wall clock in a zone shows a time, in UTC.

    A time that occurs twice counts at its first; one that a change of clocks leaves out counts at
    the next minute that exists.
    """
    wall = datetime.combine(day, at.replace(tzinfo=None))
    while True:
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += timedelta(minutes=1)


def chosen(listed: list[DueAction]) -> list[DueAction]:
    """Return what one mail holds: what a release must have first, then by day."""
    ordered = sorted(listed, key=lambda one: (not one.must, one.due_date, one.action_id))
    return ordered[:MOST_ACTIONS]
