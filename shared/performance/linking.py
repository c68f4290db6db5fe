"""Connecting Spotify with the artist's consent, and withdrawing it.

The state is single-use, lives ten minutes, and is made for one artist and session. A connection
becomes active only when that same session reads it, so that nobody links a stranger's account.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.artists.connections import Connections
from shared.artists.consents import Consents
from shared.artists.model import SpotifyState
from shared.performance.model import CONSENT_WORDING_VERSION, Connection
from shared.performance.store import OAuthAttempt, PerformanceStore, SealedToken, SpotifyStore
from shared.platform import telemetry
from shared.platform.clients.spotify import CodeRefused, Spotify
from shared.platform.envelopes import Envelopes
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Conflict, Invalid, RetryLater
from shared.platform.signing import Signer, TokenBroken
from shared.platform.storage.faults import Changed, Missing

STATE_LIVES = timedelta(minutes=10)
REMOVE_APP_URL = "https://www.spotify.com/account/apps/"
CONSENT_PURPOSE = "spotify"
_STATE_PURPOSE = "spotify-oauth"
_VERIFIER_BYTES = 48  # 64 characters: within RFC 7636's 43 to 128.


class Outcome(StrEnum):
    """What the front end is told after the consent's page."""

    PENDING = "pending"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """What linking depends on."""

    spotify: Spotify
    connections: SpotifyStore
    performance: PerformanceStore
    consents: Consents
    account: Connections  # The account's own note of the connection's state.
    signer: Signer
    envelopes: Envelopes
    redirect_uri: str


def connect(
    artist_id: ArtistId, *, session_id: str, linking: Linking, ids: Ids, now: datetime
) -> str:
    """Return the address where the artist gives the consent."""
    nonce, verifier = ids.token(24), ids.token(_VERIFIER_BYTES)
    state = linking.signer.sign([artist_id, nonce], purpose=_STATE_PURPOSE)
    state_hash = _digest(state)
    linking.connections.begin(
        artist_id,
        OAuthAttempt(
            state_hash=state_hash,
            session_hash=_digest(session_id),
            sealed_verifier=linking.envelopes.seal(
                verifier.encode(), purpose=_verifier_purpose(artist_id, state_hash)
            ),
            expires_at=now + STATE_LIVES,
        ),
    )
    return linking.spotify.authorize_url(
        redirect_uri=linking.redirect_uri, state=state, verifier=verifier
    )


def finish(*, state: str, code: str | None, linking: Linking, now: datetime) -> Outcome:
    """Take the browser back from Spotify; the connection waits for its session."""
    begun = _attempt(state, linking=linking, now=now)
    if begun is None:
        return Outcome.FAILED
    if code is None:
        return Outcome.DENIED
    artist_id, attempt = begun
    verifier = linking.envelopes.open(
        attempt.sealed_verifier, purpose=_verifier_purpose(artist_id, attempt.state_hash)
    ).decode()
    try:
        tokens = linking.spotify.exchange(
            code, redirect_uri=linking.redirect_uri, verifier=verifier
        )
        account = linking.spotify.account(tokens.access_token)
    except (CodeRefused, RetryLater):
        return Outcome.FAILED
    if tokens.refresh_token is None:
        return Outcome.FAILED
    envelope = seal_token(tokens.refresh_token, artist_id, envelopes=linking.envelopes)
    linking.connections.put_pending(
        Connection(
            artist_id=artist_id,
            state=SpotifyState.PENDING,
            session_hash=attempt.session_hash,
            account_name=account.name,
            account_id=account.account_id,
            authorised_at=now,
        ),
        SealedToken(envelope=envelope),
    )
    linking.account.note_spotify(artist_id, SpotifyState.PENDING)
    return Outcome.PENDING


