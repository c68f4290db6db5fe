"""How artists' pages look, for a minute: the thank-you page costs a sign-up no further reading."""

import threading
from datetime import datetime, timedelta
from typing import Final

from shared.artists.model import Artist
from shared.artists.store import ArtistStore
from shared.platform.ids import ArtistId

KEPT_FOR: Final = timedelta(seconds=60)
_REMEMBERED: Final = 2_000


class Looks:
    """Artists as last read, for what may be a minute old. Safe to use from several threads."""

    def __init__(self, artists: ArtistStore) -> None:
        self._artists = artists
        self._kept: dict[ArtistId, tuple[datetime, Artist | None]] = {}
        self._lock = threading.Lock()

    def of(self, artist_id: ArtistId, *, now: datetime) -> Artist | None:
        """Return an artist, read at most a minute ago."""
        kept = self._kept.get(artist_id)
        if kept is not None and abs(now - kept[0]) < KEPT_FOR:
            return kept[1]
        artist = self._artists.by_id(artist_id)
        with self._lock:
            if len(self._kept) >= _REMEMBERED:
                self._kept.clear()
            self._kept[artist_id] = (now, artist)
        return artist
