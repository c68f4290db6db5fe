"""The date dial: what each possible release day leaves open, without a plan and without AI."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.campaigns.catalogue import Channel, catalogue
from shared.campaigns.facts import CampaignFacts, ReleaseState
from shared.campaigns.gates import CloseCode, Closed, lead_days, verdict

DIAL_MAX_DAYS = 366  # One call turns the dial by a year at most.


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A channel with a lead time on one release day.

    `days_left` is how long the door stays open from today on; for a closed one it is None, and
    `code` and `reason` say why, `reopens_if_release_on_or_after` from which day it is open.
    """

    key: str
    channel: Channel
    title: str
    needed_days: int
    days_left: int | None = None
    code: CloseCode | None = None
    reason: str | None = None
    reopens_if_release_on_or_after: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialDay:
    """One possible release day."""

    release_date: date
    open: tuple[Door, ...]
    closed: tuple[Door, ...]


def date_dial(facts: CampaignFacts, *, first: date, last: date) -> tuple[DialDay, ...]:
    """Return the doors of every day from `first` to `last`, both included.

    Days before the artist's today are left out: nobody can release on them.

    Raises:
        ValueError: the range is reversed or longer than `DIAL_MAX_DAYS`.
    """
    if not 0 <= (last - first).days < DIAL_MAX_DAYS:
        raise ValueError(f"The dial turns by 1 to {DIAL_MAX_DAYS} days.")
    return tuple(_dial_day(facts, day) for day in _days(max(first, facts.today), last))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _dial_day(facts: CampaignFacts, day: date) -> DialDay:
    book = catalogue()
    moved = replace(facts, release_date=day, state=ReleaseState.SCHEDULED)
    doors = [_door(key, moved, day) for key in book.doors]
    return DialDay(
        release_date=day,
        open=tuple(door for door in doors if door.code is None),
        closed=tuple(door for door in doors if door.code is not None),
    )


def _door(key: str, facts: CampaignFacts, day: date) -> Door:
    action = catalogue().actions[key]
    needed = lead_days(action, day)
    told = verdict(action, facts)
    shut = told if isinstance(told, Closed) else None
    return Door(
        key=key,
        channel=action.channel,
        title=action.title,
        needed_days=needed,
        days_left=None if shut else (day - facts.today).days - needed,
        code=shut.code if shut else None,
        reason=shut.reason if shut else None,
        reopens_if_release_on_or_after=shut.reopens_if_release_on_or_after if shut else None,
    )
