"""What an account is connected to, as `GET /api/me` shows it: `connection:…` rows of the account.

The connection itself belongs to the room that made it; this row repeats its state, so that the
whole account stays one query.
"""

from shared.artists.model import SpotifyState
from shared.artists.store import SPOTIFY
from shared.platform.ids import ArtistId
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables


class Connections:
    """Notes how an account is connected."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.ARTISTS)

    def note_spotify(self, artist_id: ArtistId, state: SpotifyState) -> None:
        """Note the state of the Spotify connection, after the connection itself was written."""
        if state is SpotifyState.NOT_CONNECTED:
            self._rows.delete(artist_id, SPOTIFY)
            return
        self._rows.upsert(Row(artist_id, SPOTIFY, {"state": state.value}))
