"""The end of an account: its slugs, its rows, the Clerk user, and last the link from there to here.

The order lets any crash be repeated: slugs are withheld while the rows still name them, and the
link by which the account is found goes after everything that it leads to.
"""

from datetime import datetime

from shared.artists.books import Books
from shared.artists.searching import AccountSearch
from shared.platform.clients.clerk import Clerk
from shared.platform.ids import ArtistId


def erase_account(
    artist_id: ArtistId,
    user_id: str | None,
    *,
    books: Books,
    search: AccountSearch,
    clerk: Clerk,
    now: datetime,
) -> int:
    """Take an account's own rows away, here and at Clerk, and count what was there.

    Raises:
        Unavailable: Clerk is away; repeating goes on where it ended.
    """
    deleted = 0
    for held in books.artists.account(artist_id).slugs:
        books.slugs.withhold(held.slug, artist_id, now=now)
    if user_id is not None:
        books.memory.bury(user_id, now=now)
        deleted += clerk.delete_user(user_id)
    deleted += search.forget(artist_id)
    if user_id is not None:
        link = books.users.find(user_id)
        if link is not None and link.artist_id == artist_id:
            books.users.unlink(user_id)
            deleted += 1
    return deleted
