"""Who may have an account: nobody under thirteen.

The question is neutral and its answer is never stored. Who is too young is refused, and everything
known is erased at once, at Clerk too; a keyed hash of the user id refuses further tries for a day,
so that nobody is led to try another year. A repeat ends what a crash or Clerk's absence left.
"""

from datetime import date, datetime

from shared.artists import correcting
from shared.artists.books import FrontDesk
from shared.artists.clerk_memory import Mark
from shared.artists.model import MINIMUM_AGE_YEARS, Artist, age_on
from shared.platform import telemetry
from shared.platform.problems import Forbidden, Unauthenticated


def require(birth_date: date, user_id: str, *, desk: FrontDesk, now: datetime) -> None:
    """Let who is old enough go on.

    Raises:
        Forbidden: too young, now or within the last day.
        Unauthenticated: the user was deleted at Clerk.
        Unavailable: Clerk is away; repeating ends the erasure.
    """
    memory = desk.books.memory
    mark = memory.mark_of(user_id, now=now)
    if mark is Mark.DELETED:
        raise Unauthenticated("This user was deleted.")
    if mark is None and age_on(now.date(), birth_date=birth_date) >= MINIMUM_AGE_YEARS:
        return
    if mark is None:
        memory.refuse(user_id, now=now)
        telemetry.event("onboarding_refused", reason="not_eligible")
    _erase(user_id, desk=desk)
    raise Forbidden("This service cannot be used.", code="not_eligible")


def require_still(artist: Artist, *, desk: FrontDesk, now: datetime) -> None:
    """Take an account back whose user was deleted or refused while it was being made.

    Raises:
        Forbidden: said to be too young in another request.
        Unauthenticated: deleted at Clerk.
    """
    books, user_id = desk.books, artist.clerk_user_id
    # The link is made anew where an erasure that found no profile yet has taken it away.
    books.users.link(user_id, artist.artist_id)
    mark = books.memory.mark_of(user_id, now=now)
    if mark is None:
        return
    desk.erase_now(artist)
    telemetry.event("onboarding_taken_back", artist_id=artist.artist_id, reason=mark.value)
    if mark is Mark.REFUSED:
        raise Forbidden("This service cannot be used.", code="not_eligible")
    raise Unauthenticated("This user was deleted.")


def _erase(user_id: str, *, desk: FrontDesk) -> None:
    link = desk.books.users.find(user_id)
    if link is not None:
        account = desk.books.artists.account(link.artist_id)
        if account.artist is not None:
            desk.erase_now(account.artist)
        else:
            correcting.let_go_begun(account, link=link, books=desk.books)
    desk.clerk.delete_user(user_id)
