"""Reading numbers: a release's metrics over days, and the artist's sums for the dashboard."""

from dataclasses import dataclass
from datetime import date, timedelta

from shared.artists.model import SpotifyState
from shared.performance import discovery, model
from shared.performance.model import (
    Metric,
    Point,
    Series,
    Share,
    Source,
)
from shared.performance.store import PerformanceStore, SpotifyStore
from shared.platform.ids import ArtistId, ReleaseId
from shared.platform.problems import Invalid

SHOWN_BY_DEFAULT = timedelta(days=28)
RANGE_MAX = timedelta(days=366)
PERIOD_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePerformance:
    """What was measured of a release and its artist over a range of days."""

    first: date
    last: date
    metrics: tuple[Series, ...]
    discovery_sources: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A number over 28 days, and its change to the 28 days before; None is "not measured"."""

    value: int | None
    change_percent: float | None
    series: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDays:
    """A range of days as it is asked for, both ends included; None is the default."""

    first: date | None
    last: date | None


def days(asked: AskedDays, *, today: date) -> tuple[date, date]:
    """Return the range that is asked for; older days than are kept are never shown.

    Raises:
        Invalid: out of order, or longer than a year.
    """
    until = asked.last or today
    since = asked.first or until - SHOWN_BY_DEFAULT
    if since > until or until - since > RANGE_MAX:
        raise Invalid.field("from", "The days must be in order, and a year at most.")
    return max(since, model.oldest_kept(today)), until


def of_release(
    artist_id: ArtistId,
    release_id: ReleaseId,
    *,
    first: date,
    last: date,
    performance: PerformanceStore,
    connections: SpotifyStore,
    today: date,
) -> ReleasePerformance:
    """Return a release's metrics: its own where it was measured, else the artist's. Four reads."""
    own = performance.points(artist_id, release_id, first=first, last=last)
    whole = performance.points(artist_id, None, first=first, last=last)
    kept = performance.shares(artist_id, release_id, first=first, last=last)
    connection = connections.connection(artist_id)
    connected = connection is not None and connection.state is SpotifyState.CONNECTED
    return ReleasePerformance(
        first=first,
        last=last,
        metrics=tuple(
            model.series(
                metric,
                own if _measured(own, metric) else whole,
                today=today,
                connected=connected,
            )
            for metric in Metric
        ),
        discovery_sources=discovery.shares_from(kept),
    )


def of_artist(
    artist_id: ArtistId,
    *,
    performance: PerformanceStore,
    connected: bool,
    today: date,
) -> tuple[Comparison, Comparison]:
    """Return streams and followers over 28 days with the change to the 28 before. One read."""
    earliest = today - timedelta(days=2 * PERIOD_DAYS - 1)
    points = performance.points(artist_id, None, first=earliest, last=today)
    streams = model.series(Metric.STREAMS, points, today=today, connected=connected)
    followers = model.series(Metric.FOLLOWERS, points, today=today, connected=connected)
    return _summed(streams, points, today=today), _last(followers, points, today=today)


def _summed(series: Series, points: list[Point], *, today: date) -> Comparison:
    middle = today - timedelta(days=PERIOD_DAYS - 1)
    measured = _of_source(points, series)
    now = model.total(measured, first=middle, last=today)
    before = model.total(
        measured, first=middle - timedelta(days=PERIOD_DAYS), last=middle - timedelta(days=1)
    )
    return Comparison(value=now, change_percent=model.change_percent(now, before), series=series)


def _last(series: Series, points: list[Point], *, today: date) -> Comparison:
    middle = today - timedelta(days=PERIOD_DAYS - 1)
    measured = sorted(_of_source(points, series), key=lambda point: point.day)
    now = measured[-1].value if measured else None
    earlier = [point.value for point in measured if point.day < middle]
    before = earlier[-1] if earlier else None
    return Comparison(value=now, change_percent=model.change_percent(now, before), series=series)


def _of_source(points: list[Point], series: Series) -> list[Point]:
    source: Source | None = series.source
    return [p for p in points if p.metric is series.metric and p.source is source]


def _measured(points: list[Point], metric: Metric) -> bool:
    return any(point.metric is metric for point in points)
