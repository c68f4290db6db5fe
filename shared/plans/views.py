"""What is answered about plans."""

from datetime import date
from typing import Any, Self

from pydantic import ConfigDict, Field

from shared.plans.model import ActionState, DueAction, PlanAction, PlanState, SourceKind
from shared.plans.reading import ReadPlan
from shared.plans.today import DayList
from shared.platform.clock import instant
from shared.platform.schemas import Answer


class PlanActionView(Answer):
    """One sitting of an action. `cost_cents` is the most it may cost, in minor units."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    id: str
    key: str
    title: str
    why: str
    how: list[str]
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
    state: ActionState
    done_test: str
    blocked_by: list[str]
    flags: list[str]
    copy_: str | None = Field(alias="copy", serialization_alias="copy")
    copy_kind: str | None
    note: str | None

    @classmethod
    def of(cls, action: PlanAction) -> Self:
        """Return what the artist sees of an action."""
        return cls(
            id=action.action_id,
            key=action.key,
            title=action.title,
            why=action.why,
            how=list(action.how),
            channel=action.channel,
            phase=action.phase,
            must=action.must,
            session=action.session,
            sessions=action.sessions,
            offset_days=action.offset_days,
            due_date=action.due_date,
            opens=action.opens,
            closes=action.closes,
            effort_minutes=action.effort_minutes,
            cost_cents=action.cost_cents,
            state=action.state,
            done_test=action.done_test,
            blocked_by=list(action.blocked_by),
            flags=list(action.flags),
            copy_=action.copy,
            copy_kind=action.copy_kind,
            note=action.note,
        )


class ClosedActionView(Answer):
    """An action that this release cannot have, and from which release date it could."""

    key: str
    code: str
    reason: str
    needed_days: int | None
    reopens_if_release_on_or_after: date | None


class DroppedActionView(Answer):
    """An action that does not fit the hours or the budget."""

    key: str
    reason: str


class PlanNoteView(Answer):
    """An assumption, a question or a risk."""

    code: str
    text: str


class KpiView(Answer):
    """Something to count; the goal is the artist's to set."""

    key: str
    label: str


class PlanBudgetView(Answer):
    """Minor units of `currency`: what was given, and what the plan may use of it at most."""

    given_cents: int | None
    planned_cents: int
    currency: str


class PromptManifestView(Answer):
    """What a model was told, and what was withheld from it: names, never values."""

    given: list[str]
    withheld: list[str]


class PlanSourceView(Answer):
    """Who wrote the words; `reason` says why the playbook did."""

    kind: SourceKind
    model: str | None
    prompt_version: str | None
    reason: str | None
    replaced_texts: int


class PlanView(Answer):
    """A plan. Until it is written, it has no words and no actions."""

    id: str
    release_id: str
    state: PlanState
    summary: str | None
    positioning: str | None
    target_audience: str | None
    actions: list[PlanActionView]
    closed: list[ClosedActionView]
    dropped: list[DroppedActionView]
    assumptions: list[PlanNoteView]
    questions: list[PlanNoteView]
    budget: PlanBudgetView | None
    risks: list[PlanNoteView]
    kpis: list[KpiView]
    prompt_manifest: PromptManifestView | None
    source: PlanSourceView | None
    goals: list[str]
    hours_per_week: float | None
    no_go_channels: list[str]
    notes: str | None
    feedback: str | None
    release_date: date | None
    calendar_url: str
    failure: str | None
    created_at: str
    updated_at: str
    approved_at: str | None

    @classmethod
    def of(cls, read: ReadPlan, *, calendar_url: str) -> Self:
        """Return what the artist sees of a plan."""
        plan, wishes = read.plan, read.plan.wishes
        return cls(
            id=plan.plan_id,
            release_id=plan.release_id,
            state=plan.state,
            actions=[PlanActionView.of(action) for action in read.actions],
            goals=list(wishes.goals),
            hours_per_week=wishes.hours_per_week,
            no_go_channels=list(wishes.no_go_channels),
            notes=wishes.notes,
            feedback=wishes.feedback,
            release_date=plan.release_date,
            calendar_url=calendar_url,
            failure=plan.failure,
            created_at=instant(plan.created_at),
            updated_at=instant(plan.updated_at),
            approved_at=instant(plan.approved_at) if plan.approved_at else None,
            **_body(read),
        )


def _body(read: ReadPlan) -> dict[str, Any]:
    body = read.plan.body
    if body is None:
        texts = ("summary", "positioning", "target_audience")
        facts = ("budget", "prompt_manifest", "source")
        lists = ("closed", "dropped", "assumptions", "questions", "risks", "kpis")
        return {**dict.fromkeys((*texts, *facts)), **{name: [] for name in lists}}
    source = body.source
    return {
        "summary": body.summary,
        "positioning": body.positioning,
        "target_audience": body.target_audience,
        "closed": [ClosedActionView(**one) for one in body.closed],
        "dropped": [DroppedActionView(**one) for one in body.dropped],
        "assumptions": [PlanNoteView(**one) for one in body.assumptions],
        "questions": [PlanNoteView(**one) for one in body.questions],
        "risks": [PlanNoteView(**one) for one in body.risks],
        "kpis": [KpiView(**one) for one in body.kpis],
        "budget": PlanBudgetView(**body.budget),
        "prompt_manifest": PromptManifestView(given=list(body.given), withheld=list(body.withheld)),
        "source": PlanSourceView(
            kind=source.kind,
            model=source.model,
            prompt_version=source.prompt_version,
            reason=source.reason,
            replaced_texts=source.replaced,
        ),
    }


class PlanListView(Answer):
    """A page of a release's plans, newest first."""

    items: list[PlanView]
    next_cursor: str | None


class DueActionView(Answer):
    """An action that is due."""

    id: str
    plan_id: str
    release_id: str
    release_title: str | None
    key: str
    title: str
    channel: str
    due_date: date
    effort_minutes: int
    must: bool


class TodayView(Answer):
    """What to do today and what is overdue, over all releases, and how much is done."""

    overdue: list[DueActionView]
    today: list[DueActionView]
    done_count: int

    @classmethod
    def of(cls, listed: DayList) -> Self:
        """Return what the artist sees of the day."""
        return cls(
            overdue=[_due(one, listed) for one in listed.overdue],
            today=[_due(one, listed) for one in listed.today],
            done_count=listed.done_count,
        )


def _due(one: DueAction, listed: DayList) -> DueActionView:
    return DueActionView(
        id=one.action_id,
        plan_id=one.plan_id,
        release_id=one.release_id,
        release_title=listed.titles.get(one.release_id),
        key=one.key,
        title=one.title,
        channel=one.channel,
        due_date=one.due_date,
        effort_minutes=one.effort_minutes,
        must=one.must,
    )
