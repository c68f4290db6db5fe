"""What follows a sign-up: the person's index row, the expiry, single opt-in, or one mail in a day.

The page answered everybody alike; here is what it need not know. The order of writes is that of
docs/SENDING.md: what must be erasable and what must expire comes before any mail, each cap is
claimed before the mail, and the nonce tells a redelivered order its own claims.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from shared.artists.model import AccountState, Artist
from shared.artists.store import ArtistStore
from shared.capture import confirmation_letter
from shared.capture.caps import ArtistMailCap
from shared.capture.confirmation_letter import Claim
from shared.fans import keys, transitions
from shared.fans.changing import FanChanges
from shared.fans.folding import FanCounters
from shared.fans.joining import NOBODY
from shared.fans.mailboxes import MailboxStamps
from shared.fans.model import Fan, FanStatus, Lock, SignUp, Step
from shared.fans.store import FanStore
from shared.fans.tokens import FanRef, FanTokens
from shared.mail.letters import Letterhead
from shared.mail.orders import Order
from shared.mail.outbox import Outbox, Template
from shared.mail.postman import Postman
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import GiveUp, RetryLater

LOOKED_FOR: Final = timedelta(minutes=2)  # An order came before its sign-up; then it has none.
LOOKED_AGAIN_AFTER: Final = timedelta(seconds=15)
WAITS_AT_MOST: Final = timedelta(hours=72)
WAIT: Final = timedelta(minutes=20)


class Dropped(StrEnum):
    """Why an order has no mail. None of these is a fault, and the page tells none of them."""

    NO_SIGN_UP = "no_sign_up"
    NOTHING_TO_CONFIRM = "nothing_to_confirm"
    SIGNED_UP_SINCE = "signed_up_since"  # What waits is a later sign-up: it has its own order.
    ARTIST_CLOSED = "artist_closed"
    MAILBOX_REFUSED = "mailbox_refused"
    ASKED_TODAY = "asked_today"
    MAILBOX_CAPPED = "mailbox_capped"
    WAITED_TOO_LONG = "waited_too_long"
    OPTED_IN_SINGLY = "opted_in_singly"


# An order that waited for the cap and ends so has not told the cap yet that it waits no more.
_BEFORE_THE_CAP: Final = frozenset(
    {
        Dropped.NO_SIGN_UP,
        Dropped.NOTHING_TO_CONFIRM,
        Dropped.ARTIST_CLOSED,
        Dropped.MAILBOX_REFUSED,
        Dropped.OPTED_IN_SINGLY,
    }
)


class IsRefused(Protocol):
    """Tells whether a mailbox refused mail, at any artist."""

    def __call__(self, mailbox: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationDesk:
    """What orders of confirmations are fulfilled with."""

    fans: FanStore
    changes: FanChanges
    counters: FanCounters
    stamps: MailboxStamps
    cap: ArtistMailCap
    artists: ArtistStore
    tokens: FanTokens
    outbox: Outbox
    head: Letterhead
    is_refused: IsRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An order, read."""

    artist_id: ArtistId
    hashed: str
    nonce: str
    at: datetime
    seen: str  # The fan's status when the page looked.
    waited: bool

    @property
    def is_renewal(self) -> bool:
        """Tell whether the page was to write a renewed sign-up."""
        return self.seen in {FanStatus.UNSUBSCRIBED, FanStatus.ERASED}

    def is_older_than(self, again: SignUp | None) -> bool:
        """Tell whether a renewed sign-up came after this order's own was over.

        A redelivered order must not claim the mail of a sign-up after an erasure: its own mail has
        gone out, so that no other would, and a link of before would confirm what came after.
        """
        return again is not None and int(self.at.timestamp()) < int(again.at.timestamp())

    @classmethod
    def of(cls, order: Order) -> "Asked":
        """Return what an order asks for.

        Raises:
            GiveUp: it is malformed, and never becomes right.
        """
        hashed = keys.hash_of(order.text("fan_id"))
        at = order.ids.get("asked_at")
        if hashed is None or not isinstance(at, int):
            raise GiveUp("order_malformed")
        return cls(
            artist_id=ArtistId(order.text("artist_id")),
            hashed=hashed,
            nonce=order.text("nonce"),
            at=datetime.fromtimestamp(at, UTC),
            seen=order.text("seen"),
            waited=bool(order.ids.get("waited")),
        )


