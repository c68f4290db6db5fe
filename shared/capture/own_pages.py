"""A fan's own pages, by the links in the mails: confirm, leave, come back, see, correct, erase.

A GET changes nothing: mail scanners follow every link. A token whose fan or artist is gone gets the
page of what is done; a text that is no token of its kind gets the 404 page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.artists.model import Artist
from shared.artists.store import ArtistStore
from shared.capture.page import Shown, accent_of, renders
from shared.fans import transitions
from shared.fans.changing import FanChanges, Outcome
from shared.fans.erasing import FanEraser
from shared.fans.model import CONFIRM_FOR, Fan, FanStatus, How, Lock, Step
from shared.fans.store import FanStore
from shared.fans.tokens import Confirmation, FanRef, FanTokens
from shared.platform import telemetry
from shared.platform.limits import Limits
from shared.platform.problems import NotFound, Unavailable
from shared.platform.signing import TokenBroken

_ONE_CLICK: Final = b"One-Click"

# Tells the blast that one of its recipients left by its mail.
OnLeft = Callable[[FanRef], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDesk:
    """What fans' own pages work with."""

    fans: FanStore
    changes: FanChanges
    eraser: FanEraser
    tokens: FanTokens
    artists: ArtistStore
    limits: Limits
    on_left: OnLeft


@dataclass(frozen=True, slots=True)
class Action:
    """A button: it posts to its path."""

    label: str
    path: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Onward:
    """A link."""

    label: str
    path: str


def ask_to_confirm(token: str, *, desk: OwnDesk, now: datetime) -> Shown:
    """Return the page with the button that confirms.

    Raises:
        NotFound: not a confirm token.
    """
    named = _confirmation(token, desk=desk)
    artist = desk.artists.by_id(named.artist_id)
    if not named.is_open(now=now):
        return _expired(artist)
    lock = desk.fans.lock(named.artist_id, named.hashed)
    if lock is None or lock.nonce != named.nonce:
        return _confirmed(lock, artist)
    return _shown(
        artist,
        "Is this you?",
        f"Confirm that {_name(artist)} may write to this address.",
        actions=[Action("Yes, confirm", f"/f/{token}/confirm")],
    )


