"""Reading the artist's home: a constant number of storage operations, whatever the size of things.

Six queries beside the door's two: the account with its banners, the fans' counters as last copied,
what is due, the newest releases, the last blasts, and 56 days of the artist's numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from shared.artists.banners import newest_first
from shared.artists.model import Artist, Banner, SpotifyState
from shared.artists.store import ArtistStore
from shared.blasts.model import Blast
from shared.blasts.store import BlastStore
from shared.fans import counters as counting
from shared.fans.counters import Counters
from shared.fans.folding import FanCounters
from shared.fans.model import LISTED
from shared.performance import model as numbers
from shared.performance import reading
from shared.performance.reading import Comparison
from shared.performance.store import PerformanceStore
from shared.plans.due_store import DueStore
from shared.plans.model import DueAction
from shared.releases.model import Release
from shared.releases.store import ReleaseStore

PERIOD_DAYS = 28
RELEASES_SHOWN = 5
BLASTS_SHOWN = 3
ACTIONS_SHOWN = 5
COUNTRIES_SHOWN = 5
_EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The rooms that the home is read from."""

    artists: ArtistStore
    fans: FanCounters
    due: DueStore
    releases: ReleaseStore
    blasts: BlastStore
    performance: PerformanceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class FanGrowth:
    """The list as last counted, and how it grew."""

    counters: Counters
    as_of: datetime
    new: int
    change_percent: float | None
    top_countries: tuple[tuple[str | None, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What the artist sees first."""

    fans: FanGrowth
    next_actions: Sequence[DueAction]
    releases: Sequence[Release]
    blasts: Sequence[Blast]
    streams: Comparison
    followers: Comparison
    banners: Sequence[Banner]


def read(artist: Artist, *, rooms: Rooms, now: datetime) -> Home:
    """Return the artist's home."""
    account = rooms.artists.account(artist.artist_id)
    today = artist.day(now)
    streams, followers = reading.of_artist(
        artist.artist_id,
        performance=rooms.performance,
        connected=account.spotify is SpotifyState.CONNECTED,
        today=now.date(),
    )
    return Home(
        fans=_growth(*rooms.fans.copies(artist.artist_id), now=now),
        next_actions=rooms.due.next_days(artist.artist_id, first=_EARLIEST, count=ACTIONS_SHOWN),
        releases=_around(rooms.releases.newest(artist.artist_id, count=20), today=today),
        blasts=rooms.blasts.newest(artist.artist_id, count=BLASTS_SHOWN),
        streams=streams,
        followers=followers,
        banners=newest_first(list(account.banners)),
    )


def _growth(counters: Counters, copied_at: datetime | None, *, now: datetime) -> FanGrowth:
    today = now.astimezone(UTC).date()
    middle = today - timedelta(days=PERIOD_DAYS - 1)
    new = _signed_up(counters, first=middle, last=today)
    before = _signed_up(
        counters, first=middle - timedelta(days=PERIOD_DAYS), last=middle - timedelta(days=1)
    )
    countries = sorted(
        ((key[0], sum(counts)) for key, counts in counters.countries.items()),
        key=lambda item: (-item[1], item[0] or ""),
    )
    return FanGrowth(
        counters=counters,
        as_of=copied_at or now,
        new=new,
        change_percent=numbers.change_percent(new, before),
        top_countries=tuple((c, n) for c, n in countries[:COUNTRIES_SHOWN] if n),
    )


def _signed_up(counters: Counters, *, first: date, last: date) -> int:
    return sum(
        sum(counts)
        for (day, *_), counts in counters.days.items()
        if day is not None and first.isoformat() <= day <= last.isoformat()
    )


def _around(releases: Sequence[Release], *, today: date) -> list[Release]:
    """Return the releases nearest to today: what is coming first, then the latest."""

    def distance(release: Release) -> tuple[bool, int]:
        if release.release_date is None:
            return (True, 0)
        return (False, abs((release.release_date - today).days))

    return sorted(releases, key=distance)[:RELEASES_SHOWN]


def count_by_status(counters: Counters) -> dict[str, int]:
    """Return the fans' count for each status."""
    return {status.value: counting.count_of(counters.totals, status) for status in LISTED}