def fulfil(order: Order, *, desk: ConfirmationDesk, postman: Postman, now: datetime) -> None:
    """Do what follows a sign-up, at most once however often the order is delivered.

    Raises:
        RetryLater: the fan or a cap moved, or the provider's answer is not known.
        GiveUp: the order is malformed, or the provider will never take the mail.
    """
    asked = Asked.of(order)
    dropped = _done_or_dropped(asked, desk=desk, postman=postman, now=now)
    if dropped is not None:
        if asked.waited and dropped in _BEFORE_THE_CAP:
            desk.cap.give_up(asked.artist_id, now=now)
        desk.counters.fold(asked.artist_id, keys.shard_of(asked.hashed), now=now)
        telemetry.event("confirmation_not_mailed", reason=dropped.value)


def _done_or_dropped(
    asked: Asked, *, desk: ConfirmationDesk, postman: Postman, now: datetime
) -> Dropped | None:
    lock = desk.fans.lock(asked.artist_id, asked.hashed)
    if lock is None or not (lock.awaits_confirmation or lock.is_unreachable):
        return _looked_for(asked, lock, desk=desk, now=now)
    fan = desk.fans.fan(asked.artist_id, lock)
    mailbox = _mailbox(lock, fan)
    if lock.is_unreachable or mailbox is None:
        return Dropped.NOTHING_TO_CONFIRM
    artist = desk.artists.by_id(asked.artist_id)
    if artist is None or artist.state is AccountState.PURGING:
        return Dropped.ARTIST_CLOSED
    desk.changes.index(asked.artist_id, lock, fan)
    _expire(asked, lock, desk=desk)
    return _answered(asked, artist, fan, mailbox, desk=desk, postman=postman, now=now)


def _answered(
    asked: Asked,
    artist: Artist,
    fan: Fan | None,
    mailbox: str,
    *,
    desk: ConfirmationDesk,
    postman: Postman,
    now: datetime,
) -> Dropped | None:
    if not artist.is_open:
        return _until_restored(asked, desk=desk, now=now)
    if desk.is_refused(mailbox):
        return Dropped.MAILBOX_REFUSED
    if _opted_in(asked, artist, fan, desk=desk, now=now):
        return Dropped.OPTED_IN_SINGLY
    return _mailed(asked, artist, mailbox, desk=desk, postman=postman, now=now)


def _looked_for(
    asked: Asked, lock: Lock | None, *, desk: ConfirmationDesk, now: datetime
) -> Dropped | None:
    """Put an order back whose sign-up is not written yet; it will be within moments, or never."""
    may_come = asked.is_renewal if lock else asked.seen == NOBODY
    if not may_come or (lock and lock.status is FanStatus.SUBSCRIBED):
        return Dropped.NOTHING_TO_CONFIRM
    # An order from far ahead was made under a clock that has been set back: nothing will come.
    if abs(now - asked.at) >= LOOKED_FOR:
        return Dropped.NO_SIGN_UP
    artist = desk.artists.by_id(asked.artist_id)
    if artist is None or not artist.is_open:
        return Dropped.ARTIST_CLOSED
    _put_back(asked, waited=False, delay=LOOKED_AGAIN_AFTER, desk=desk)
    return None


def _mailed(
    asked: Asked,
    artist: Artist,
    mailbox: str,
    *,
    desk: ConfirmationDesk,
    postman: Postman,
    now: datetime,
) -> Dropped | None:
    lock = desk.fans.lock(asked.artist_id, asked.hashed)
    if lock is None or not lock.awaits_confirmation:
        return Dropped.NOTHING_TO_CONFIRM
    if lock.nonce != asked.nonce:
        refused = _over_a_cap(asked, lock, mailbox, desk=desk, now=now)
        if refused is not None:
            return refused
        if not desk.cap.claim(asked.artist_id, waited=asked.waited, now=now):
            return _wait(asked, desk=desk, now=now)
        if not _claim(asked, desk=desk, now=now):
            return Dropped.ASKED_TODAY
        lock = replace(lock, nonce=asked.nonce, mailed_at=now)
    if not desk.stamps.claim(mailbox, nonce=asked.nonce, now=now):
        return Dropped.MAILBOX_CAPPED
    to = _address(lock, desk.fans.fan(asked.artist_id, lock))
    if to is None or lock.mailed_at is None:
        raise RetryLater("fan_moved")
    claim = Claim(fan=FanRef(asked.artist_id, asked.hashed), nonce=asked.nonce, at=lock.mailed_at)
    mail = confirmation_letter.written(
        claim, to=to, artist_name=artist.artist_name, tokens=desk.tokens, head=desk.head
    )
    postman.send(mail, idempotency_key=claim.idempotency_key)
    telemetry.event("confirmation_mailed", artist_id=asked.artist_id)
    # Last: whatever is wrong with a shard's counters, it keeps nobody's mail back.
    desk.counters.fold(asked.artist_id, keys.shard_of(asked.hashed), now=now)
    return None


