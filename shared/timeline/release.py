"""A release's line of days: its numbers, and the actions and blasts that may have moved them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice

from shared.blasts.store import BlastStore
from shared.performance import reading
from shared.performance.reading import AskedDays, ReleasePerformance
from shared.performance.store import PerformanceStore, SpotifyStore
from shared.plans.store import PlanStore
from shared.platform.ids import ArtistId, ReleaseId
from shared.platform.problems import NotFound
from shared.releases.model import Release
from shared.releases.store import ReleaseStore

EVENTS_MOST = 200
BLASTS_LOOKED_AT = 200


class EventKind(StrEnum):
    RELEASE = "release"
    ACTION = "action"
    BLAST = "blast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened or is due on a day."""

    day: date
    kind: EventKind
    id: str
    title: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The rooms that a release's line is joined from."""

    releases: ReleaseStore
    performance: PerformanceStore
    connections: SpotifyStore
    plans: PlanStore
    blasts: BlastStore


def line(
    artist_id: ArtistId,
    release_id: ReleaseId,
    *,
    asked: AskedDays,
    sources: Sources,
    today: date,
) -> tuple[ReleasePerformance, tuple[Event, ...]]:
    """Return a release's numbers and events over the days asked for.

    Raises:
        Invalid: the days are out of order, or more than a year.
        NotFound: the release is not there, or not theirs.
    """
    first, last = reading.days(asked, today=today)
    release = sources.releases.find(artist_id, release_id)
    if release is None:
        raise NotFound
    measured = reading.of_release(
        artist_id,
        release_id,
        first=first,
        last=last,
        performance=sources.performance,
        connections=sources.connections,
        today=today,
    )
    events = [
        *_released(release),
        *_actions(artist_id, release_id, sources.plans),
        *_blasts(artist_id, release_id, sources.blasts),
    ]
    within = sorted(
        (event for event in events if first <= event.day <= last), key=lambda event: event.day
    )
    return measured, tuple(within[:EVENTS_MOST])


def _released(release: Release) -> list[Event]:
    if release.release_date is None:
        return []
    return [
        Event(
            day=release.release_date,
            kind=EventKind.RELEASE,
            id=release.release_id,
            title=release.title,
            state=release.state.value,
        )
    ]


def _actions(artist_id: ArtistId, release_id: ReleaseId, plans: PlanStore) -> list[Event]:
    followed = [p.plan_id for p in plans.of_release(artist_id, release_id) if p.is_in_force]
    return [
        Event(
            day=action.due_date,
            kind=EventKind.ACTION,
            id=action.action_id,
            title=action.title,
            state=action.state.value,
        )
        for action in plans.actions_of(followed, artist_id=artist_id)
        if action.due_date is not None
    ]


def _blasts(artist_id: ArtistId, release_id: ReleaseId, blasts: BlastStore) -> list[Event]:
    newest = islice(blasts.newest(artist_id, count=BLASTS_LOOKED_AT), BLASTS_LOOKED_AT)
    return [
        Event(
            day=blast.started_at.date(),
            kind=EventKind.BLAST,
            id=blast.blast_id,
            title=blast.subject,
            state=blast.state.value,
        )
        for blast in newest
        if blast.release_id == release_id and blast.started_at is not None
    ]
