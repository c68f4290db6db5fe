"""Spotify's connection, imports and discovery sources; the daily sync."""

from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.consumer import Consumers, Delivery
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.edge.timers import Tick, Timers
from shared.performance import discovery, importing, linking, syncing
from shared.performance.schemas import (
    DiscoverySourcesRequest,
    DiscoverySourcesView,
    ImportQuery,
    ImportView,
    SpotifyArtistRequest,
    SpotifyAuthorization,
    SpotifyView,
    SpotifyWithdrawal,
)
from shared.platform.ids import ArtistId
from shared.platform.storage.names import Queue

door = Door("Performance")
consumers = Consumers()
timers = Timers()

_ARTIST = Terms(access=Access.ARTIST)
# What browsers call a CSV file, by what is installed on the machine.
_CSV = ("text/csv", "application/csv", "application/vnd.ms-excel", "text/plain")


@door.on("POST", "api/spotify/connect", terms=_ARTIST, answers={200: SpotifyAuthorization})
def spotify_connect(call: Call[None]) -> Reply:
    """Begin to connect Spotify: returns where the artist gives the consent.

    Show `consent_wording` before: its version is what the consent is recorded with.
    """
    address = linking.connect(
        call.artist_id,
        session_id=call.session.session_id,
        linking=call.app.spotify_linking,
        ids=call.ids,
        now=call.now,
    )
    return replies.ok(SpotifyAuthorization.at(address))


@door.on("GET", "api/spotify/callback", terms=Terms(access=Access.PUBLIC), answers={303: None})
def spotify_callback(call: Call[None]) -> Reply:
    """Take the browser back from Spotify and send it on to the front end."""
    outcome = linking.finish(
        state=call.query.get("state", ""),
        code=call.query.get("code"),
        linking=call.app.spotify_linking,
        now=call.now,
    )
    front_end = call.app.settings.front_end_url
    return replies.see_other(f"{front_end}/spotify?state={outcome.value}")


@door.on("GET", "api/spotify", terms=_ARTIST, answers={200: SpotifyView})
def spotify_read(call: Call[None]) -> Reply:
    """Read the connection; the session that began it activates it by this."""
    connection = linking.read(
        call.artist_id,
        session_id=call.session.session_id,
        linking=call.app.spotify_linking,
        ids=call.ids,
        now=call.now,
    )
    return replies.ok(SpotifyView.of(connection))


@door.on(
    "PUT",
    "api/spotify",
    terms=Terms(access=Access.ARTIST, body=SpotifyArtistRequest),
    answers={200: SpotifyView},
    problems=("conflict", "invalid_state"),
)
def spotify_say_artist(call: Call[SpotifyArtistRequest]) -> Reply:
    """Say which Spotify artist this is."""
    connection = linking.say_artist(
        call.artist_id, call.body.artist_url, connections=call.app.spotify_connections
    )
    return replies.ok(SpotifyView.of(connection))


@door.on("DELETE", "api/spotify", terms=_ARTIST, answers={200: SpotifyWithdrawal})
def spotify_withdraw(call: Call[None]) -> Reply:
    """Withdraw the consent: tokens and everything that came through them go at once.

    Spotify has no call to revoke a token: `remove_app_url` is where the artist removes the
    application at Spotify.
    """
    linking.withdraw(call.artist_id, linking=call.app.spotify_linking, ids=call.ids, now=call.now)
    return replies.ok(SpotifyWithdrawal())


@door.on(
    "POST",
    "api/performance/imports",
    terms=Terms(
        access=Access.ARTIST,
        query=ImportQuery,
        raw_media=_CSV,
        body_limit=importing.MAX_BYTES,
    ),
    answers={200: ImportView},
    problems=("not_found", "unknown_export"),
)
def performance_import(call: Call[None]) -> Reply:
    """Import a Spotify for Artists CSV export; repeating it changes nothing."""
    bodies.require_media(call.headers, _CSV)
    asked = bodies.from_strings(call.query, ImportQuery)
    imported = importing.read_export(
        asked.as_upload(call.raw),
        artist_id=call.artist_id,
        performance=call.app.performance,
        releases=call.app.releases,
        store=not asked.preview,
        now=call.now,
    )
    return replies.ok(ImportView.of(imported))


@door.on(
    "PUT",
    "api/performance/discovery-sources",
    terms=Terms(access=Access.ARTIST, body=DiscoverySourcesRequest),
    answers={200: DiscoverySourcesView},
    problems=("not_found",),
)
def discovery_sources_enter(call: Call[DiscoverySourcesRequest]) -> Reply:
    """Enter what Spotify shows on screen of how listeners found a release."""
    entry = call.body.as_entry()
    discovery.enter(
        entry,
        artist_id=call.artist_id,
        performance=call.app.performance,
        releases=call.app.releases,
        now=call.now,
    )
    return replies.ok(DiscoverySourcesView.of(entry))


@timers.on("0 15 6 * * *")
def spotify_sync(tick: Tick) -> None:
    """Order a sync for each connected artist."""
    syncing.order_syncs(
        connections=tick.app.spotify_connections, queues=tick.app.queues, now=tick.now
    )


@consumers.on(Queue.SPOTIFY_SYNCS)
def spotify_syncs_consume(delivery: Delivery) -> None:
    """Bring one artist's numbers up to date."""
    syncing.sync(
        ArtistId(delivery.text("artist_id")), desk=delivery.app.sync_desk, now=delivery.now
    )