def _over_a_cap(
    asked: Asked, lock: Lock, mailbox: str, *, desk: ConfirmationDesk, now: datetime
) -> Dropped | None:
    """Look at the caps before any is claimed, so that a flood uses up nobody's permits."""
    reason: Dropped | None = None
    if asked.is_older_than(lock.again):
        reason = Dropped.SIGNED_UP_SINCE
    elif not transitions.may_be_mailed(lock, now=now):
        reason = Dropped.ASKED_TODAY
    elif not desk.stamps.has_room(mailbox, now=now):
        reason = Dropped.MAILBOX_CAPPED
    if reason is not None and asked.waited:
        desk.cap.give_up(asked.artist_id, now=now)
    return reason


def _until_restored(asked: Asked, *, desk: ConfirmationDesk, now: datetime) -> Dropped | None:
    """Put an order back whose artist is leaving, and may yet stay."""
    if now - asked.at >= WAITS_AT_MOST:
        return Dropped.ARTIST_CLOSED
    _put_back(asked, waited=asked.waited, delay=WAIT, desk=desk)
    return None


def _wait(asked: Asked, *, desk: ConfirmationDesk, now: datetime) -> Dropped | None:
    if now - asked.at >= WAITS_AT_MOST:
        desk.cap.give_up(asked.artist_id, now=now)
        return Dropped.WAITED_TOO_LONG
    # Last of all: a fault after it would leave two orders where one was.
    desk.counters.order_fold(asked.artist_id, keys.shard_of(asked.hashed))
    _put_back(asked, waited=True, delay=WAIT, desk=desk)
    telemetry.event("confirmation_waits", artist_id=asked.artist_id)
    return None


def _put_back(asked: Asked, *, waited: bool, delay: timedelta, desk: ConfirmationDesk) -> None:
    desk.outbox.order(
        Template.FAN_CONFIRMATION,
        delay=delay,
        artist_id=asked.artist_id,
        fan_id=keys.fan_id(asked.hashed),
        nonce=asked.nonce,
        asked_at=int(asked.at.timestamp()),
        seen=asked.seen,
        waited=int(waited),
    )


def _expire(asked: Asked, seen: Lock, *, desk: ConfirmationDesk) -> None:
    """See to it that a sign-up goes 30 days after it was last asked for, and not before."""

    def expiring(lock: Lock, fan: Fan | None) -> Step | None:
        later = transitions.expiring(lock, now=asked.at)
        if not lock.awaits_confirmation or later == lock:
            return None
        return Step(before=lock, lock=later, was=fan, fan=fan)

    if transitions.expiring(seen, now=asked.at) != seen:
        desk.changes.change(asked.artist_id, asked.hashed, expiring)


def _opted_in(
    asked: Asked, artist: Artist, fan: Fan | None, *, desk: ConfirmationDesk, now: datetime
) -> bool:
    if artist.settings.double_opt_in or fan is None:
        return False
    opted_in: list[bool] = []

    def opt_in(lock: Lock, found: Fan | None) -> Step | None:
        may = found is not None and transitions.may_opt_in_singly(lock, found)
        opted_in.append(may)
        return transitions.opted_in_singly(lock, found, now=now) if found and may else None

    desk.changes.change(asked.artist_id, asked.hashed, opt_in)
    return opted_in[-1]


def _claim(asked: Asked, *, desk: ConfirmationDesk, now: datetime) -> bool:
    """Claim the day's one mail to this fan, and tell whether this order has it."""
    claimed: list[bool] = []

    def claim(lock: Lock, fan: Fan | None) -> Step | None:
        waits = lock.awaits_confirmation and not asked.is_older_than(lock.again)
        may = waits and transitions.may_be_mailed(lock, now=now)
        claimed.append(may)
        if not may:
            return None
        held = transitions.claimed(lock, nonce=asked.nonce, now=now)
        return Step(before=lock, lock=held, was=fan, fan=fan)

    desk.changes.change(asked.artist_id, asked.hashed, claim)
    return claimed[-1]


def _address(lock: Lock, fan: Fan | None) -> str | None:
    if lock.again is not None:
        return lock.again.mail_to or lock.again.email
    return fan.address if fan else None


def _mailbox(lock: Lock, fan: Fan | None) -> str | None:
    if lock.again is not None:
        return lock.again.mailbox
    return fan.mailbox if fan else None
