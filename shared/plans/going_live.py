"""A release's day: the question whether it is out, and what its answer sets going.

On the release's own day in the artist's time zone a mail asks; nothing is taken as live by its date
alone. When the artist has said so, the confirmation goes out once and the plan in force is live.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.artists.model import Artist
from shared.artists.store import ArtistStore
from shared.campaigns.facts import ReleaseState
from shared.mail.outbox import Outbox, Template
from shared.plans.following import Followers
from shared.plans.model import PlanState, ReleaseWatch
from shared.platform import telemetry
from shared.platform.ids import ArtistId, Ids, ReleaseId
from shared.platform.problems import Unavailable
from shared.platform.schedule import Due, DueKind
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.releases.model import Release
from shared.releases.store import ReleaseStore

_TRIES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDays:
    """What a release's day is followed with."""

    followers: Followers
    artists: ArtistStore
    releases: ReleaseStore
    outbox: Outbox

    def on_release_changed(self, release: Release, /, *, ids: Ids, now: datetime) -> None:
        """Follow a release's new day or state; repeating it changes nothing."""
        del ids
        artist = self.artists.by_id(release.artist_id)
        if artist is None:
            telemetry.event("release_news_dropped", reason="account_gone")
            return
        self.follow(release, artist=artist, now=now)

    def on_settings_changed(self, artist: Artist, /, *, now: datetime) -> None:
        """Move the questions to the artist's days after a change of zone."""
        plans = self.followers.plans.in_force(artist.artist_id)
        for release_id in {plan.release_id for plan in plans}:
            release = self.releases.find(artist.artist_id, release_id)
            if release is not None:
                self.follow(release, artist=artist, now=now)

    def follow(self, release: Release, *, artist: Artist, now: datetime) -> None:
        """Let the schedule and the plans stand as a release's day and state want it."""
        for _ in range(_TRIES):
            watch = self.followers.plans.watch(artist.artist_id, release.release_id)
            try:
                if release.state is ReleaseState.LIVE:
                    self._go_live(release, watch, now=now)
                else:
                    self._move_question(release, watch, artist=artist, now=now)
            except (AlreadyExists, Changed):
                continue
            except Missing:
                telemetry.event("release_news_dropped", reason="release_gone")
            return
        raise Unavailable

    def ask_whether_live(self, due: Due, *, now: datetime) -> None:
        """Order the mail that asks, on the release's day. For the timer `dispatch`."""
        del now
        artist_id = due.artist_id
        reason = self._why_not_asked(due, artist_id)
        if reason is None:
            self._ask(artist_id, ReleaseId(due.subject), day=str(due.facts["day"]))
        telemetry.event(
            "go_live_came_due",
            release_id=due.subject,
            outcome="skipped" if reason else "asked",
            reason=reason,
        )
        self.followers.schedule.done(due)

    def _ask(self, artist_id: ArtistId, release_id: ReleaseId, *, day: str) -> None:
        self.outbox.order(Template.IS_IT_LIVE, artist_id=artist_id, release_id=release_id, day=day)
        watch = self.followers.plans.watch(artist_id, release_id)
        asked = replace(watch, asked_for=date.fromisoformat(day), asks_at=None)
        try:
            self.followers.plans.keep_watch(asked)
        except (AlreadyExists, Changed, Missing):
            # Somebody moves the day at this moment: that writes the row as it should be.
            telemetry.event("release_watch_left", release_id=release_id, reason="changed")

    def _why_not_asked(self, due: Due, artist_id: ArtistId) -> str | None:
        release = self.releases.find(artist_id, due.subject)
        if release is None:
            return "release_gone"
        if release.state is ReleaseState.LIVE:
            return "release_live"
        day = release.release_date
        if day is None or day.isoformat() != due.facts["day"]:
            return "release_moved"
        return None

    def _move_question(
        self, release: Release, watch: ReleaseWatch, *, artist: Artist, now: datetime
    ) -> None:
        wanted = self._asks_at(release, watch, artist=artist, now=now)
        if wanted == watch.asks_at:
            return
        schedule, subject = self.followers.schedule, release.release_id
        if wanted is not None and release.release_date is not None:
            facts = {"artist_id": artist.artist_id, "day": release.release_date.isoformat()}
            schedule.put(DueKind.GO_LIVE, subject, at=wanted, facts=facts)
        self.followers.plans.keep_watch(replace(watch, asks_at=wanted))
        self._unschedule(watch, unless=wanted)

    def _asks_at(
        self, release: Release, watch: ReleaseWatch, *, artist: Artist, now: datetime
    ) -> datetime | None:
        day = release.release_date
        if day is None or day == watch.asked_for or day < artist.day(now):
            return None
        plans = self.followers.plans.of_release(artist.artist_id, release.release_id)
        awaited = any(plan.is_in_force for plan in plans)
        return start_of(day, ZoneInfo(artist.time_zone)) if awaited else None

    def _go_live(self, release: Release, watch: ReleaseWatch, *, now: datetime) -> None:
        if watch.live_at is None:
            self.outbox.announce(
                Template.GO_LIVE_CONFIRMATION,
                artist_id=release.artist_id,
                release_id=release.release_id,
            )
        for plan in self.followers.plans.of_release(release.artist_id, release.release_id):
            if plan.state is PlanState.APPROVED:
                live = replace(plan, state=PlanState.LIVE, updated_at=now)
                self.followers.plans.replace(live.with_progress())
        if watch.live_at is None:
            self.followers.plans.keep_watch(replace(watch, live_at=now, asks_at=None))
            self._unschedule(watch, unless=None)
            telemetry.event("release_went_live", release_id=release.release_id)

    def _unschedule(self, watch: ReleaseWatch, *, unless: datetime | None) -> None:
        if watch.asks_at is not None and watch.asks_at != unless:
            self.followers.schedule.remove(DueKind.GO_LIVE, watch.release_id, at=watch.asks_at)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a calendar day in a zone, where midnight may not exist."""
    begins = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    while begins.astimezone(zone).date() < day:
        begins += timedelta(minutes=15)
    return begins
