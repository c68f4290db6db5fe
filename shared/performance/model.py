"""Numbers that somebody measured, and the connection that lets us ask for them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.artists.model import SpotifyState
from shared.platform.ids import ArtistId

STALE_AFTER = timedelta(days=3)  # Spotify for Artists lags by about two days.
# A single failed refresh is not believed: an outage at Spotify once looked like many revocations.
DOUBT_AT_LEAST = timedelta(hours=20)
# The words that the front end shows before the consent; a change of words is a new version.
CONSENT_WORDING = (
    "ArtistOS may read my Spotify stream counts, followers and discovery sources, as totals only, "
    "and keep them for up to 12 months. I can withdraw this at any time; what came through "
    "Spotify is then deleted at once."
)
CONSENT_WORDING_VERSION = "2026-11-24"


class Metric(StrEnum):
    """What is counted. The words are those of Spotify for Artists' exports."""

    STREAMS = "streams"
    LISTENERS = "listeners"
    MONTHLY_LISTENERS = "monthly_listeners"
    MONTHLY_ACTIVE_LISTENERS = "monthly_active_listeners"
    SUPER_LISTENERS = "super_listeners"
    FOLLOWERS = "followers"
    SAVES = "saves"
    PLAYLIST_ADDS = "playlist_adds"


class Source(StrEnum):
    """Who measured. A delta is only taken between two points of one source."""

    CSV = "s4a_csv"  # The artist's own export.
    SPOTIFY_FOR_ARTISTS = "s4a_http"
    SPOTIFY = "spotify_public"
    ARTIST = "entered_by_artist"


# What came through the consent, and goes with it.
CONSENTED_SOURCES = frozenset({Source.SPOTIFY, Source.SPOTIFY_FOR_ARTISTS})
# Which source is shown when several measured one metric: the one nearest to Spotify for Artists.
PREFERENCE = (Source.SPOTIFY_FOR_ARTISTS, Source.CSV, Source.SPOTIFY, Source.ARTIST)


class MetricState(StrEnum):
    AVAILABLE = "available"
    NOT_PROVIDED = "not_provided_by_source"
    NOT_CONNECTED = "not_connected"
    STALE = "stale"


class DiscoverySource(StrEnum):
    """How listeners found the music: our words for what Spotify shows on screen."""

    ARTIST_PROFILE_CATALOG = "artist_profile_catalog"
    LISTENER_OWN = "listener_own_playlists_library"
    OTHER_LISTENERS = "other_listeners_playlists"
    ALGORITHMIC = "spotify_algorithmic"
    EDITORIAL = "spotify_editorial"
    RADIO_AUTOPLAY = "radio_autoplay"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An artist's link to Spotify. Tokens are kept apart, in an envelope."""

    artist_id: ArtistId
    state: SpotifyState
    session_hash: str  # Of the session that began it: only that one may activate it.
    account_name: str | None
    account_id: str | None
    authorised_at: datetime
    spotify_artist_id: str | None = None
    doubted_at: datetime | None = None
    synced_until: date | None = None
    version: str | None = None

    def activated(self) -> "Connection":
        """Return the connection as its own session confirmed it."""
        return replace(self, state=SpotifyState.CONNECTED)

    def refused(self, *, now: datetime) -> "Connection":
        """Return the connection after Spotify refused its token: doubted first, then broken."""
        if self.doubted_at is None:
            return replace(self, doubted_at=now)
        if now - self.doubted_at < DOUBT_AT_LEAST:
            return self
        return replace(self, state=SpotifyState.NEEDS_RECONNECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number about one UTC day."""

    day: date
    metric: Metric
    value: int
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPoint:
    """A number as it is shown: with its change since the point before it, if one was measured."""

    day: date
    value: int
    delta: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A metric over days, from one source, with how far it can be trusted."""

    metric: Metric
    state: MetricState
    source: Source | None
    since: date | None  # The first day; of a stale series, the last day that was measured.
    points: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One discovery source's share of streams, in percent."""

    source: DiscoverySource
    percent: str


def oldest_kept(today: date) -> date:
    """Return the first day that is still kept: a number goes when its day is twelve months ago.

    The month's end is clamped: what was measured on 29 February goes on 28 February.
    """
    # The day d is gone when d + 12 months <= today; this is the first d for which it is not.
    day = date(today.year - 1, today.month, min(today.day, 28))
    while _a_year_after(day) <= today:
        day += timedelta(days=1)
    return day


def series(
    metric: Metric,
    points: Iterable[Point],
    *,
    today: date,
    connected: bool,
    not_provided: frozenset[Metric] = frozenset(),
) -> Series:
    """Return a metric's series from the best source that measured it; never a made-up number."""
    by_source: dict[Source, list[Point]] = {}
    for point in points:
        if point.metric is metric:
            by_source.setdefault(point.source, []).append(point)
    source = next((name for name in PREFERENCE if name in by_source), None)
    if source is None:
        state = (
            MetricState.NOT_PROVIDED
            if connected or metric in not_provided
            else MetricState.NOT_CONNECTED
        )
        return Series(metric=metric, state=state, source=None, since=None, points=())
    measured = sorted(by_source[source], key=lambda point: point.day)
    stale = today - measured[-1].day > STALE_AFTER
    return Series(
        metric=metric,
        state=MetricState.STALE if stale else MetricState.AVAILABLE,
        source=source,
        since=measured[-1].day if stale else measured[0].day,
        points=with_deltas(measured),
    )


def with_deltas(measured: Sequence[Point]) -> tuple[SeriesPoint, ...]:
    """Return points with the change since the one before; None where nothing came before."""
    shown = []
    before: Point | None = None
    for point in measured:
        delta = None if before is None else point.value - before.value
        shown.append(SeriesPoint(day=point.day, value=point.value, delta=delta))
        before = point
    return tuple(shown)


def total(points: Iterable[Point], *, first: date, last: date) -> int | None:
    """Return the sum over days, or None when no day was measured. Only for summable metrics."""
    values = [point.value for point in points if first <= point.day <= last]
    return sum(values) if values else None


def change_percent(now: int | None, before: int | None) -> float | None:
    """Return the change in percent to one decimal, or None where either was not measured."""
    if now is None or not before:
        return None
    return round((now - before) * 100 / before, 1)


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)
