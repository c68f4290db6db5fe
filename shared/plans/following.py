"""What follows from a plan: the actions that are due, the question on the release's day, reminders.

All of it can be made from the plan at any time. A row in the schedule is written before a change
and taken away after it: a process that dies in between leaves it for the timer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.plans.due_store import DueStore
from shared.plans.model import DueAction, Plan, PlanAction
from shared.plans.store import PlanStore
from shared.platform.ids import ArtistId, PlanId
from shared.platform.schedule import Due, DueKind, Schedule

_RETRY_AFTER: Final = timedelta(minutes=2)  # Longer than any request of ours runs.

BeginReminders = Callable[[ArtistId, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followers:
    """Where what follows from a plan is kept. `begin_reminders` may be called again and again."""

    plans: PlanStore
    due: DueStore
    schedule: Schedule
    begin_reminders: BeginReminders

    @contextmanager
    def guarding(self, plan: Plan, *, now: datetime) -> Iterator[None]:
        """Change a plan and what follows in this block; the timer mends what a crash leaves."""
        at = now + _RETRY_AFTER
        facts = {"artist_id": plan.artist_id}
        self.schedule.put(DueKind.PLAN_CHANGED, plan.plan_id, at=at, facts=facts)
        yield
        self.schedule.remove(DueKind.PLAN_CHANGED, plan.plan_id, at=at)

    def follow_up(self, due: Due, *, now: datetime) -> None:
        """Mend what follows from a plan whose change was cut off. For the timer `dispatch`."""
        artist_id = due.artist_id
        plan = self.plans.find(artist_id, due.subject)
        if plan is None:
            self.due.take_away(artist_id, self.due.of_plan(artist_id, PlanId(due.subject)))
        else:
            for one in self.plans.of_release(artist_id, plan.release_id):
                self.align(one, now=now)
        self.schedule.done(due)

    def align(self, plan: Plan, *, now: datetime) -> None:
        """Let the list of what is due hold exactly what follows from a plan."""
        actions = self.plans.actions(plan.artist_id, plan.plan_id) if plan.is_in_force else []
        wanted = _due(actions)
        held = self.due.of_plan(plan.artist_id, plan.plan_id)
        self.due.put(plan.artist_id, [one for one in wanted if one not in held])
        self.due.take_away(plan.artist_id, _no_longer(held, wanted))
        if wanted:
            self.begin_reminders(plan.artist_id, now)

    def align_one(
        self, plan: Plan, before: PlanAction, after: PlanAction, *, now: datetime
    ) -> None:
        """Do the same for one action that was changed."""
        if not plan.is_in_force:
            return
        was, wanted = _due([before]), _due([after])
        self.due.put(plan.artist_id, wanted)
        self.due.take_away(plan.artist_id, _no_longer(was, wanted))
        if wanted and _no_longer(wanted, was):
            self.begin_reminders(plan.artist_id, now)


def _due(actions: Sequence[PlanAction]) -> list[DueAction]:
    return [due for action in actions if (due := DueAction.of(action)) is not None]


def _no_longer(held: Sequence[DueAction], wanted: Sequence[DueAction]) -> list[DueAction]:
    """Return those whose day or action is not wanted; a changed title keeps its row."""
    kept = {(one.due_date, one.action_id) for one in wanted}
    return [one for one in held if (one.due_date, one.action_id) not in kept]
