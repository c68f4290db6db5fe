"""A caller may ask fast, and not for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.problems import TooMany
from shared.platform.request_rates import RequestRates

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def passed(rates: RequestRates, caller: str, *, at: datetime, tries: int) -> int:
    """Count how many of so many tries pass."""
    count = 0
    for _ in range(tries):
        try:
            rates.admit(caller, now=at)
        except TooMany:
            return count
        count += 1
    return count


def test_a_burst_passes_and_then_a_share_of_every_second() -> None:
    rates = RequestRates(per_second=10, burst=50)
    assert passed(rates, "a", at=NOW, tries=80) == 50
    assert passed(rates, "a", at=NOW + timedelta(seconds=2), tries=80) == 20
    assert passed(rates, "a", at=NOW + timedelta(hours=1), tries=80) == 50


def test_one_callers_loop_is_nobody_elses_trouble() -> None:
    rates = RequestRates(per_second=10, burst=5)
    assert passed(rates, "loop", at=NOW, tries=9) == 5
    assert passed(rates, "other", at=NOW, tries=1) == 1


def test_who_is_refused_is_told_when_to_come_again() -> None:
    rates = RequestRates(per_second=0.1, burst=1)
    rates.admit("a", now=NOW)
    with pytest.raises(TooMany) as refused:
        rates.admit("a", now=NOW)
    assert refused.value.headers["Retry-After"] == "10"


def test_many_callers_are_forgotten_before_they_fill_the_memory() -> None:
    rates = RequestRates(per_second=1, burst=2)
    for number in range(50_000):
        rates.admit(str(number), now=NOW)
    assert len(rates._buckets) <= 20_000


@given(st.lists(st.integers(min_value=-5_000, max_value=5_000), max_size=60))
def test_however_the_clock_goes_no_more_pass_than_the_burst_and_the_time(steps: list[int]) -> None:
    rates = RequestRates(per_second=10, burst=5)
    now, forward, count = NOW, 0.0, 0
    for step in steps:
        moved = timedelta(milliseconds=step)
        now, forward = now + moved, forward + max(0, step) / 1000
        count += passed(rates, "a", at=now, tries=3)
    assert count <= 5 + forward * 10 + 1e-6
