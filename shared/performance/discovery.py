"""Discovery sources: what Spotify shows on screen and exports nowhere, entered by the artist."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import orjson

from shared.performance.model import DiscoverySource, Share, oldest_kept
from shared.performance.store import PerformanceStore
from shared.platform.ids import ArtistId, ReleaseId
from shared.platform.problems import Invalid, NotFound
from shared.releases.store import ReleaseStore

TOLERANCE = Decimal(1)  # Spotify's screen rounds each share.


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the artist read of a release over a range of days."""

    release_id: ReleaseId
    first: date
    last: date
    shares: tuple[Share, ...]


def enter(
    entry: Entry,
    *,
    artist_id: ArtistId,
    performance: PerformanceStore,
    releases: ReleaseStore,
    now: datetime,
) -> None:
    """Keep an entry; entering it again for the same last day replaces it.

    Raises:
        NotFound: the release is not there.
        Invalid: the shares do not sum to 100 within one, a source stands twice, or the days are
            wrong.
    """
    if releases.find(artist_id, entry.release_id) is None:
        raise NotFound
    today = now.date()
    if entry.first > entry.last or entry.last > today or entry.last < oldest_kept(today):
        raise Invalid.field("to", "The days must be in order, not ahead, and within 12 months.")
    shares = entry.shares
    if len({share.source for share in shares}) != len(shares):
        raise Invalid.field("sources", "Each source may stand once.")
    summed = sum((Decimal(share.percent) for share in shares), Decimal(0))
    if abs(summed - 100) > TOLERANCE:
        raise Invalid.field("sources", f"The shares sum to {summed}, not to 100 within one.")
    kept = [{"source": share.source.value, "percent": share.percent} for share in shares]
    performance.put_shares(
        artist_id,
        entry.release_id,
        first=entry.first,
        last=entry.last,
        shares=orjson.dumps(kept).decode(),
    )


def shares_from(kept: str | None) -> tuple[Share, ...]:
    """Return the shares that a row keeps."""
    return tuple(
        Share(source=DiscoverySource(item["source"]), percent=item["percent"])
        for item in orjson.loads(kept or "[]")
    )
