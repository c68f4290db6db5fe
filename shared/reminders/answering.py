"""The page in the reminder mail: what is to do, and its three buttons.

The link is all the authority there is: it shows and changes that mail's actions and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from shared.artists.model import Artist
from shared.artists.store import ArtistStore
from shared.plans import changing
from shared.plans.changing import ActionRef, snoozed_to
from shared.plans.following import Followers
from shared.plans.model import ActionState
from shared.platform import pages, telemetry
from shared.platform.problems import Conflict, NotFound
from shared.platform.signing import Signer
from shared.reminders import links
from shared.reminders.model import Task, TaskAnswer, TaskLink
from shared.reminders.schemas import TaskForm

_TEMPLATES: Final = Path(__file__).parent / "templates"
_STATES: Final = {TaskAnswer.DONE: ActionState.DONE, TaskAnswer.SKIP: ActionState.SKIPPED}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPages:
    """What the page is made and answered with."""

    artists: ArtistStore
    followers: Followers
    signer: Signer

    def page(self, token: str, *, now: datetime) -> str:
        """Return the page of a mail's actions; it changes nothing.

        Raises:
            NotFound: the link is not ours, has ended, or nothing of it is left.
        """
        link, artist = self._opened(token, now=now)
        tasks = self._tasks(link, artist, now=now)
        if not tasks:
            raise NotFound("What this link was for is no longer there.")
        return pages.renderer(_TEMPLATES)("tasks.html", tasks=tasks)

    def answer(self, token: str, form: TaskForm, *, now: datetime) -> None:
        """Do what a button says with one of the mail's actions.

        Raises:
            NotFound: the link is not ours or has ended, or names another action.
            Conflict: the plan takes no changes any more, or the action cannot be put off.
        """
        link, artist = self._opened(token, now=now)
        named = next((one for one in link.actions if one[1] == form.action), None)
        if named is None:
            raise NotFound
        plan_id, action_id = named
        state = _STATES.get(form.do)
        if state is not None:
            ref = ActionRef(plan_id=plan_id, action_id=action_id)
            changes = {"state": state}
            changing.change(ref, changes, artist=artist, followers=self.followers, now=now)
        elif not changing.snooze(
            plan_id, action_id, artist=artist, followers=self.followers, now=now
        ):
            raise Conflict("This cannot be put off: its last day has come.", code="invalid_state")
        telemetry.event("reminder_answered", action_id=action_id, outcome=form.do.value)

    def _opened(self, token: str, *, now: datetime) -> tuple[TaskLink, Artist]:
        link = links.read(token, signer=self.signer, now=now)
        artist = self.artists.by_id(link.artist_id)
        if artist is None or not artist.is_open:
            raise NotFound("This link is not valid.")
        return link, artist

    def _tasks(self, link: TaskLink, artist: Artist, *, now: datetime) -> list[Task]:
        day = artist.day(now)
        found = (self.followers.plans.action(artist.artist_id, *named) for named in link.actions)
        return [
            Task(action=action, snoozes_to=snoozed_to(action, today=day))
            for action in found
            if action is not None
        ]
