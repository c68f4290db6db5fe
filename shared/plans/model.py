"""A plan, its actions and their states. Pure."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from shared.platform.ids import ActionId, ArtistId, PlanId, ReleaseId

# A day's most plans of one artist: far above any use, and a bound on what a loop may cost.
MOST_PLANS_A_DAY: Final = 100
# A run makes two calls to the model at most; after this many runs the playbook writes the plan.
MOST_RUNS: Final = 3
# Longer than two calls of 60 seconds: a run that began earlier has died.
RUN_AT_MOST: Final = timedelta(seconds=150)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class PlanState(StrEnum):
    """How far a plan is."""

    REQUESTED = "requested"
    GENERATING = "generating"
    DRAFT = "draft"
    APPROVED = "approved"
    LIVE = "live"
    COMPLETED = "completed"
    FAILED = "failed"
    SUPERSEDED = "superseded"


UNSETTLED: Final = frozenset({PlanState.REQUESTED, PlanState.GENERATING})
# An artist works along these; what is due is read from them.
IN_FORCE: Final = frozenset({PlanState.APPROVED, PlanState.LIVE, PlanState.COMPLETED})
CHANGEABLE: Final = IN_FORCE | {PlanState.DRAFT}


class ActionState(StrEnum):
    """How far an action is."""

    TODO = "todo"
    DONE = "done"
    SKIPPED = "skipped"


class SourceKind(StrEnum):
    """Who wrote the words of a plan; never disguised."""

    AI = "ai"
    PLAYBOOK = "playbook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the artist asked for. Money is in minor units of `currency`; None is not said."""

    goals: tuple[str, ...] = ()
    budget_cents: int | None = None
    currency: str | None = None
    hours_per_week: float | None = None
    no_go_channels: tuple[str, ...] = ()
    notes: str | None = None
    feedback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who wrote the words, and why the playbook did.

    `replaced` counts a model's texts that claimed too much: the playbook's stand in their place.
    """

    kind: SourceKind
    model: str | None = None
    prompt_version: str | None = None
    reason: str | None = None
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAction:
    """One sitting of one action of the catalogue. Without a release day it has no due date.

    `opens` and `closes` are the first and last useful day, `cost_cents` the most it may cost.
    """

    action_id: ActionId
    plan_id: PlanId
    release_id: ReleaseId
    position: int
    key: str
    title: str
    why: str
    how: tuple[str, ...]
    channel: str
    phase: str
    must: bool
    session: int
    sessions: int
    offset_days: int | None
    due_date: date | None
    opens: date | None
    closes: date | None
    effort_minutes: int
    cost_cents: int
    done_test: str
    blocked_by: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    copy: str | None = None
    copy_kind: str | None = None
    note: str | None = None
    state: ActionState = ActionState.TODO
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBody:
    """What a settled plan says. Lists hold plain values, as they are stored and answered."""

    summary: str
    positioning: str
    target_audience: str
    closed: Sequence[dict[str, Any]]
    dropped: Sequence[dict[str, Any]]
    assumptions: Sequence[dict[str, Any]]
    questions: Sequence[dict[str, Any]]
    risks: Sequence[dict[str, Any]]
    kpis: Sequence[dict[str, Any]]
    budget: dict[str, Any]
    given: Sequence[str]
    withheld: Sequence[str]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan for a release. `version` is the row's ETag; None before it is stored.

    `runs`, `attempt` and `run_at` tell of the last try to write it; `watch_at` is when it is looked
    for in case that its message was lost. `calendar_key` stands in the calendar's link.
    """

    plan_id: PlanId
    artist_id: ArtistId
    release_id: ReleaseId
    state: PlanState
    wishes: Wishes
    calendar_key: str
    created_at: datetime
    updated_at: datetime
    watch_at: datetime
    body: PlanBody | None = None
    release_date: date | None = None
    todo_count: int = 0
    done_count: int = 0
    runs: int = 0
    attempt: int = 0
    run_at: datetime | None = None
    approved_at: datetime | None = None
    failure: str | None = None
    version: str | None = None

    @property
    def is_unsettled(self) -> bool:
        """Tell whether it is still to be written."""
        return self.state in UNSETTLED

    @property
    def is_in_force(self) -> bool:
        """Tell whether the artist works along it."""
        return self.state in IN_FORCE

    def runs_elsewhere(self, *, attempt: int, now: datetime) -> bool:
        """Tell whether another run writes it now.

        A later delivery of one message means that the run of the earlier one has ended.
        """
        return (
            self.state is PlanState.GENERATING
            and self.run_at is not None
            and now - self.run_at < RUN_AT_MOST
            and attempt <= self.attempt
        )

    def counting(self, before: PlanAction, after: PlanAction, *, now: datetime) -> "Plan":
        """Return the plan after a change of one action: its counts, and whether all is done."""
        todo = self.todo_count + _is(after, ActionState.TODO) - _is(before, ActionState.TODO)
        done = self.done_count + _is(after, ActionState.DONE) - _is(before, ActionState.DONE)
        changed = replace(self, todo_count=todo, done_count=done, updated_at=now)
        return changed.with_progress()

    def with_progress(self) -> "Plan":
        """Return the plan as completed when it is live and nothing is to do, or live again."""
        if self.state is PlanState.LIVE and self.todo_count == 0:
            return replace(self, state=PlanState.COMPLETED)
        if self.state is PlanState.COMPLETED and self.todo_count > 0:
            return replace(self, state=PlanState.LIVE)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAction:
    """An action as the day's list knows it."""

    action_id: ActionId
    plan_id: PlanId
    release_id: ReleaseId
    due_date: date
    key: str
    title: str
    channel: str
    effort_minutes: int
    must: bool

    @classmethod
    def of(cls, action: PlanAction) -> "DueAction | None":
        """Return what the day's list holds of an action; None where it has no day or is settled."""
        if action.due_date is None or action.state is not ActionState.TODO:
            return None
        return cls(
            action_id=action.action_id,
            plan_id=action.plan_id,
            release_id=action.release_id,
            due_date=action.due_date,
            key=action.key,
            title=action.title,
            channel=action.channel,
            effort_minutes=action.effort_minutes,
            must=action.must,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWatch:
    """What plans know of a release's day: when the question goes out, and what was said.

    `asks_at` is where the row in the schedule stands; `asked_for` the day that was asked about.
    """

    artist_id: ArtistId
    release_id: ReleaseId
    asks_at: datetime | None = None
    asked_for: date | None = None
    live_at: datetime | None = None
    version: str | None = field(default=None, compare=False)


def action_id(plan_id: PlanId, *, key: str, session: int) -> ActionId:
    """Return the id of a sitting: the same whenever the same plan is written again."""
    digest = hashlib.sha256(f"{plan_id}|{key}|{session}".encode()).digest()
    bits = int.from_bytes(digest[:10], "big")
    tail = "".join(_CROCKFORD[bits >> shift & 31] for shift in range(75, -1, -5))
    return ActionId(f"act_{plan_id.removeprefix('pln_')[:10]}{tail}")


def safety_identifier(artist_id: ArtistId, *, key: bytes) -> str:
    """Return what the model's provider may know of the artist: a keyed hash, and nothing else."""
    digest = hashlib.blake2b(f"plans|{artist_id}".encode(), key=key, digest_size=18).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _is(action: PlanAction, state: ActionState) -> int:
    return 1 if action.state is state else 0
