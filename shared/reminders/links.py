"""The signed link of a reminder mail: it names its actions and its day, and no person."""

from collections.abc import Sequence
from datetime import date, datetime

from shared.plans.model import DueAction
from shared.platform.ids import ActionId, ArtistId, PlanId
from shared.platform.problems import NotFound
from shared.platform.signing import Signer, TokenBroken
from shared.reminders.model import TaskLink

_PURPOSE = "daily-reminder"


def token(artist_id: ArtistId, *, day: date, actions: Sequence[DueAction], signer: Signer) -> str:
    """Return the token of a mail's page: the same for the same mail."""
    named = [part for one in actions for part in (one.plan_id, one.action_id)]
    return signer.sign([artist_id, day.isoformat(), *named], purpose=_PURPOSE)


def read(text: str, *, signer: Signer, now: datetime) -> TaskLink:
    """Return what a token names.

    Raises:
        NotFound: it is not ours, or older than 14 days.
    """
    try:
        artist_id, day, *named = (str(part) for part in signer.read(text, purpose=_PURPOSE))
    except TokenBroken:
        raise NotFound("This link is not valid.") from None
    link = TaskLink(
        artist_id=ArtistId(artist_id),
        day=date.fromisoformat(day),
        actions=tuple(
            (PlanId(plan), ActionId(action))
            for plan, action in zip(named[::2], named[1::2], strict=True)
        ),
    )
    if not link.is_open(now=now):
        raise NotFound("This link has ended. The next reminder brings a new one.")
    return link
