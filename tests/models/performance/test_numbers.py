"""Numbers are shown as they were measured, and go when they are twelve months old."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.artists.model import SpotifyState
from shared.performance import model
from shared.performance.model import (
    Connection,
    Metric,
    MetricState,
    Point,
    Source,
)
from shared.platform.ids import ArtistId

TODAY = date(2026, 11, 24)


def point(day: date, value: int, source: Source = Source.CSV) -> Point:
    return Point(day=day, metric=Metric.STREAMS, value=value, source=source)


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_a_number_is_kept_for_twelve_calendar_months_and_not_a_day_longer(today: date) -> None:
    oldest = model.oldest_kept(today)

    def gone(day: date) -> bool:
        try:
            end = day.replace(year=day.year + 1)
        except ValueError:
            end = date(day.year + 1, 2, 28)
        return end <= today

    assert not gone(oldest)
    assert gone(oldest - timedelta(days=1))


def test_a_delta_is_only_taken_between_two_points_of_one_source() -> None:
    points = [
        point(TODAY - timedelta(days=2), 100),
        point(TODAY - timedelta(days=1), 130),
        point(TODAY - timedelta(days=1), 990, Source.ARTIST),
    ]
    shown = model.series(Metric.STREAMS, points, today=TODAY, connected=False)
    assert shown.source is Source.CSV
    assert [p.delta for p in shown.points] == [None, 30]


@pytest.mark.parametrize(
    ("connected", "state"),
    [
        pytest.param(False, MetricState.NOT_CONNECTED, id="nobody connected anything"),
        pytest.param(True, MetricState.NOT_PROVIDED, id="Spotify gives no such number"),
    ],
)
def test_what_nobody_measured_is_said_and_never_zero(
    *, connected: bool, state: MetricState
) -> None:
    shown = model.series(Metric.FOLLOWERS, [], today=TODAY, connected=connected)
    assert (shown.state, shown.points, shown.source) == (state, (), None)


def test_a_series_that_stopped_says_since_when() -> None:
    last = TODAY - timedelta(days=10)
    shown = model.series(Metric.STREAMS, [point(last, 5)], today=TODAY, connected=True)
    assert (shown.state, shown.since) == (MetricState.STALE, last)


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [(120, 100, 20.0), (50, 100, -50.0), (None, 100, None), (10, 0, None), (10, None, None)],
)
def test_a_change_needs_two_measured_numbers(
    now: int | None, before: int | None, change: float | None
) -> None:
    assert model.change_percent(now, before) == change


def test_one_refused_token_is_doubted_and_a_second_the_next_day_is_believed() -> None:
    now = datetime(2026, 11, 24, 6, 15, tzinfo=UTC)
    connection = Connection(
        artist_id=ArtistId("art_1"),
        state=SpotifyState.CONNECTED,
        session_hash="h",
        account_name=None,
        account_id="a",
        authorised_at=now - timedelta(days=30),
    )
    doubted = connection.refused(now=now)
    assert doubted.state is SpotifyState.CONNECTED
    assert doubted.refused(now=now + timedelta(hours=1)) == doubted
    assert doubted.refused(now=now + timedelta(days=1)).state is SpotifyState.NEEDS_RECONNECT
