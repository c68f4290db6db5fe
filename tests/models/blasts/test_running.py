"""Pace, turns, waits and brakes of a run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.blasts import brakes, feeding, pacing
from shared.blasts.brakes import Rates
from shared.blasts.long_runs import LongRuns
from shared.blasts.model import BlastState, StopReason, Totals, is_expected, state_after
from shared.blasts.run import Plan

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WALKED = Plan(frozen_at=NOW, walked=True)


def test_slots_are_behind_those_of_others_and_within_four_fifths_of_the_rate() -> None:
    free = NOW + timedelta(seconds=20)
    slots = pacing.planned(1000, rate=5.0, free_from=free, now=NOW)
    assert (slots.first, slots.count) == (free, 120)
    assert slots.end - slots.first == timedelta(seconds=30)
    assert pacing.planned(3, rate=5.0, free_from=None, now=NOW).count == 3
    set_back = pacing.planned(1, rate=5.0, free_from=NOW + timedelta(days=40), now=NOW)
    assert set_back.first == NOW


def test_a_long_run_is_counted_every_ten_seconds_and_a_short_one_at_each_refusal() -> None:
    runs = LongRuns()
    seconds = [0, 1, 9, 10, 15, 20, 19]  # The last by a clock that was set back.
    due = []
    for each in seconds:
        now = NOW + timedelta(seconds=each)
        due.append(runs.is_due("long", 201, now=now))
        if due[-1]:
            runs.note("long", now=now)
    assert due == [True, False, False, True, False, True, True]
    assert runs.is_due("other", 201, now=NOW)
    assert all(runs.is_due("short", 200, now=NOW) for _ in range(3))


def test_only_the_plan_s_own_step_runs_and_a_lost_one_is_replaced() -> None:
    plan = replace(WALKED, step=4, next_at=NOW)
    assert feeding.turn_of(plan, 4, now=NOW).runs
    assert not feeding.turn_of(plan, 2, now=NOW).runs
    assert not feeding.turn_of(plan, None, now=NOW).runs
    again = feeding.turn_of(plan, 3, now=NOW)
    assert (again.runs, again.again_in) == (False, feeding.DEAD_AFTER)
    late = NOW + feeding.DEAD_AFTER
    assert feeding.turn_of(plan, 3, now=late).runs
    assert feeding.turn_of(plan, None, now=late).runs


def test_the_feed_looks_again_ever_more_rarely_and_then_leaves_it_to_the_watch() -> None:
    waits, seen, plan = 0, [], WALKED
    while True:
        delay, waits = feeding.next_look(replace(plan, waits=waits), has_more=False, now=NOW)
        if delay is None:
            break
        seen.append(int(delay.total_seconds()))
    assert seen == [5, 10, 20, 40, 80, 160, 320]


def test_while_there_is_something_to_give_away_the_feed_comes_before_its_slots_end() -> None:
    plan = replace(WALKED, fed_until=NOW + timedelta(seconds=30))
    assert feeding.next_look(plan, has_more=True, now=NOW)[0] == timedelta(seconds=27)
    walking = replace(plan, walked=False)
    assert feeding.next_look(walking, has_more=False, now=NOW)[0] == timedelta(0)


@pytest.mark.parametrize(
    ("accepted", "bounced", "complained", "stops"),
    [
        (49, 49, 0, None),
        (50, 2, 0, StopReason.BOUNCES),
        (100, 3, 0, None),
        (100, 0, 1, None),
        (600, 0, 2, StopReason.COMPLAINTS),
        (1000, 0, 2, None),
        (1000, 0, 3, StopReason.COMPLAINTS),
    ],
)
def test_the_brakes_stop_where_the_product_says(
    accepted: int, bounced: int, complained: int, stops: StopReason | None
) -> None:
    rates = Rates(accepted=accepted, bounced=bounced, complained=complained)
    assert brakes.tripped(rates) is stops


def test_the_artist_is_warned_at_half_of_a_brake() -> None:
    assert brakes.warns(Rates(accepted=100, bounced=2, complained=0))
    assert not brakes.warns(Rates(accepted=100, bounced=1, complained=0))
    assert not brakes.warns(Rates(accepted=10, bounced=9, complained=0))


def test_a_state_follows_from_the_stop() -> None:
    nobody, somebody = Totals(failed=3), Totals(failed=3, accepted=1)
    assert state_after(StopReason.CANCELLED, nobody) is BlastState.CANCELLED
    assert state_after(StopReason.ENDED, nobody) is BlastState.FAILED
    assert state_after(StopReason.ENDED, somebody) is BlastState.SENT
    assert state_after(StopReason.ENDED, Totals(unsubscribed=2)) is BlastState.SENT
    assert state_after(StopReason.QUOTA, somebody) is BlastState.PAUSED


def test_five_percent_is_the_same_list() -> None:
    assert is_expected(95, 100)
    assert is_expected(105, 100)
    assert not is_expected(94, 100)
    assert not is_expected(106, 100)