def read(
    artist_id: ArtistId, *, session_id: str, linking: Linking, ids: Ids, now: datetime
) -> Connection | None:
    """Return the connection; the session that began it activates it by reading it."""
    connection = linking.connections.connection(artist_id)
    if connection is None or connection.state is not SpotifyState.PENDING:
        return connection
    if connection.session_hash != _digest(session_id):
        return connection
    # The consent's record comes first: nothing is synced without one.
    linking.consents.grant(
        artist_id, CONSENT_PURPOSE, wording_version=CONSENT_WORDING_VERSION, now=now, ids=ids
    )
    try:
        active = linking.connections.replace(connection.activated())
    except (Changed, Missing):
        return linking.connections.connection(artist_id)
    linking.account.note_spotify(artist_id, SpotifyState.CONNECTED)
    return active


def say_artist(artist_id: ArtistId, artist_url: str, *, connections: SpotifyStore) -> Connection:
    """Keep which Spotify artist this is: nothing else can know.

    Raises:
        Invalid: the address names no artist at Spotify.
        Conflict: nothing is connected.
    """
    spotify_artist_id = artist_id_in(artist_url)
    connection = connections.connection(artist_id)
    if connection is None or connection.state is not SpotifyState.CONNECTED:
        raise Conflict("Connect Spotify first.", code="invalid_state")
    try:
        return connections.replace(replace(connection, spotify_artist_id=spotify_artist_id))
    except (Changed, Missing):
        raise Conflict("It was changed in the meantime. Please repeat.") from None


def withdraw(artist_id: ArtistId, *, linking: Linking, ids: Ids, now: datetime) -> None:
    """Withdraw the consent: the connection, its tokens and all that came through them go at once.

    The connection goes first: a sync in flight then finds nothing to write to, and takes back what
    it had written.
    """
    rows = linking.connections.forget(artist_id)
    numbers = linking.performance.forget_consented(artist_id)
    linking.consents.withdraw(artist_id, CONSENT_PURPOSE, now=now, ids=ids)
    linking.account.note_spotify(artist_id, SpotifyState.NOT_CONNECTED)
    telemetry.event("spotify_withdrawn", artist_id=artist_id, deleted=rows + numbers)


def artist_id_in(artist_url: str) -> str:
    """Return the id in a link or URI of a Spotify artist.

    Raises:
        Invalid: it is none.
    """
    found = re.fullmatch(
        r"(?:https://open\.spotify\.com/(?:intl-[a-z]{2}/)?artist/|spotify:artist:)"
        r"([A-Za-z0-9]{22})(?:[?#].*)?",
        artist_url.strip(),
    )
    if found is None:
        raise Invalid.field(
            "artist_url", "Send the link of an artist's page, https://open.spotify.com/artist/…."
        )
    return found.group(1)


def seal_token(refresh_token: str, artist_id: ArtistId, *, envelopes: Envelopes) -> str:
    """Return the refresh token in an envelope that only this artist's row opens."""
    return envelopes.seal(refresh_token.encode(), purpose=token_purpose(artist_id))


def token_purpose(artist_id: ArtistId) -> str:
    """Return what an artist's token envelope is bound to."""
    return f"spotify-token|{artist_id}"


def _attempt(
    state: str, *, linking: Linking, now: datetime
) -> tuple[ArtistId, OAuthAttempt] | None:
    try:
        named, _ = linking.signer.read(state, purpose=_STATE_PURPOSE)
    except (TokenBroken, ValueError):
        return None
    artist_id = ArtistId(str(named))
    try:
        attempt = linking.connections.take_attempt(artist_id, _digest(state))
    except Changed:
        return None
    if attempt is None or attempt.expires_at <= now:
        return None
    return artist_id, attempt


def _verifier_purpose(artist_id: ArtistId, state_hash: str) -> str:
    return f"spotify-verifier|{artist_id}|{state_hash}"


def _digest(text: str) -> str:
    # Both are long random texts, so that a plain hash cannot be guessed back.
    return hashlib.sha256(text.encode()).hexdigest()[:40]
