"""The daily sync: one message for each connected artist, and one artist's numbers for each message.

A sync never writes for an artist who withdrew: it looks again after writing and takes back what it
wrote. Its keys are day, metric and source, so that running twice writes the same rows.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from shared.artists.model import AccountState, SpotifyState
from shared.artists.store import ArtistStore
from shared.mail.outbox import Outbox, Template
from shared.performance import linking
from shared.performance.model import (
    Connection,
    Metric,
    Point,
    Source,
    oldest_kept,
)
from shared.performance.store import PerformanceStore, SealedToken, SpotifyStore
from shared.platform import telemetry
from shared.platform.clients.spotify import Spotify, TokenRefused
from shared.platform.clients.spotify_for_artists import SpotifyForArtists, Timeline
from shared.platform.envelopes import EnvelopeBroken, Envelopes
from shared.platform.ids import ArtistId
from shared.platform.storage.faults import Changed, Missing
from shared.platform.storage.names import Queue
from shared.platform.storage.queues import Queues

# The provider corrects the last days; a first sync takes what a dashboard's 56 days need.
CORRECTED_FOR = timedelta(days=7)
FIRST_SYNC = timedelta(days=60)
_METRICS = {metric.value: metric for metric in Metric}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncDesk:
    """What a sync depends on."""

    artists: ArtistStore
    connections: SpotifyStore
    performance: PerformanceStore
    spotify: Spotify
    provider: SpotifyForArtists
    envelopes: Envelopes
    outbox: Outbox


def order_syncs(*, connections: SpotifyStore, queues: Queues, now: datetime) -> int:
    """Send one message for each connected artist; return how many."""
    count = 0
    for connection in connections.connected():
        queues.send(
            Queue.SPOTIFY_SYNCS,
            {"artist_id": connection.artist_id, "day": now.date().isoformat()},
        )
        count += 1
    telemetry.event("spotify_syncs_ordered", count=count)
    return count


def sync(artist_id: ArtistId, *, desk: SyncDesk, now: datetime) -> None:
    """Bring one artist's numbers up to date.

    Raises:
        RetryLater: Spotify or the provider is away.
    """
    artist = desk.artists.by_id(artist_id)
    if artist is None or artist.state is not AccountState.OPEN:
        telemetry.event("spotify_sync_skipped", artist_id=artist_id, reason="account_not_open")
        return
    connection = desk.connections.connection(artist_id)
    if connection is None or connection.state is not SpotifyState.CONNECTED:
        telemetry.event("spotify_sync_skipped", artist_id=artist_id, reason="not_connected")
        return
    if not _still_granted(connection, desk=desk, now=now):
        return
    if connection.spotify_artist_id is None:
        telemetry.event("spotify_sync_skipped", artist_id=artist_id, reason="artist_unknown")
        return
    points, complete_until = _fetch(connection, connection.spotify_artist_id, desk=desk, now=now)
    desk.performance.put(artist_id, None, points)
    current = desk.connections.connection(artist_id)
    if current is None:
        deleted = desk.performance.forget_consented(artist_id)
        telemetry.event("spotify_sync_taken_back", artist_id=artist_id, deleted=deleted)
        return
    _note(replace(current, synced_until=complete_until, doubted_at=None), desk.connections)
    telemetry.event("spotify_synced", artist_id=artist_id, count=len(points))


def _still_granted(connection: Connection, *, desk: SyncDesk, now: datetime) -> bool:
    artist_id = connection.artist_id
    token = desk.connections.token(artist_id)
    if token is None:
        telemetry.event("spotify_sync_skipped", artist_id=artist_id, reason="no_token")
        return False
    try:
        refresh_token = desk.envelopes.open(
            token.envelope, purpose=linking.token_purpose(artist_id)
        ).decode()
        tokens = desk.spotify.refresh(refresh_token)
    except EnvelopeBroken:
        telemetry.alarm("spotify_token_unreadable", artist_id=artist_id)
        return False
    except TokenRefused:
        _doubt(connection, desk=desk, now=now)
        return False
    if tokens.refresh_token is not None and tokens.refresh_token != refresh_token:
        rotated = linking.seal_token(tokens.refresh_token, artist_id, envelopes=desk.envelopes)
        try:
            desk.connections.replace_token(
                artist_id, SealedToken(envelope=rotated, version=token.version)
            )
        except (Changed, Missing):
            # Withdrawn, or another sync has a newer one: ours must not come back.
            telemetry.event("spotify_rotation_dropped", artist_id=artist_id)
    return True


def _doubt(connection: Connection, *, desk: SyncDesk, now: datetime) -> None:
    refused = connection.refused(now=now)
    if refused.state is SpotifyState.NEEDS_RECONNECT:
        desk.outbox.announce(
            Template.SPOTIFY_RECONNECT,
            artist_id=connection.artist_id,
            day=now.date().isoformat(),
        )
        desk.connections.forget_token(connection.artist_id)
    _note(refused, desk.connections)
    telemetry.event(
        "spotify_consent_doubted", artist_id=connection.artist_id, state=refused.state.value
    )


def _note(connection: Connection, connections: SpotifyStore) -> None:
    try:
        connections.replace(connection)
    except (Changed, Missing):
        telemetry.event("spotify_note_dropped", artist_id=connection.artist_id)


def _fetch(
    connection: Connection, spotify_artist_id: str, *, desk: SyncDesk, now: datetime
) -> tuple[list[Point], date | None]:
    today = now.date()
    points: list[Point] = []
    followers = desk.spotify.followers(spotify_artist_id)
    if followers is not None:
        points.append(
            Point(day=today, metric=Metric.FOLLOWERS, value=followers, source=Source.SPOTIFY)
        )
    first = _first_day(connection, today)
    timeline = desk.provider.timeline(spotify_artist_id, first=first, last=today)
    if timeline is None:
        return points, connection.synced_until
    return [*points, *_points(timeline, today)], timeline.complete_until


def _first_day(connection: Connection, today: date) -> date:
    if connection.synced_until is None:
        return today - FIRST_SYNC
    # A provider may call days complete that are to come; asked from there it would refuse for ever.
    synced_until = min(connection.synced_until, today)
    return max(synced_until - CORRECTED_FOR, oldest_kept(today))


def _points(timeline: Timeline, today: date) -> list[Point]:
    return [
        Point(day=day.day, metric=_METRICS[name], value=value, source=Source.SPOTIFY_FOR_ARTISTS)
        for day in timeline.days
        if oldest_kept(today) <= day.day <= today
        for name, value in day.numbers.items()
        if name in _METRICS
    ]
