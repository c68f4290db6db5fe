"""What Clerk tells by webhook: users made, changed and deleted, in any order, any number of times.

Nothing but the declared fields is taken from an event. Before onboarding nothing is kept at all:
onboarding asks Clerk itself. A deletion is final: what comes after it, late or again, finds the
mark and changes nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import orjson

from shared.artists import correcting
from shared.artists.books import Books
from shared.artists.model import Artist, SignIn, same_address
from shared.platform import telemetry
from shared.platform.clients.clerk import ClerkUser, user_from
from shared.platform.ids import ArtistId
from shared.platform.problems import InvalidJson, InvalidSignature, Unavailable
from shared.platform.signatures import verified_delivery_id
from shared.platform.storage.faults import Changed, Missing

UserGone = Callable[[Artist], None]  # Has the account purged without a grace.
_DELIVERY_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_USER_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TRIES = 4


class Outcome(StrEnum):
    """What an event came to."""

    APPLIED = "applied"
    REPEATED = "repeated"
    IGNORED = "ignored"  # Of a kind that we do not use, or about nobody.
    NOT_ONBOARDED = "not_onboarded"
    OUTDATED = "outdated"
    DELETED_BEFORE = "deleted_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A webhook as it came."""

    raw: bytes
    headers: Mapping[str, str]  # By lower-cased name.


def receive(
    event: Event, *, secret: str, books: Books, user_gone: UserGone, now: datetime
) -> Outcome:
    """Work off one delivery; the same delivery again changes nothing.

    Raises:
        InvalidSignature: Clerk did not sign it, or not within five minutes of now.
        InvalidJson: it is not an event.
    """
    delivery = verified_delivery_id(event.raw, headers=event.headers, secret=secret, now=now)
    if not _DELIVERY_ID.fullmatch(delivery):
        raise InvalidSignature("The webhook's id is not one of Svix.")
    if books.memory.has_seen(delivery, now=now):
        return _told(Outcome.REPEATED, "delivery")
    kind, members = _read(event.raw)
    if kind in {"user.created", "user.updated"}:
        outcome = _changed(members, books=books, now=now)
    elif kind == "user.deleted":
        outcome = _deleted(members, books=books, user_gone=user_gone, now=now)
    else:
        outcome, kind = Outcome.IGNORED, "other"
    books.memory.remember_delivery(delivery, now=now)
    return _told(outcome, kind)


def apply(user: ClerkUser, artist_id: ArtistId, *, books: Books) -> Outcome:
    """Take over what Clerk says of a user, unless something newer is known."""
    for _ in range(_TRIES):
        artist = books.artists.by_id(artist_id)
        if artist is None:
            return Outcome.NOT_ONBOARDED
        if user.updated_at <= artist.clerk_updated_at:
            return Outcome.OUTDATED
        try:
            books.artists.replace(_updated(artist, user))
        except (Changed, Missing):
            continue
        return Outcome.APPLIED
    raise Unavailable


def gone(user_id: str, *, books: Books, user_gone: UserGone, now: datetime) -> Outcome:
    """Take a user's deletion at Clerk: sessions end, and the purge begins without a grace."""
    books.memory.bury(user_id, now=now)
    link = books.users.find(user_id)
    if link is None:
        return Outcome.NOT_ONBOARDED
    books.users.mark_gone(user_id, now=now)
    account = books.artists.account(link.artist_id)
    if account.artist is not None:
        user_gone(account.artist)
        return Outcome.APPLIED
    correcting.let_go_begun(account, link=link, books=books)
    return Outcome.APPLIED


def _changed(members: Mapping[str, object], *, books: Books, now: datetime) -> Outcome:
    user_id = _user_id(members)
    if user_id is None:
        return Outcome.IGNORED
    link = books.users.find(user_id)
    if link is None:
        return Outcome.NOT_ONBOARDED
    if link.is_gone or books.memory.mark_of(user_id, now=now) is not None:
        return Outcome.DELETED_BEFORE
    return apply(user_from(members), link.artist_id, books=books)


def _deleted(
    members: Mapping[str, object], *, books: Books, user_gone: UserGone, now: datetime
) -> Outcome:
    user_id = _user_id(members)
    if user_id is None:
        return Outcome.IGNORED
    return gone(user_id, books=books, user_gone=user_gone, now=now)


def _updated(artist: Artist, user: ClerkUser) -> Artist:
    # A reply address that counted because Clerk had verified it goes with that address.
    follows = (
        artist.reply_to is not None
        and artist.email is not None
        and same_address(artist.reply_to, artist.email)
    )
    return replace(
        artist,
        email=user.email,
        sign_in=SignIn(provider=user.provider, provider_user_id=user.provider_user_id),
        clerk_updated_at=user.updated_at,
        reply_to=user.email if follows else artist.reply_to,
    )


def _read(raw: bytes) -> tuple[str, Mapping[str, object]]:
    try:
        envelope = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise InvalidJson("The webhook is not JSON.") from None
    if not isinstance(envelope, dict):
        raise InvalidJson("The webhook is not an event.")
    data = envelope.get("data")
    return str(envelope.get("type")), data if isinstance(data, dict) else {}


def _user_id(members: Mapping[str, object]) -> str | None:
    user_id = members.get("id")
    return user_id if isinstance(user_id, str) and _USER_ID.fullmatch(user_id) else None


def _told(outcome: Outcome, kind: str) -> Outcome:
    telemetry.event("clerk_event_received", event_type=kind, outcome=outcome.value)
    return outcome
