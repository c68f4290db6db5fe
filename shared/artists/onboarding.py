"""Onboarding: from a Clerk user to an artist with a page.

The order, and what a crash after each step leaves:

1. the link from the Clerk user to a new artist id: a retry goes on with the same id, and two
   requests of one user at once agree on it;
2. a note in the account that a slug is about to be claimed, and the claim: the retry finds its own
   claim; with another slug the first one is given back;
3. the fan list's fences: they let nobody in, since there is no page yet;
4. the order of a reply address's confirmation: it finds nothing to confirm;
5. the profile, with the slug's note as current, in one transaction: from here the account exists;
6. a look whether the user was deleted or refused in the meantime. Who erases marks the user before
   looking for a profile, so that one of the two sees the other.

A repeated `PUT /api/me` does what is missing and changes what differs.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shared.artists import correcting, eligibility, reply_to
from shared.artists.books import FrontDesk
from shared.artists.correcting import Correction
from shared.artists.model import Account, Artist, Link, SignIn
from shared.artists.schemas import Onboarding
from shared.platform import telemetry
from shared.platform.clients.clerk import ClerkUser
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Invalid, Unauthenticated
from shared.platform.storage.faults import AlreadyExists

OLDEST = timedelta(days=130 * 366)
FIRST_EPOCH = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Who onboards."""

    user_id: str
    artist_id: ArtistId | None  # From an earlier try, or when the account exists.
    signed_in_freshly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarded:
    """The account, and whether this request made it."""

    account: Account
    is_new: bool


def onboard(
    form: Onboarding, *, applicant: Applicant, desk: FrontDesk, now: datetime, ids: Ids
) -> Onboarded:
    """Make the applicant's account, or mend and correct it when it is there.

    Raises:
        Forbidden: not eligible, or the account is closing.
        Invalid: a birth date that nobody alive has.
        Conflict: the slug is somebody else's.
        Unauthenticated: Clerk does not know the user any more.
        Unavailable: Clerk is away.
    """
    birth_date = _plausible(form.birth_date, today=now.date())
    eligibility.require(birth_date, applicant.user_id, desk=desk, now=now)
    account = desk.books.artists.account(applicant.artist_id) if applicant.artist_id else None
    if account is not None and account.artist is not None:
        return _again(form, account.artist, applicant=applicant, desk=desk, now=now, ids=ids)
    user = desk.clerk.user(applicant.user_id)
    if user is None:
        raise Unauthenticated("Clerk does not know this user any more.")
    artist_id = desk.books.users.link(user.user_id, ArtistId(ids.make("art", now=now)))
    correcting.claim_slug(form.slug, artist_id, desk=desk, now=now)
    desk.open_list(artist_id, epoch=FIRST_EPOCH)
    artist = _artist(form, user, artist_id=artist_id, now=now, ids=ids)
    reply_to.order_confirmation(artist, before=None, outbox=desk.outbox)
    try:
        desk.books.artists.add(artist)
    except AlreadyExists:
        return _again(form, artist, applicant=applicant, desk=desk, now=now, ids=ids)
    eligibility.require_still(artist, desk=desk, now=now)
    desk.books.audit.record(artist_id, "account_opened", now=now, ids=ids, once=artist_id)
    telemetry.event("artist_onboarded", artist_id=artist_id)
    return Onboarded(account=desk.books.artists.account(artist_id), is_new=True)


def _again(
    form: Onboarding,
    artist: Artist,
    *,
    applicant: Applicant,
    desk: FrontDesk,
    now: datetime,
    ids: Ids,
) -> Onboarded:
    correction = Correction(changes=form.changes(), signed_in_freshly=applicant.signed_in_freshly)
    account = correcting.correct(artist.artist_id, correction, desk=desk, now=now, ids=ids)
    held = account.artist
    if held is not None:
        desk.open_list(held.artist_id, epoch=held.epoch)
    return Onboarded(account=account, is_new=False)


def _plausible(birth_date: date, *, today: date) -> date:
    if not today - OLDEST <= birth_date <= today:
        raise Invalid.field("birth_date", "This is not a birth date of anybody alive.")
    return birth_date


def _artist(
    form: Onboarding, user: ClerkUser, *, artist_id: ArtistId, now: datetime, ids: Ids
) -> Artist:
    changes: dict[str, Any] = form.changes()
    address = changes.pop("reply_to", None)
    links = tuple(Link(**item) for item in changes.pop("links", []))
    artist = Artist(
        artist_id=artist_id,
        clerk_user_id=user.user_id,
        clerk_updated_at=user.updated_at,
        email=user.email,
        sign_in=SignIn(provider=user.provider, provider_user_id=user.provider_user_id),
        age_checked_at=now,
        created_at=now,
        links=links,
        **changes,
    )
    return reply_to.asked(artist, address, now=now, ids=ids) if address else artist
