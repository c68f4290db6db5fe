"""How a plan, an action and a release's watch are written as rows, and read back."""

from datetime import date, datetime
from typing import Any

import orjson

from shared.plans.model import (
    ActionState,
    Plan,
    PlanAction,
    PlanBody,
    PlanState,
    ReleaseWatch,
    Source,
    SourceKind,
    Wishes,
)
from shared.platform.ids import ActionId, ArtistId, PlanId, ReleaseId, inverted
from shared.platform.storage.rows import Row, Value


def action_key(plan_id: PlanId, action_id: str) -> str:
    """Return the row key of an action."""
    return f"{plan_id}|{action_id}"


def plan_row(plan: Plan) -> Row:
    """Return a plan as its row."""
    wishes = plan.wishes
    return Row(
        plan.artist_id,
        inverted(plan.plan_id),
        {
            "release_id": plan.release_id,
            "state": plan.state.value,
            "wishes": _json({name: getattr(wishes, name) for name in Wishes.__slots__}),
            "calendar_key": plan.calendar_key,
            "created_at": plan.created_at,
            "updated_at": plan.updated_at,
            "watch_at": plan.watch_at,
            "release_date": _iso(plan.release_date),
            "todo_count": plan.todo_count,
            "done_count": plan.done_count,
            "runs": plan.runs,
            "attempt": plan.attempt,
            "run_at": plan.run_at,
            "approved_at": plan.approved_at,
            "failure": plan.failure,
            **(_body_values(plan.body) if plan.body else {}),
        },
    )


def plan_from(row: Row) -> Plan:
    """Return the plan that a row holds."""
    wishes = orjson.loads(row.need("wishes", str))
    tuples = {name: tuple(wishes[name]) for name in ("goals", "no_go_channels")}
    return Plan(
        plan_id=PlanId(inverted(row.key)),
        artist_id=ArtistId(row.partition),
        release_id=ReleaseId(row.need("release_id", str)),
        state=PlanState(row.need("state", str)),
        wishes=Wishes(**{**wishes, **tuples}),
        calendar_key=row.need("calendar_key", str),
        created_at=row.need("created_at", datetime),
        updated_at=row.need("updated_at", datetime),
        watch_at=row.need("watch_at", datetime),
        body=_body_from(row) if "summary" in row else None,
        release_date=_date(row, "release_date"),
        todo_count=row.need("todo_count", int),
        done_count=row.need("done_count", int),
        runs=row.need("runs", int),
        attempt=row.need("attempt", int),
        run_at=row.find("run_at", datetime),
        approved_at=row.find("approved_at", datetime),
        failure=row.find("failure", str),
        version=row.etag,
    )


def action_row(artist_id: ArtistId, action: PlanAction) -> Row:
    """Return an action as its row."""
    return Row(
        artist_id,
        action_key(action.plan_id, action.action_id),
        {
            "release_id": action.release_id,
            "position": action.position,
            "key": action.key,
            "title": action.title,
            "why": action.why,
            "how": _json(action.how),
            "channel": action.channel,
            "phase": action.phase,
            "must": action.must,
            "session": action.session,
            "sessions": action.sessions,
            "offset_days": action.offset_days,
            "due_date": _iso(action.due_date),
            "opens": _iso(action.opens),
            "closes": _iso(action.closes),
            "effort_minutes": action.effort_minutes,
            "cost_cents": action.cost_cents,
            "done_test": action.done_test,
            "blocked_by": _json(action.blocked_by),
            "flags": _json(action.flags),
            "copy": action.copy,
            "copy_kind": action.copy_kind,
            "note": action.note,
            "state": action.state.value,
        },
    )


def action_from(row: Row) -> PlanAction:
    """Return the action that a row holds."""
    plan_id, _, action_id = row.key.partition("|")
    return PlanAction(
        action_id=ActionId(action_id),
        plan_id=PlanId(plan_id),
        release_id=ReleaseId(row.need("release_id", str)),
        position=row.need("position", int),
        key=row.need("key", str),
        title=row.need("title", str),
        why=row.need("why", str),
        how=tuple(_list(row, "how")),
        channel=row.need("channel", str),
        phase=row.need("phase", str),
        must=row.need("must", bool),
        session=row.need("session", int),
        sessions=row.need("sessions", int),
        offset_days=row.find("offset_days", int),
        due_date=_date(row, "due_date"),
        opens=_date(row, "opens"),
        closes=_date(row, "closes"),
        effort_minutes=row.need("effort_minutes", int),
        cost_cents=row.need("cost_cents", int),
        done_test=row.need("done_test", str),
        blocked_by=tuple(_list(row, "blocked_by")),
        flags=tuple(_list(row, "flags")),
        copy=row.find("copy", str),
        copy_kind=row.find("copy_kind", str),
        note=row.find("note", str),
        state=ActionState(row.need("state", str)),
        version=row.etag,
    )


def watch_row(watch: ReleaseWatch) -> Row:
    """Return what plans know of a release's day as its row."""
    return Row(
        watch.artist_id,
        watch.release_id,
        {
            "release_id": watch.release_id,
            "asks_at": watch.asks_at,
            "asked_for": _iso(watch.asked_for),
            "live_at": watch.live_at,
        },
    )


def watch_from(row: Row) -> ReleaseWatch:
    """Return what plans know of a release's day from its row."""
    return ReleaseWatch(
        artist_id=ArtistId(row.partition),
        release_id=ReleaseId(row.key),
        asks_at=row.find("asks_at", datetime),
        asked_for=_date(row, "asked_for"),
        live_at=row.find("live_at", datetime),
        version=row.etag,
    )


def _body_values(body: PlanBody) -> dict[str, Value | None]:
    source = body.source
    return {
        "summary": body.summary,
        "positioning": body.positioning,
        "target_audience": body.target_audience,
        "closed": _json(body.closed),
        "dropped": _json(body.dropped),
        "assumptions": _json(body.assumptions),
        "questions": _json(body.questions),
        "risks": _json(body.risks),
        "kpis": _json(body.kpis),
        "budget": _json(body.budget),
        "prompt_given": _json(body.given),
        "prompt_withheld": _json(body.withheld),
        "source_kind": source.kind.value,
        "source_model": source.model,
        "source_prompt_version": source.prompt_version,
        "source_reason": source.reason,
        "source_replaced": source.replaced,
    }


def _body_from(row: Row) -> PlanBody:
    budget: dict[str, Any] = orjson.loads(row.need("budget", str))
    return PlanBody(
        summary=row.need("summary", str),
        positioning=row.need("positioning", str),
        target_audience=row.need("target_audience", str),
        closed=_list(row, "closed"),
        dropped=_list(row, "dropped"),
        assumptions=_list(row, "assumptions"),
        questions=_list(row, "questions"),
        risks=_list(row, "risks"),
        kpis=_list(row, "kpis"),
        budget=budget,
        given=tuple(_list(row, "prompt_given")),
        withheld=tuple(_list(row, "prompt_withheld")),
        source=Source(
            kind=SourceKind(row.need("source_kind", str)),
            model=row.find("source_model", str),
            prompt_version=row.find("source_prompt_version", str),
            reason=row.find("source_reason", str),
            replaced=row.need("source_replaced", int),
        ),
    )


def _list(row: Row, name: str) -> list[Any]:
    listed: list[Any] = orjson.loads(row.need(name, str))
    return listed


def _date(row: Row, name: str) -> date | None:
    text = row.find(name, str)
    return date.fromisoformat(text) if text else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
