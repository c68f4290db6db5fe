"""Performance: Spotify and its numbers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.capture_room import CaptureRoom

if TYPE_CHECKING:
    from shared.performance.linking import Linking
    from shared.performance.store import PerformanceStore, SpotifyStore
    from shared.performance.syncing import SyncDesk
    from shared.platform.clients.spotify import Spotify
    from shared.platform.clients.spotify_for_artists import SpotifyForArtists


class PerformanceRoom(CaptureRoom):
    """Spotify, the provider for artists, and their numbers."""

    @cached_property
    def spotify(self) -> Spotify:
        from shared.platform.clients.http import HttpClient
        from shared.platform.clients.spotify import Spotify

        chosen = self.settings.spotify
        return Spotify(
            HttpClient(chosen.accounts_url, service="spotify"),
            HttpClient(chosen.api_url, service="spotify"),
            self.secrets,
            accounts_url=chosen.accounts_url,
            client_id=chosen.client_id,
        )

    @cached_property
    def spotify_for_artists(self) -> SpotifyForArtists:
        from shared.platform.clients.http import HttpClient
        from shared.platform.clients.spotify_for_artists import SpotifyForArtists

        http = HttpClient(self.settings.spotify.for_artists_url, service="s4a")
        return SpotifyForArtists(http, self.secrets)

    @cached_property
    def spotify_connections(self) -> SpotifyStore:
        from shared.performance.store import SpotifyStore

        return SpotifyStore(self.tables)

    @cached_property
    def performance(self) -> PerformanceStore:
        from shared.performance.store import PerformanceStore

        return PerformanceStore(self.tables)

    @property
    def sync_desk(self) -> SyncDesk:
        from shared.performance.syncing import SyncDesk

        return SyncDesk(
            artists=self.artists,
            connections=self.spotify_connections,
            performance=self.performance,
            spotify=self.spotify,
            provider=self.spotify_for_artists,
            envelopes=self.envelopes,
            outbox=self.outbox,
        )

    @property
    def spotify_linking(self) -> Linking:
        from shared.performance.linking import Linking

        return Linking(
            spotify=self.spotify,
            connections=self.spotify_connections,
            performance=self.performance,
            consents=self.consents,
            account=self.connections,
            signer=self.link_signer,
            envelopes=self.envelopes,
            redirect_uri=f"{self.settings.public_base_url}/api/spotify/callback",
        )
