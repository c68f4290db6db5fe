"""Rules of plans that need no storage: ids, counts, snoozes, days, calendars, rows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.plans import calendar, rows
from shared.plans.changing import snoozed_to
from shared.plans.going_live import start_of
from shared.plans.model import ActionState, DueAction, PlanState, action_id
from shared.platform.ids import PlanId, is_id
from shared.platform.storage.rows import encode
from tests.models.campaigns.arranging import facts
from tests.models.plans.arranging import ARTIST, NOW, plan, written


def test_an_actions_id_follows_from_its_plan_key_and_sitting() -> None:
    plan_id = PlanId("pln_01JD0000000000000000000003")
    ids = {action_id(plan_id, key=key, session=n) for key in ("a", "b") for n in (1, 2)}
    assert len(ids) == 4
    assert all(is_id(one, prefix="act") for one in ids)
    assert action_id(plan_id, key="a", session=1) in ids


def test_a_plan_and_its_actions_come_back_from_their_rows() -> None:
    made, actions = written()
    row = rows.plan_row(made)
    assert rows.plan_from(row) == made
    assert encode(row)
    for action in actions:
        assert rows.action_from(rows.action_row(ARTIST, action)) == action


def test_a_plan_of_half_an_hour_a_week_is_cut_into_sittings_with_ids_of_their_own() -> None:
    _, actions = written(on=facts(days=84, hours_per_week=0.5))
    assert any(action.sessions > 1 for action in actions)
    assert len({action.action_id for action in actions}) == len(actions)


def test_a_live_plan_is_completed_when_nothing_is_left_to_do() -> None:
    made, actions = written()
    live = replace(made, state=PlanState.LIVE, todo_count=1)
    done = replace(actions[0], state=ActionState.DONE)
    completed = live.counting(actions[0], done, now=NOW)
    assert (completed.state, completed.done_count) == (PlanState.COMPLETED, 1)
    assert completed.counting(done, actions[0], now=NOW).state is PlanState.LIVE


def test_a_plan_is_written_by_one_run_at_a_time() -> None:
    running = plan(run_at=NOW, attempt=1)
    soon = NOW + timedelta(seconds=30)
    assert running.runs_elsewhere(attempt=1, now=soon)
    assert not running.runs_elsewhere(attempt=2, now=soon)
    assert not running.runs_elsewhere(attempt=1, now=NOW + timedelta(minutes=5))


def test_a_snooze_is_a_day_and_never_past_the_window() -> None:
    action = replace(written()[1][0], due_date=date(2026, 5, 4), closes=date(2026, 5, 6))
    assert snoozed_to(action, today=date(2026, 5, 4)) == date(2026, 5, 5)
    assert snoozed_to(action, today=date(2026, 5, 5)) == date(2026, 5, 6)
    assert snoozed_to(action, today=date(2026, 5, 6)) is None
    assert snoozed_to(replace(action, state=ActionState.DONE), today=date(2026, 5, 4)) is None


def test_only_dated_actions_to_do_are_due() -> None:
    action = written()[1][0]
    assert DueAction.of(action) is not None
    assert DueAction.of(replace(action, due_date=None)) is None
    assert DueAction.of(replace(action, state=ActionState.SKIPPED)) is None


@pytest.mark.parametrize(
    ("zone", "day", "moment"),
    [
        ("UTC", "2026-12-01", "2026-12-01T00:00"),
        ("Pacific/Kiritimati", "2026-12-01", "2026-11-30T10:00"),
        # Midnight did not exist on these days: clocks went from 0:00 to 1:00.
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),
    ],
)
def test_a_release_day_begins_at_its_first_moment(zone: str, day: str, moment: str) -> None:
    begins = start_of(date.fromisoformat(day), ZoneInfo(zone))
    assert begins == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_fits_into_a_calendars_lines(text: str) -> None:
    made, actions = written()
    action = replace(actions[0], title=text or "x", how=(text,))
    content = calendar._written(made, [action]).decode()
    lines = content.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    whole = content.replace("\r\n ", "").split("\r\n")
    assert len([line for line in whole if line.startswith("BEGIN:VEVENT")]) == 1
    assert not any("\n" in line or "\r" in line for line in whole)
