"""The application's clock and its timers, over the wire."""

import pytest

from tests.local.harness import RunningHost, await_that

DAILY_PAST_DUE = {"function": "daily", "past_due": True}


def set_clock(host: RunningHost, moment: str | None) -> str:
    reply = host.call("POST", "/_local/clock", {"now": moment} if moment else {})
    assert reply.status == 200
    return str(reply.json["now"])


def new_runs(host: RunningHost, before: int) -> list[dict[str, object]]:
    return host.seen("daily")[before:]


def test_the_clock_runs_on_from_where_it_was_set(host: RunningHost) -> None:
    assert set_clock(host, "2031-05-01T09:00:00Z").startswith("2031-05-01T09:00:0")
    assert set_clock(host, None) < "2031"


def test_a_jump_over_many_ticks_fires_the_timer_once_past_due(host: RunningHost) -> None:
    set_clock(host, "2031-01-01T09:00:00Z")
    host.idle()
    before = len(host.seen("daily"))
    set_clock(host, "2031-02-01T09:00:00Z")
    assert host.idle().status == 200
    assert new_runs(host, before) == [DAILY_PAST_DUE]


def test_a_jump_over_no_tick_fires_nothing(host: RunningHost) -> None:
    set_clock(host, "2032-01-01T09:00:00Z")
    host.idle()
    before = len(host.seen("daily"))
    set_clock(host, "2032-01-01T23:00:00Z")
    assert host.idle().status == 200
    assert new_runs(host, before) == []


def test_a_reset_forgets_the_next_tick_of_the_moved_clock(host: RunningHost) -> None:
    set_clock(host, "2033-01-01T09:00:00Z")
    host.idle()
    set_clock(host, None)
    before = len(host.seen("daily"))
    set_clock(host, "2032-12-31T07:59:59Z")
    host.idle()
    await_that(lambda: len(new_runs(host, before)) >= 2, "the jump's run and the tick's own")
    assert [run["past_due"] for run in new_runs(host, before)] == [True, False]


def test_a_timer_runs_by_hand(host: RunningHost) -> None:
    before = len(host.seen("daily"))
    assert host.call("POST", "/admin/functions/daily", {"input": ""}).status == 202
    assert new_runs(host, before) == [{"function": "daily", "past_due": False}]


@pytest.mark.parametrize(
    "now",
    [
        "9999-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "soon",
        "2031-05-01T09:00:00",
        "2031-13-01T00:00:00Z",
    ],
)
def test_what_is_no_instant_is_refused(host: RunningHost, now: str) -> None:
    assert host.call("POST", "/_local/clock", {"now": now}).status == 400
