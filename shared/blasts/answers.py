"""The table of answers: what the provider's answer to a chunk's call means. Pure.

Sources of the statuses and names: resend.com/docs/api-reference/errors, read on 2026-11-23.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from shared.blasts import ledger
from shared.blasts.ledger import NONE, Chunk, Claim, Positions
from shared.blasts.model import StopReason
from shared.platform.clients.resend import Sending

_QUOTAS: Final = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
_REFUSES_US: Final = frozenset({401, 403, 451})
# A 408 may come from a gate in front of a provider that took the call, and a 409 that names neither
# of its two reasons says that this key is known, not what for: a new key could mail people twice.
_SAYS_TOO_LITTLE: Final = frozenset({408, 409})
# In doubt the same is asked again after these times; together they stay within 24 hours.
DOUBT_WAITS: Final[Sequence[timedelta]] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=6),
)
USUAL_WAIT: Final = timedelta(seconds=2)  # After a 429 that names no time.
# A row that nobody takes waits a quarter of the time since its first claim: an hour of refusals is
# some thirty tries of it and not a thousand, and what waited does not come back all at once.
WAIT_SHARE: Final = 4
LONGEST_WAIT: Final = timedelta(minutes=10)


class Outcome(Enum):
    """What is known after a call."""

    TAKEN = auto()
    ANOTHER_TAKEN = auto()  # An earlier list under this key; nothing was sent now.
    NOTHING_DONE = auto()
    REFUSED_WHOLE = auto()  # No list under this key was taken.
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer, judged. `refused` are positions of the chunk."""

    outcome: Outcome
    refused: Positions = NONE
    wait: timedelta | None = None
    stop: StopReason | None = None


NOT_SENT: Final = Verdict(outcome=Outcome.NOTHING_DONE, wait=USUAL_WAIT)
NO_ANSWER: Final = Verdict(outcome=Outcome.UNKNOWN)


def judged(sending: Sending, listed: Positions, *, asked_before: bool = False) -> Verdict:
    """Return what an answer to a call for this list means.

    Args:
        asked_before: whether an earlier call under the same key may have been taken. Then only the
            provider itself can tell that none was: a gate before it refuses without knowing.
    """
    status, name = sending.status, sending.name
    if status == 200:
        return _success(sending, listed)
    if name == "invalid_idempotent_request":
        return Verdict(outcome=Outcome.ANOTHER_TAKEN)
    if stop := _stop(status, name):
        return Verdict(outcome=Outcome.NOTHING_DONE, stop=stop)
    if status == 429 or name == "concurrent_idempotent_requests":
        return Verdict(outcome=Outcome.NOTHING_DONE, wait=sending.retry_after or USUAL_WAIT)
    says_too_little = status in _SAYS_TOO_LITTLE or (asked_before and not name)
    if says_too_little or not 400 <= status < 500:
        return NO_ANSWER
    return Verdict(outcome=Outcome.REFUSED_WHOLE)


def _stop(status: int, name: str) -> StopReason | None:
    """Return why nobody else should try either, or None."""
    if name in _QUOTAS:
        return StopReason.QUOTA
    return StopReason.PROVIDER_REFUSED if status in _REFUSES_US else None


def applied(chunk: Chunk, claim: Claim, verdict: Verdict, *, now: datetime) -> Chunk:
    """Return the chunk as a verdict leaves it, cuts aside. Never over an `a`."""
    match verdict.outcome:
        case Outcome.TAKEN:
            return ledger.taken(chunk, claim, refused=verdict.refused)
        case Outcome.ANOTHER_TAKEN:
            return ledger.another_was_taken(chunk, claim)
        case Outcome.NOTHING_DONE:
            undone = ledger.nothing_was_done(chunk, claim, now=now)
            return replace(undone, waits_until=now + verdict.wait if verdict.wait else None)
        case Outcome.REFUSED_WHOLE:
            return ledger.refused_whole(chunk, claim)
        case Outcome.UNKNOWN:
            return chunk


def with_growing_wait(verdict: Verdict, first_tried_at: datetime | None, now: datetime) -> Verdict:
    """Return a verdict that nothing was done with a wait that fits how long that has gone on.

    Never less than the provider asked for.
    """
    if verdict.outcome is not Outcome.NOTHING_DONE or verdict.stop is not None:
        return verdict
    tried_for = now - first_tried_at if first_tried_at else timedelta(0)
    grown = min(tried_for / WAIT_SHARE, LONGEST_WAIT)
    return replace(verdict, wait=max(verdict.wait or USUAL_WAIT, grown))


def wait_in_doubt(attempt: int) -> timedelta | None:
    """Return when to ask again what is in doubt after so many attempts; None: the watch does."""
    return DOUBT_WAITS[attempt] if attempt < len(DOUBT_WAITS) else None


def _success(sending: Sending, listed: Positions) -> Verdict:
    if sending.accepted is None:
        return NO_ANSWER
    order = sorted(listed)
    refused = frozenset(order[index] for index in sending.refused if index < len(order))
    return Verdict(outcome=Outcome.TAKEN, refused=refused)
