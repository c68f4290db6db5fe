"""NCRONTAB: which moments six fields name."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.ncrontab import Schedule

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # A Tuesday.
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001 - made aware below.
    lambda moment: moment.replace(tzinfo=UTC)
)
SCHEDULES = st.sampled_from(
    ["0 * * * * *", "0 */15 * * * *", "0 30 3 * * *", "30 5,35 8-10 * * MON-FRI", "0 0 0 29 2 *"]
)


@pytest.mark.parametrize(
    ("schedule", "following"),
    [
        ("0 * * * * *", "2026-11-24T12:01:00"),
        ("* * * * * *", "2026-11-24T12:00:01"),
        ("*/20 * * * * *", "2026-11-24T12:00:20"),
        ("0 */15 * * * *", "2026-11-24T12:15:00"),
        ("0 5/20 * * * *", "2026-11-24T12:05:00"),
        ("0 15 6 * * *", "2026-11-25T06:15:00"),
        ("0 0 12 * * *", "2026-11-25T12:00:00"),
        ("0 0 9 1 * *", "2026-12-01T09:00:00"),
        ("0 0 9 * jan *", "2027-01-01T09:00:00"),
        ("0 0 9 * * 0", "2026-11-29T09:00:00"),
        ("0 0 9 * * Mon-Wed", "2026-11-25T09:00:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        # Both day fields must agree: the next 13th that is a Friday.
        ("0 0 0 13 * fri", "2027-08-13T00:00:00"),
        ("59 59 23 31 12 *", "2026-12-31T23:59:59"),
    ],
)
def test_the_next_tick_is_strictly_later(schedule: str, following: str) -> None:
    assert Schedule.parse(schedule).next_after(NOON) == datetime.fromisoformat(following + "+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "0 60 * * * *",
        "0 0 24 * * *",
        "0 0 0 0 * *",
        "0 0 0 * 13 *",
        "0 0 0 * * 7",
        "0 0 0 31 2 *",
        "0 10-5 * * * *",
        "0 */0 * * * *",
        "0 0 0 L * *",
        "0 0 0 ? * *",
        "0 0 0 * * foo",
        "",
    ],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Schedule.parse(text)


@given(SCHEDULES, MOMENTS)
def test_no_tick_lies_between_a_moment_and_the_next(text: str, moment: datetime) -> None:
    schedule = Schedule.parse(text)
    following = schedule.next_after(moment)
    assert following > moment
    assert schedule.next_after(following - timedelta(seconds=1)) == following
    if following - moment > timedelta(seconds=2):
        between = moment + (following - moment) / 2
        assert schedule.next_after(between) == following
