"""The reminder mail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from shared.artists.store import ArtistStore
from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.plans.composing import open_artist
from shared.plans.due_store import DueStore
from shared.plans.model import DueAction
from shared.plans.today import titles_of
from shared.platform.signing import Signer
from shared.releases.store import ReleaseStore
from shared.reminders import links
from shared.reminders.model import chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMails:
    """What the reminder is composed with."""

    artists: ArtistStore
    releases: ReleaseStore
    due: DueStore
    signer: Callable[[], Signer]  # Read for each mail: keys rotate.
    public_base_url: str
    frontend: str

    def daily_reminder(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Compose the mail of a day: at most three actions and the link to their page."""
        artist = open_artist(order, artists=self.artists)
        if isinstance(artist, Skipped):
            return artist
        if not artist.settings.reminders_enabled:
            return Skipped.NOT_WANTED
        day = date.fromisoformat(order.text("day"))
        if artist.day(now) > day:
            return Skipped.STATE_MOVED_ON
        actions = chosen(self.due.until(artist.artist_id, day))
        if not actions:
            return Skipped.STATE_MOVED_ON
        titles = titles_of(actions, artist=artist, releases=self.releases)
        token = links.token(artist.artist_id, day=day, actions=actions, signer=self.signer())
        return Letter(
            template=order.template,
            to=artist.email,
            facts={
                "artist_name": artist.artist_name,
                "actions": [_fact(one, titles.get(one.release_id, ""), day) for one in actions],
                "actions_url": f"{self.public_base_url}/t/{token}",
                "today_url": f"{self.frontend}/today",
                "settings_url": f"{self.frontend}/settings",
            },
            artist_id=artist.artist_id,
        )


def _fact(action: DueAction, release_title: str, day: date) -> dict[str, object]:
    return {
        "title": action.title,
        "release_title": release_title,
        "due_date": f"{action.due_date.day} {action.due_date:%B}",
        "effort_minutes": action.effort_minutes,
        "overdue": action.due_date < day,
    }
