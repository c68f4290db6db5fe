"""The mail of this room: Spotify needs to be connected again."""

from datetime import datetime

from shared.artists.model import AccountState, SpotifyState
from shared.artists.store import ArtistStore
from shared.mail.letters import Letter
from shared.mail.orders import Composer, Order, Skipped
from shared.mail.outbox import Template
from shared.performance.store import SpotifyStore
from shared.platform.ids import ArtistId


def spotify_reconnect(
    *, artists: ArtistStore, connections: SpotifyStore, front_end: str
) -> Composer:
    """Return the composer of the mail that asks to connect Spotify again."""

    def compose(order: Order, *, now: datetime) -> Letter | Skipped:
        del now
        artist_id = ArtistId(order.text("artist_id"))
        artist = artists.by_id(artist_id)
        if artist is None or artist.state is not AccountState.OPEN:
            return Skipped.SUBJECT_GONE
        connection = connections.connection(artist_id)
        if connection is None:
            return Skipped.STATE_MOVED_ON
        if connection.state is not SpotifyState.NEEDS_RECONNECT:
            return Skipped.NOT_YET
        return Letter(
            template=Template.SPOTIFY_RECONNECT,
            to=artist.email,
            artist_id=artist_id,
            facts={"artist_name": artist.artist_name, "connect_url": f"{front_end}/spotify"},
        )

    return compose
