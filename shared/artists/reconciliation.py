"""The daily comparison with Clerk, both ways: what the webhooks missed.

Cost a day: a call to Clerk for each 500 users, a query for each 1,000 links and each 1,000
profiles, and beyond that only what differs: a call to Clerk for each missing user (the list may
have shifted while it was read), a query for each claim of a slug that was never used, for each
onboarding that was begun over a day ago, and the rows that change; and one scan of the accounts'
rows for such claims. Ten thousand artists are 20 calls and some 40 queries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.artists import clerk_events, correcting
from shared.artists.books import Books
from shared.artists.clerk_events import Outcome, UserGone
from shared.artists.clerk_memory import Mark
from shared.platform import telemetry
from shared.platform.clients.clerk import Clerk, ClerkUser
from shared.platform.ids import ArtistId, made_at

# Were more missing than this, the key of another instance is likelier than so many farewells.
MOST_GONE_AT_LEAST = 10
MOST_GONE_SHARE = 0.1
BEGUN_KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What the comparison found."""

    compared: int
    updated: int
    gone: int
    refused: int


def reconcile(*, books: Books, clerk: Clerk, user_gone: UserGone, now: datetime) -> Reconciled:
    """Take over what Clerk knows better; start the erasure of whom Clerk has deleted.

    Raises:
        Unavailable: Clerk is away. The next day catches up.
    """
    links = {link.user_id: link.artist_id for link in books.users.all()}
    profiles = list(books.artists.profiles())
    known = {user_id: version for _, user_id, version in profiles}
    _give_slugs_back(books=books, now=now)
    begun = {user_id: links[user_id] for user_id in links.keys() - known.keys()}
    _forget_begun(begun, books=books, now=now)
    orphans = [artist_id for artist_id, user_id, _ in profiles if user_id not in links]
    _let_orphans_go(orphans, books=books, user_gone=user_gone)
    users = {user.user_id: user for user in clerk.users()}
    updated = sum(
        clerk_events.apply(user, links[user_id], books=books) is Outcome.APPLIED
        for user_id, user in users.items()
        if user_id in links and user_id in known and user.updated_at > known[user_id]
    )
    found = Reconciled(
        compared=len(links),
        updated=updated,
        gone=_let_go(links, users, books=books, clerk=clerk, user_gone=user_gone, now=now),
        refused=_delete_refused(users, books=books, clerk=clerk, now=now),
    )
    telemetry.event(
        "clerk_reconciled", items=found.compared, count=updated, deleted=found.gone + found.refused
    )
    return found


def _give_slugs_back(*, books: Books, now: datetime) -> None:
    """Give back what an onboarding or a correction that broke off had claimed."""
    settled = now - correcting.CLAIM_SETTLES_WITHIN
    for artist_id in books.artists.with_unsettled_claims(before=settled):
        account = books.artists.account(artist_id)
        correcting.give_back_unused_slugs(account, artist_id=artist_id, books=books, now=now)


def _forget_begun(begun: Mapping[str, ArtistId], *, books: Books, now: datetime) -> None:
    """Forget who began an onboarding over a day ago and has nothing of it left."""
    for user_id, artist_id in begun.items():
        if made_at(artist_id) > now - BEGUN_KEPT_FOR:
            continue
        account = books.artists.account(artist_id)
        if account.artist is None and not account.slugs:
            books.users.unlink(user_id)


def _let_orphans_go(orphans: Iterable[ArtistId], *, books: Books, user_gone: UserGone) -> None:
    """Purge accounts whose user nobody knows: the link is the first row and the last."""
    for artist_id in orphans:
        artist = books.artists.by_id(artist_id)
        # Made while the links were read, it has one by now.
        if artist is not None and books.users.find(artist.clerk_user_id) is None:
            telemetry.alarm("account_without_user", artist_id=artist_id)
            user_gone(artist)


def _let_go(
    links: Mapping[str, ArtistId],
    users: Mapping[str, ClerkUser],
    *,
    books: Books,
    clerk: Clerk,
    user_gone: UserGone,
    now: datetime,
) -> int:
    missing = [user_id for user_id in links if user_id not in users]
    if len(missing) > max(MOST_GONE_AT_LEAST, len(links) * MOST_GONE_SHARE):
        telemetry.alarm("clerk_misses_too_many", count=len(missing), items=len(links))
        return 0
    gone = [user_id for user_id in missing if clerk.user(user_id) is None]
    for user_id in gone:
        clerk_events.gone(user_id, books=books, user_gone=user_gone, now=now)
    return len(gone)


def _delete_refused(
    users: Mapping[str, ClerkUser], *, books: Books, clerk: Clerk, now: datetime
) -> int:
    refused = set(books.memory.marked(Mark.REFUSED, now=now))
    if not refused:
        return 0
    left = [user_id for user_id in users if books.memory.hash_of(user_id) in refused]
    return sum(clerk.delete_user(user_id) for user_id in left)
