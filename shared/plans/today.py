"""What there is to do: today, and what is overdue, over all releases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.artists.model import Artist
from shared.plans.due_store import DueStore
from shared.plans.model import DueAction
from shared.plans.store import PlanStore
from shared.platform.ids import ReleaseId
from shared.releases.store import ReleaseStore


@dataclass(frozen=True, slots=True, kw_only=True)
class DayList:
    """What is due, oldest first, with the titles of the releases it belongs to."""

    overdue: Sequence[DueAction]
    today: Sequence[DueAction]
    done_count: int
    titles: Mapping[ReleaseId, str]


def day_list(
    artist: Artist, *, due: DueStore, plans: PlanStore, releases: ReleaseStore, now: datetime
) -> DayList:
    """Return what an artist has to do on their own day. Three queries, however much there is."""
    day = artist.day(now)
    listed = due.until(artist.artist_id, day)
    done = sum(plan.done_count for plan in plans.in_force(artist.artist_id))
    titles = titles_of(listed, artist=artist, releases=releases)
    return DayList(
        overdue=[one for one in listed if one.due_date < day],
        today=[one for one in listed if one.due_date == day],
        done_count=done,
        titles=titles,
    )


def titles_of(
    listed: Sequence[DueAction], *, artist: Artist, releases: ReleaseStore
) -> dict[ReleaseId, str]:
    """Return the titles of the releases that actions belong to. One query, or none."""
    wanted = {one.release_id for one in listed}
    if not wanted:
        return {}
    every = releases.every(artist.artist_id)
    return {one.release_id: one.title for one in every if one.release_id in wanted}
