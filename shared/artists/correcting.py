"""Correcting a profile: every field that an artist gave, and the settings.

The order for a new slug, so that a crash anywhere leaves nothing that blocks anybody: the account
notes that it is about to claim the slug; the claim; then profile and notes change in one
transaction; then the old slug becomes a redirect. A claim that was never used is found by its note
and given back (by the next correction, or nightly) once no request can still be working on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from shared.artists import reading, reply_to
from shared.artists.books import Books, FrontDesk
from shared.artists.clerk_users import ClerkLink
from shared.artists.model import SLUG_KEPT_FOR, Account, Artist, ArtistSettings, Link, SlugUse
from shared.artists.views import onboarded
from shared.platform import etags
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Conflict, Forbidden, StalePrecondition, TooMany
from shared.platform.storage.faults import Changed, Missing

MOST_FORMER_SLUGS = 5
CLAIM_SETTLES_WITHIN = timedelta(hours=1)  # No request runs as long.
_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What to change, and how it was asked for."""

    changes: Mapping[str, Any]  # By the API's field names; only what was given.
    signed_in_freshly: bool
    if_match: str | None = None


def correct(
    artist_id: ArtistId, correction: Correction, *, desk: FrontDesk, now: datetime, ids: Ids
) -> Account:
    """Change what differs, and return the account as it then is.

    Raises:
        NotFound: before onboarding.
        Forbidden: the account is closing, or a new reply address without a recent sign-in.
        StalePrecondition: If-Match names another version.
        Conflict: the slug is somebody else's.
    """
    for _ in range(_TRIES):
        account = desk.books.artists.account(artist_id)
        etags.require_match(correction.if_match, reading.etag_of(account))
        artist = open_artist(account)
        wanted = _corrected(artist, correction, now=now, ids=ids)
        try:
            _keep(wanted, before=artist, account=account, desk=desk, now=now)
        except (Changed, Missing):
            if correction.if_match is not None:
                raise StalePrecondition("It was changed in the meantime.") from None
            continue
        if wanted.keeps_other_hours_than(artist):
            for hook in desk.on_settings_changed:
                hook(wanted, now=now)
        return desk.books.artists.account(artist_id) if wanted != artist else account
    raise Conflict("The profile is being changed elsewhere just now.")


def open_artist(account: Account) -> Artist:
    """Return the account's artist when it may be changed.

    Raises:
        NotFound: before onboarding.
        Forbidden: the account is closing.
    """
    artist = onboarded(account)
    if not artist.is_open:
        raise Forbidden("The account is being deleted. It can be restored.", code="account_closing")
    return artist


def give_back_unused_slugs(
    account: Account,
    *,
    artist_id: ArtistId,
    books: Books,
    now: datetime,
    keep: frozenset[str] = frozenset(),
) -> None:
    """Give back slugs that a crashed request claimed and never used, and retire left ones.

    Args:
        account: as it was read; its notes may be older than a change that this request has made.
        keep: slugs that stay as they are whatever their notes say: the one that is current now.
    """
    stays = keep | ({account.artist.slug} if account.artist else set())
    for held in account.slugs:
        if held.slug in stays:
            continue
        if held.use is SlugUse.FORMER and held.until is not None:
            books.slugs.retire(held.slug, artist_id, until=held.until)
        elif held.use is SlugUse.CLAIMED and held.noted_at + CLAIM_SETTLES_WITHIN < now:
            books.slugs.release(held.slug, artist_id)
            books.artists.forget_slug(artist_id, held.slug)


def let_go_begun(account: Account, *, link: ClerkLink, books: Books) -> None:
    """Let go of an onboarding that has no profile yet: its slugs, and its user."""
    for held in account.slugs:
        books.slugs.release(held.slug, link.artist_id)
        books.artists.forget_slug(link.artist_id, held.slug)
    books.users.unlink(link.user_id)


def _corrected(artist: Artist, correction: Correction, *, now: datetime, ids: Ids) -> Artist:
    changes = dict(correction.changes)
    settings = changes.pop("settings", None)
    asks_reply_to = "reply_to" in changes
    address = changes.pop("reply_to", None)
    if "links" in changes:
        changes["links"] = tuple(Link(**item) for item in changes["links"])
    wanted = replace(artist, **changes)
    if settings is not None:
        wanted = replace(wanted, settings=_settings(artist.settings, settings))
    if asks_reply_to:
        wanted = reply_to.asked(wanted, address, now=now, ids=ids)
        if wanted.replies_differ_from(artist) and not correction.signed_in_freshly:
            raise Forbidden(
                "Please sign in again: a new reply address needs a sign-in of the last ten"
                " minutes.",
                code="reauthentication_required",
            )
    return wanted


def _settings(chosen: ArtistSettings, changes: Mapping[str, Any]) -> ArtistSettings:
    simple = {name: value for name, value in changes.items() if name != "capture"}
    if "reminder_time" in simple:
        simple["reminder_time"] = time.fromisoformat(simple["reminder_time"])
    look = replace(chosen.capture, **changes.get("capture", {}))
    return replace(chosen, **simple, capture=look)


def _keep(
    wanted: Artist, *, before: Artist, account: Account, desk: FrontDesk, now: datetime
) -> None:
    books = desk.books
    if wanted == before:
        books.slugs.claim(before.slug, before.artist_id, now=now)
    elif wanted.slug == before.slug:
        books.slugs.claim(before.slug, before.artist_id, now=now)
        reply_to.order_confirmation(wanted, before=before, outbox=desk.outbox)
        books.artists.replace(wanted)
    else:
        _require_room_for_another(wanted.slug, account, now=now)
        claim_slug(wanted.slug, wanted.artist_id, desk=desk, now=now)
        reply_to.order_confirmation(wanted, before=before, outbox=desk.outbox)
        until = now + SLUG_KEPT_FOR
        books.artists.replace_with_slug(wanted, former=before.slug, now=now, until=until)
        books.slugs.retire(before.slug, before.artist_id, until=until)
    keep = frozenset({before.slug, wanted.slug})
    give_back_unused_slugs(account, artist_id=before.artist_id, books=books, now=now, keep=keep)


def _require_room_for_another(slug: str, account: Account, *, now: datetime) -> None:
    """Let nobody keep ever more names away from others, each for 90 days.

    Raises:
        TooMany: as many former slugs lead to this artist already.
    """
    ends = sorted(
        held.until
        for held in account.slugs
        if held.use is SlugUse.FORMER and held.until and held.until > now and held.slug != slug
    )
    if len(ends) >= MOST_FORMER_SLUGS:
        raise TooMany(
            "Your former slugs still lead to your page. When one of them ends, choose a new one.",
            retry_after=ends[0] - now,
        )


def claim_slug(slug: str, artist_id: ArtistId, *, desk: FrontDesk, now: datetime) -> None:
    """Claim a slug, with the note that lets it be found again.

    Raises:
        Conflict: it is somebody else's; the note is gone again.
    """
    noted = desk.books.artists.intend_slug(artist_id, slug, now=now)
    try:
        desk.books.slugs.claim(slug, artist_id, now=now)
    except Conflict:
        if noted:
            desk.books.artists.forget_slug(artist_id, slug)
        raise
