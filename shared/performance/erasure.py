"""What an account's or a release's end does to numbers and connections."""

from datetime import datetime

from shared.performance.model import oldest_kept
from shared.performance.store import PerformanceStore, SpotifyStore
from shared.platform.ids import ArtistId, ReleaseId


def erase_artist(
    artist_id: ArtistId, *, connections: SpotifyStore, performance: PerformanceStore
) -> int:
    """Delete the connection first, so that no sync begins, then all numbers; return the rows."""
    return connections.forget(artist_id) + performance.forget_artist(artist_id)


def erase_release(
    artist_id: ArtistId, release_id: ReleaseId, *, performance: PerformanceStore
) -> int:
    """Delete a release's numbers; return the rows."""
    return performance.forget_release(artist_id, release_id)


def purge_old(*, performance: PerformanceStore, connections: SpotifyStore, now: datetime) -> int:
    """Delete, over all artists, numbers of twelve months ago and unfinished connections.

    Returns how many rows that were.
    """
    return performance.forget_before(oldest_kept(now.date())) + connections.forget_expired(now=now)
