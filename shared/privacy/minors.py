"""A child's data, reported: deleted now, without a grace and not behind others (policy, 8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.artists.books import Books
from shared.artists.model import Artist
from shared.artists.searching import AccountSearch
from shared.platform import telemetry
from shared.platform.addresses import EmailAddress, mailbox_hash
from shared.platform.clients.clerk import Clerk
from shared.platform.ids import ArtistId, ErasureId, Ids
from shared.platform.problems import Invalid, Unavailable
from shared.platform.storage.faults import AlreadyExists, Changed
from shared.privacy import closing, erasing
from shared.privacy.answering import Answering
from shared.privacy.closing import ErasureClass
from shared.privacy.erasing import ErasureDesk
from shared.privacy.model import Erasure, ErasureState, StoreCount

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorDesk:
    """What a child's erasure touches."""

    books: Books
    search: AccountSearch
    clerk: Clerk
    answering: Answering
    erasure: ErasureDesk
    mailbox_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What is known of a reported child."""

    user_ids: tuple[str, ...]
    artists: tuple[Artist, ...]
    mailbox: str | None
    lists: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorErasure:
    """What was found, and the erasure when it was confirmed."""

    reported: Reported
    erasure_id: ErasureId | None


def report(clerk_user_id: str | None, email: str | None, *, desk: MinorDesk) -> Reported:
    """Return what is known of a child, by the Clerk user or by the address.

    Raises:
        Invalid: neither or both are given, or it is no address.
    """
    if (clerk_user_id is None) == (email is None):
        raise Invalid.field("email", "Give clerk_user_id or email, and not both.")
    if clerk_user_id is not None:
        link = desk.books.users.find(clerk_user_id)
        artists = _artists([link.artist_id] if link else [], desk=desk)
        own = artists[0].email if artists else None
        return _found((clerk_user_id,), artists, own, desk=desk)
    address = EmailAddress.parse(email or "")
    ids = desk.search.with_address(address.typed)
    artists = _artists(ids, desk=desk)
    users = tuple(artist.clerk_user_id for artist in artists)
    return _found(users, artists, address.typed, desk=desk)


def erase(
    found: Reported, *, confirmed: bool, desk: MinorDesk, now: datetime, ids: Ids
) -> MinorErasure:
    """Delete a child's data now; without a confirmation only count it.

    Raises:
        Unavailable: Clerk is away; repeating goes on where it ended.
    """
    if not confirmed:
        return MinorErasure(reported=found, erasure_id=None)
    lists = desk.answering.erase(found.mailbox) if found.mailbox else 0
    erasure_id = None
    for artist in found.artists:
        erasure_id = _erase_account(artist, desk=desk, now=now, ids=ids)
    users = 0 if found.artists else _erase_users(found.user_ids, desk=desk, now=now)
    if erasure_id is None:
        erasure_id = _certified(lists, users, desk=desk, now=now, ids=ids)
    telemetry.event("minor_erased", erasure_id=erasure_id, count=lists)
    return MinorErasure(reported=found, erasure_id=erasure_id)


def _found(
    user_ids: tuple[str, ...], artists: tuple[Artist, ...], email: str | None, *, desk: MinorDesk
) -> Reported:
    mailbox = None
    if email is not None:
        mailbox = mailbox_hash(EmailAddress.parse(email).normalised, key=desk.mailbox_key)
    return Reported(
        user_ids=user_ids,
        artists=artists,
        mailbox=mailbox,
        lists=desk.answering.lists_of(mailbox) if mailbox else 0,
    )


def _artists(artist_ids: Sequence[ArtistId], *, desk: MinorDesk) -> tuple[Artist, ...]:
    found = (desk.books.artists.by_id(artist_id) for artist_id in artist_ids)
    return tuple(artist for artist in found if artist is not None)


def _erase_account(artist: Artist, *, desk: MinorDesk, now: datetime, ids: Ids) -> ErasureId:
    own = desk.erasure
    deletion = closing.close_at_once(
        artist, cause=ErasureClass.IMMEDIATE, desk=own.closing, now=now, ids=ids
    )
    purging = closing.begin_purge(artist.artist_id, desk=own.closing, now=now)
    if purging is not None:
        erasing.begin(purging, cause=ErasureClass.IMMEDIATE, desk=own, now=now)
    return deletion.erasure_id


def _erase_users(user_ids: Sequence[str], *, desk: MinorDesk, now: datetime) -> int:
    deleted = 0
    for user_id in user_ids:
        desk.books.memory.bury(user_id, now=now)
        deleted += desk.clerk.delete_user(user_id)
        desk.books.users.unlink(user_id)
    return deleted


def _certified(lists: int, users: int, *, desk: MinorDesk, now: datetime, ids: Ids) -> ErasureId:
    """Certify what was deleted in single transactions: no fence, and no second scan."""
    erasure = Erasure(
        erasure_id=ErasureId(ids.make("era", now=now)),
        erasure_class=ErasureClass.IMMEDIATE.value,
        state=ErasureState.FINISHED,
        started_at=now,
        moved_at=now,
        swept_at=now,
        finished_at=now,
        stores=(
            StoreCount(store="fans", found=lists, deleted=lists),
            StoreCount(store="clerk", found=users, deleted=users),
        ),
    )
    for _ in range(_TRIES):
        try:
            return desk.erasure.erasures.certify(replace(erasure, version=None)).erasure_id
        except (Changed, AlreadyExists):
            continue
    raise Unavailable