def confirm(token: str, *, desk: OwnDesk, now: datetime) -> Shown:
    """Confirm a sign-up: once, and only what its own mail asked about.

    Raises:
        NotFound: not a confirm token.
    """
    named = _confirmation(token, desk=desk)
    artist = desk.artists.by_id(named.artist_id)
    if not named.is_open(now=now):
        return _expired(artist)

    def confirmed(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.confirmed(lock, fan, nonce=named.nonce, now=now)

    desk.changes.change(named.artist_id, named.hashed, confirmed)
    return _confirmed(desk.fans.lock(named.artist_id, named.hashed), artist)


def ask_to_leave(token: str, *, desk: OwnDesk, now: datetime) -> Shown:
    """Return the page with the button that unsubscribes.

    Raises:
        NotFound: not a fan token.
    """
    named = reader(token, desk=desk)
    lock = desk.fans.lock(named.artist_id, named.hashed)
    stays = lock is not None and (
        lock.status in {FanStatus.PENDING, FanStatus.SUBSCRIBED} or lock.again is not None
    )
    if not stays:
        return _left(token, named, lock, desk=desk, now=now)
    artist = desk.artists.by_id(named.artist_id)
    return _shown(
        artist,
        "No more mails?",
        f"One click, and {_name(artist)} does not write to you any more.",
        actions=[Action("Unsubscribe", f"/f/{token}/unsubscribe")],
        links=[Onward("See what is held about me", f"/f/{token}/data")],
    )


def leave(token: str, body: bytes, *, desk: OwnDesk, now: datetime) -> Shown:
    """Unsubscribe at once, by the button or by a mail program's one click (RFC 8058).

    Raises:
        NotFound: not a fan token.
    """
    named = reader(token, desk=desk)
    how = How.ONE_CLICK if _ONE_CLICK in body else How.LINK

    def left(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.left(lock, fan, how=how, now=now)

    outcome = desk.changes.change(named.artist_id, named.hashed, left)
    if named.blast is not None and outcome is not Outcome.GONE:
        # Also when the fan had left already: a crash may have come between the two writes.
        _tell_blast(named, desk=desk)
    lock = desk.fans.lock(named.artist_id, named.hashed)
    return _left(token, named, lock, desk=desk, now=now)


def _tell_blast(named: FanRef, *, desk: OwnDesk) -> None:
    """Let the blast count who left by its mail. The fan is out already, and hears so."""
    try:
        desk.on_left(named)
    except Unavailable:
        telemetry.event("blast_not_told", artist_id=named.artist_id)


def come_back(token: str, *, desk: OwnDesk, now: datetime) -> Shown:
    """Undo an unsubscribe of the last seven days.

    Raises:
        NotFound: not a fan token.
    """
    named = reader(token, desk=desk)

    def came_back(lock: Lock, fan: Fan | None) -> Step | None:
        return transitions.came_back(lock, fan, now=now)

    desk.changes.change(named.artist_id, named.hashed, came_back)
    lock = desk.fans.lock(named.artist_id, named.hashed)
    if lock is None or lock.status is FanStatus.ERASED:
        return _left(token, named, lock, desk=desk, now=now)
    artist = desk.artists.by_id(named.artist_id)
    if lock.status is FanStatus.SUBSCRIBED:
        return _shown(artist, "Welcome back", f"{_name(artist)} may write to you again.")
    again = [Onward("Sign up again", f"/a/{artist.slug}")] if artist else []
    sentence = "This cannot be undone by this link any more."
    return _shown(artist, "Please sign up again", sentence, links=again, status=409)


def erase(token: str, *, desk: OwnDesk) -> Shown:
    """Erase everything that this artist holds of a fan.

    Raises:
        NotFound: not a fan token.
    """
    named = reader(token, desk=desk)
    desk.eraser.erase(named.artist_id, named.hashed)
    return nothing_held(desk.artists.by_id(named.artist_id))


def reader(token: str, *, desk: OwnDesk) -> FanRef:
    """Return whom a fan token names.

    Raises:
        NotFound: not a fan token.
    """
    try:
        return desk.tokens.read_fan(token)
    except TokenBroken:
        raise NotFound from None


def _confirmation(token: str, *, desk: OwnDesk) -> Confirmation:
    try:
        return desk.tokens.read_confirm(token)
    except TokenBroken:
        raise NotFound from None


def nothing_held(artist: Artist | None) -> Shown:
    """Return the page of who is on no list of this artist, or not any more."""
    name = artist.artist_name if artist else "the artist"
    sentence = f"Nothing is held about you for {name}."
    return _shown(artist, "Nothing is held about you", sentence)


def _confirmed(lock: Lock | None, artist: Artist | None) -> Shown:
    # Who is gone gets the page of what is done, as on every link of theirs (product.md).
    is_gone = lock is None or (lock.status is FanStatus.ERASED and lock.again is None)
    if is_gone or (lock and lock.status is FanStatus.SUBSCRIBED):
        return _shown(artist, "You are on the list", f"{_name(artist)} writes when there is news.")
    if lock is not None and lock.awaits_confirmation:
        return _shown(
            artist,
            "This link has been replaced",
            "A later sign-up has taken its place. Please use the link in the newest mail, or sign "
            "up again if none comes.",
            links=[Onward("To the page", f"/a/{artist.slug}")] if artist else [],
        )
    return _shown(
        artist,
        "This link has been used",
        "Nothing has changed. To get mails again, sign up again.",
        links=[Onward("To the page", f"/a/{artist.slug}")] if artist else [],
    )


def _expired(artist: Artist | None) -> Shown:
    hours = int(CONFIRM_FOR.total_seconds() // 3600)
    return _shown(
        artist,
        "This link is too old",
        f"It worked for {hours} hours. Sign up again, and a new one comes.",
        links=[Onward("To the page", f"/a/{artist.slug}")] if artist else [],
    )


def _left(token: str, named: FanRef, lock: Lock | None, *, desk: OwnDesk, now: datetime) -> Shown:
    artist = desk.artists.by_id(named.artist_id)
    if lock is None or lock.data_key is None:
        return _shown(artist, "You are unsubscribed", f"{_name(artist)} does not write to you.")
    fan = desk.fans.fan(named.artist_id, lock)
    undo = Action("It was a slip: undo it", f"/f/{token}/resubscribe", quiet=True)
    return _shown(
        artist,
        "You are unsubscribed",
        f"{_name(artist)} does not write to you any more.",
        actions=[undo] if transitions.came_back(lock, fan, now=now) else [],
        links=[Onward("See or erase what is held about me", f"/f/{token}/data")],
    )


def _name(artist: Artist | None) -> str:
    return artist.artist_name if artist else "The artist"


def _shown(
    artist: Artist | None,
    heading: str,
    *sentences: str,
    actions: list[Action] | None = None,
    links: list[Onward] | None = None,
    status: int = 200,
) -> Shown:
    html = renders()(
        "own.html",
        accent=accent_of(artist),
        artist_name=artist.artist_name if artist else None,
        heading=heading,
        sentences=sentences,
        actions=actions or [],
        links=links or [],
    )
    return Shown(html, status)
