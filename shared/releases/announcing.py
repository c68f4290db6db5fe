"""Telling the rooms above of a release's new day or state, and of its end.

The rooms above hand in what they want done. Each hook may run twice for one change, compares the
release with what its room keeps, and does only what is still to be done. A row in the schedule is
written before the change and taken away after the hooks: a process that dies in between leaves it
for the timer.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, Protocol

from shared.platform import telemetry
from shared.platform.ids import ArtistId, Ids, ReleaseId
from shared.platform.schedule import Due, DueKind, Schedule
from shared.releases.model import Release
from shared.releases.store import ReleaseStore

# Longer than any request of ours runs.
_RETRY_AFTER: Final = timedelta(minutes=2)


class OnChanged(Protocol):
    """What a room above does when a release's day or state is new."""

    def __call__(self, release: Release, /, *, ids: Ids, now: datetime) -> None: ...


class OnDeleted(Protocol):
    """What a room above takes away with a release."""

    def __call__(self, artist_id: ArtistId, release_id: ReleaseId, /) -> None: ...


class Announcer:
    """Runs the hooks of a change, at least once."""

    def __init__(
        self,
        schedule: Schedule,
        releases: ReleaseStore,
        *,
        ids: Ids,
        on_changed: Sequence[OnChanged],
    ) -> None:
        self._schedule = schedule
        self._releases = releases
        self._ids = ids
        self._on_changed = tuple(on_changed)

    @contextmanager
    def guarding(
        self, before: Release, after: Release, *, ids: Ids, now: datetime
    ) -> Iterator[None]:
        """Write the change in this block; the hooks run at its end."""
        if not after.is_news_after(before):
            yield
            return
        at = now + _RETRY_AFTER
        self._schedule.put(
            DueKind.RELEASE_CHANGED, after.release_id, at=at, facts={"artist_id": after.artist_id}
        )
        yield
        self.announce(after.artist_id, after.release_id, ids=ids, now=now)
        self._schedule.remove(DueKind.RELEASE_CHANGED, after.release_id, at=at)

    def follow_up(self, due: Due, *, now: datetime) -> None:
        """Run the hooks of a change whose process died. For the timer `dispatch`."""
        artist_id = due.artist_id
        self.announce(artist_id, ReleaseId(due.subject), ids=self._ids, now=now)
        self._schedule.done(due)

    def announce(
        self, artist_id: ArtistId, release_id: ReleaseId, *, ids: Ids, now: datetime
    ) -> None:
        """Tell every hook how the release is now."""
        release = self._releases.find(artist_id, release_id)
        if release is None:
            telemetry.event("release_news_dropped", release_id=release_id, reason="release_gone")
            return
        for hook in self._on_changed:
            hook(release, ids=ids, now=now)
