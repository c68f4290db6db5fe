"""When the next reminder goes out: once for each local day, whatever clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reminders.model import moment_of, next_moment

ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        ("Europe/Berlin", "2026-12-01", "09:00", "2026-12-01T08:00"),
        # 2:30 did not exist: the next minute that did was 3:00.
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),
        # 2:30 came twice: the first counts.
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30"),
        # The whole day was left out.
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T10:00"),
    ],
)
def test_a_wall_clocks_time_is_one_moment(zone: str, day: str, at: str, moment: str) -> None:
    shown = moment_of(date.fromisoformat(day), at=time.fromisoformat(at), zone=ZoneInfo(zone))
    assert shown == utc(moment)


@given(
    st.sampled_from(ZONES),
    st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0)),
    st.integers(0, 365 * 24 * 60),
)
def test_reminders_in_a_row_are_one_a_day(name: str, at: time, minutes: int) -> None:
    zone, days = ZoneInfo(name), []
    now = utc("2026-01-01") + timedelta(minutes=minutes)
    last_day = None
    for _ in range(5):
        now = next_moment(date(2026, 1, 1), at=at, zone=zone, last_day=last_day, now=now)
        last_day = now.astimezone(zone).date()
        days.append(last_day)
    assert days == [days[0] + timedelta(days=n) for n in range(5)]


def test_who_flies_west_is_not_reminded_of_one_day_twice() -> None:
    moment = next_moment(
        date(2026, 12, 1),
        at=time(9),
        zone=ZoneInfo("America/Los_Angeles"),
        last_day=date(2026, 12, 1),
        now=utc("2026-12-01T00:30"),
    )
    assert moment == utc("2026-12-02T17:00")


def test_nothing_is_due_before_its_first_day() -> None:
    moment = next_moment(
        date(2026, 12, 20), at=time(9), zone=ZoneInfo("UTC"), last_day=None, now=utc("2026-12-01")
    )
    assert moment == utc("2026-12-20T09:00")
