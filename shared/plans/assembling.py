"""A plan put together: the frame's days and reasons with somebody's words. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import orjson

from shared.campaigns.schedule import PlannedAction
from shared.campaigns.wording import plan_words
from shared.plans.authoring import Subject
from shared.plans.model import (
    Plan,
    PlanAction,
    PlanBody,
    PlanState,
    Source,
    action_id,
)
from shared.plans.prompting import WITHHELD, prompt
from shared.plans.writing import Words


def assembled(
    subject: Subject, words: Words, source: Source, *, now: datetime
) -> tuple[Plan, list[PlanAction]]:
    """Return the plan as a draft, and its actions in their order."""
    actions = [
        _action(planned, words, subject.plan, position=position)
        for position, planned in enumerate(subject.frame.actions)
    ]
    plan = replace(
        subject.plan,
        state=PlanState.DRAFT,
        body=_body(subject, words, source),
        release_date=subject.release.release_date,
        todo_count=len(actions),
        done_count=0,
        run_at=None,
        updated_at=now,
    )
    return plan, actions


def _body(subject: Subject, words: Words, source: Source) -> PlanBody:
    frame, facts = subject.frame, subject.facts
    asked = prompt(subject.release, facts=facts, frame=frame, wishes=subject.plan.wishes)
    return PlanBody(
        summary=words.summary,
        positioning=words.positioning,
        target_audience=words.target_audience,
        closed=_plain(frame.closed),
        dropped=_plain(frame.dropped),
        assumptions=_plain(frame.assumptions),
        questions=_plain(frame.questions),
        risks=_plain(frame.risks),
        kpis=_plain(plan_words(facts, frame).kpis),
        budget=asdict(frame.budget),
        given=asked.given,
        withheld=WITHHELD,
        source=source,
    )


def _plain(listed: Sequence[object]) -> list[dict[str, Any]]:
    """Return what the catalogue says as values that JSON knows; days become texts."""
    plain: list[dict[str, Any]] = orjson.loads(orjson.dumps(listed))
    return plain


def _action(planned: PlannedAction, words: Words, plan: Plan, *, position: int) -> PlanAction:
    said = words.actions[planned.key]
    return PlanAction(
        action_id=action_id(plan.plan_id, key=planned.key, session=planned.session),
        plan_id=plan.plan_id,
        release_id=plan.release_id,
        position=position,
        key=planned.key,
        title=said.title,
        why=said.why,
        how=said.how,
        channel=planned.channel.value,
        phase=planned.phase.value,
        must=planned.must,
        session=planned.session,
        sessions=planned.sessions,
        offset_days=planned.offset,
        due_date=planned.due_date,
        opens=planned.opens,
        closes=planned.closes,
        effort_minutes=planned.effort_minutes,
        cost_cents=planned.cost_cents,
        done_test=said.done_test,
        blocked_by=tuple(blocker.value for blocker in planned.blocked_by),
        flags=tuple(flag.value for flag in planned.flags),
        copy=said.copy,
        copy_kind=said.copy_kind,
    )
