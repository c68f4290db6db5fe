"""The mails about plans: what stands in each, read anew when it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from shared.artists.model import Artist
from shared.artists.store import ArtistStore
from shared.campaigns.facts import ReleaseState
from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.plans import calendar
from shared.plans.due_store import DueStore
from shared.plans.model import IN_FORCE, UNSETTLED, Plan, PlanState
from shared.plans.store import PlanStore
from shared.platform.ids import ArtistId
from shared.platform.signing import Signer
from shared.releases.model import Release
from shared.releases.store import ReleaseStore

_LISTED: Final = 5  # Actions in one of these mails.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMails:
    """What the mails about plans are composed with."""

    artists: ArtistStore
    releases: ReleaseStore
    plans: PlanStore
    due: DueStore
    signer: Callable[[], Signer]  # Read for each mail: keys rotate.
    public_base_url: str
    frontend: str

    def plan_ready(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Compose the mail that a plan is written."""
        del now
        found = self._plan(order)
        if isinstance(found, Skipped):
            return found
        artist, plan, release = found
        if plan.state is not PlanState.DRAFT:
            return Skipped.NOT_YET if plan.state in UNSETTLED else Skipped.STATE_MOVED_ON
        facts = {"action_count": plan.todo_count, "plan_url": self._plan_url(plan)}
        return self._letter(order, artist, release, facts)

    def plan_approved(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Compose the mail that confirms an approval."""
        found = self._plan(order)
        if isinstance(found, Skipped):
            return found
        artist, plan, release = found
        if plan.state not in IN_FORCE:
            is_read = plan.state is PlanState.DRAFT
            return Skipped.NOT_YET if is_read else Skipped.STATE_MOVED_ON
        facts = {
            "first_actions": self._next(artist, release, now=now),
            "plan_url": self._plan_url(plan),
            "calendar_url": calendar.url(plan, signer=self.signer(), base_url=self.public_base_url),
        }
        return self._letter(order, artist, release, facts)

    def is_it_live(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Compose the mail that asks whether a release is out."""
        del now
        found = self._release(order)
        if isinstance(found, Skipped):
            return found
        artist, release = found
        day = release.release_date
        if release.state is ReleaseState.LIVE or day is None or str(day) != order.text("day"):
            return Skipped.STATE_MOVED_ON
        facts = {"release_url": self._release_url(release)}
        return self._letter(order, artist, release, facts)

    def go_live_confirmation(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Compose the mail that a release is out, with what comes next."""
        found = self._release(order)
        if isinstance(found, Skipped):
            return found
        artist, release = found
        if release.state is not ReleaseState.LIVE:
            return Skipped.NOT_YET
        facts = {
            "today_actions": self._next(artist, release, now=now),
            "release_url": self._release_url(release),
        }
        return self._letter(order, artist, release, facts)

    def _plan(self, order: Order) -> tuple[Artist, Plan, Release] | Skipped:
        artist = open_artist(order, artists=self.artists)
        if isinstance(artist, Skipped):
            return artist
        plan = self.plans.find(artist.artist_id, order.text("plan_id"))
        release = self.releases.find(artist.artist_id, plan.release_id) if plan else None
        if plan is None or release is None:
            return Skipped.SUBJECT_GONE
        return artist, plan, release

    def _release(self, order: Order) -> tuple[Artist, Release] | Skipped:
        artist = open_artist(order, artists=self.artists)
        if isinstance(artist, Skipped):
            return artist
        release = self.releases.find(artist.artist_id, order.text("release_id"))
        return (artist, release) if release else Skipped.SUBJECT_GONE

    def _next(self, artist: Artist, release: Release, *, now: datetime) -> list[str]:
        day = artist.day(now)
        coming = self.due.next_days(artist.artist_id, first=day, count=100)
        own = [one for one in coming if one.release_id == release.release_id]
        return [f"{one.title}, {_when(one.due_date, today=day)}" for one in own[:_LISTED]]

    def _letter(
        self, order: Order, artist: Artist, release: Release, facts: Mapping[str, object]
    ) -> Letter:
        named = {"artist_name": artist.artist_name, "release_title": release.title}
        return Letter(
            template=order.template,
            to=artist.email,
            facts={**named, **facts},
            artist_id=artist.artist_id,
        )

    def _plan_url(self, plan: Plan) -> str:
        return f"{self.frontend}/plans/{plan.plan_id}"

    def _release_url(self, release: Release) -> str:
        return f"{self.frontend}/releases/{release.release_id}"


def open_artist(order: Order, *, artists: ArtistStore) -> Artist | Skipped:
    """Return the artist whom an order names, while the account is open."""
    artist = artists.by_id(ArtistId(order.text("artist_id")))
    if artist is None or not artist.is_open:
        return Skipped.SUBJECT_GONE
    return artist


def _when(day: date, *, today: date) -> str:
    return "today" if day == today else f"by {day.day} {day:%B}"
