"""A fan on an artist's list: the values. Pure; `transitions.py` says how they may change.

A fan is two rows. The lock (`fan|…`) holds the status and is rewritten by its ETag in every change;
the fan's own row (`t|…`) holds the fields and is only ever written together with the lock.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.fans.keys import expiry_key, fan_id
from shared.platform.ids import BlastId, FanId

HISTORY_MAX: Final = 32
PENDING_FOR: Final = timedelta(days=30)  # product.md, Timers: pending fans older than 30 days go.
UNDO_FOR: Final = timedelta(days=7)
CONFIRM_FOR: Final = timedelta(hours=72)
MAIL_PAUSE: Final = timedelta(hours=24)  # One confirmation mail for a mailbox and artist.
SOFT_BOUNCES_MAX: Final = 3
SOFT_BOUNCE_WINDOW: Final = timedelta(days=30)


class FanStatus(StrEnum):
    """Whether a fan may be mailed. `erased` is what a lock says of a fan who is gone."""

    PENDING = "pending"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


LISTED: Final[tuple[FanStatus, ...]] = tuple(
    status for status in FanStatus if status is not FanStatus.ERASED
)


class SignUpDoor(StrEnum):
    """By which door a sign-up came: the form on our page, or JSON from somewhere else."""

    FORM = "form"
    JSON = "json"


class How(StrEnum):
    """What changed a status."""

    FORM = "form"
    JSON = "json"
    CONFIRMED = "confirmed"
    SINGLE_OPT_IN = "single_opt_in"
    ONE_CLICK = "one_click"
    LINK = "link"
    UNDONE = "undone"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    CORRECTED = "corrected"
    OBJECTED = "objected"  # By a privacy request, at every artist.


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fan about was at sign-up, or says to be. None is not known."""

    country: str | None = None  # ISO 3166-1 alpha-2.
    region: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What a visitor gave and what was known at that moment."""

    email: str  # As typed, without the space around it.
    mail_to: str | None  # The form that mail servers take, where it differs.
    mailbox: str  # The keyed hash of the address over all artists.
    place: Place
    page_slug: str
    source: str | None
    release_id: str | None
    notice_version: str
    at: datetime
    door: SignUpDoor


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A status, since when, and by what; of a sign-up, which words were agreed to."""

    status: FanStatus
    at: datetime
    how: How
    notice_version: str | None = None


@dataclass(frozen=True, slots=True)
class SoftBounce:
    """A mail of a blast that came back for a passing reason, and when it was first told.

    One mail may be told of several times: the blast tells mails apart. It is empty in old rows.
    """

    blast_id: BlastId
    at: datetime

    def is_of_the_mail_of(self, other: "SoftBounce") -> bool:
        """Tell whether both tell of one mail."""
        if not other.blast_id:
            return self.at == other.at
        return self.blast_id == other.blast_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The key row: the status, and what concerns confirmation. `etag` is the version read."""

    hashed: str
    status: FanStatus
    data_key: str | None = None
    door: SignUpDoor | None = None
    nonce: str | None = None  # Of the last confirmation mail; gone once it was used.
    mailed_at: datetime | None = None
    again: SignUp | None = None  # A renewed sign-up, until it is confirmed.
    expires: date | None = None  # The day under which an `x|` row stands.
    soft_bounces: tuple[SoftBounce, ...] = ()  # Of as many mails, oldest first.
    etag: str | None = None

    @property
    def expiry_key(self) -> str | None:
        """Return the key of the `x|` row that stands for this lock."""
        return expiry_key(self.hashed, day=self.expires) if self.expires else None

    @property
    def awaits_confirmation(self) -> bool:
        """Tell whether a confirmation would change anything."""
        return self.status is FanStatus.PENDING or self.again is not None

    @property
    def is_unreachable(self) -> bool:
        """Tell whether the address refused mail: no sign-up lifts that."""
        return self.status in {FanStatus.BOUNCED, FanStatus.COMPLAINED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """The data row: every field of a fan."""

    hashed: str
    data_key: str
    email: str
    mail_to: str | None
    mailbox: str
    status: FanStatus
    place: Place
    subscribed_at: datetime  # Of the first sign-up: the row's place in the list.
    page_slug: str
    notice_version: str
    history: tuple[HistoryEntry, ...]
    source: str | None = None
    release_id: str | None = None
    place_corrected: bool = False
    confirmed_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    since: datetime | None = None  # When the fan last became subscribed.
    left_at: datetime | None = None  # When the fan last ceased to be, for whatever reason.

    @property
    def fan_id(self) -> FanId:
        return fan_id(self.hashed)

    @property
    def address(self) -> str:
        """Return the address as mail servers take it."""
        return self.mail_to or self.email


@dataclass(frozen=True, slots=True)
class Change:
    """One more or one less of what is counted."""

    by: int
    day: date
    place: Place
    page_slug: str
    source: str | None
    status: FanStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A fan before and after: what one transaction makes true.

    `lock` None takes the key row away; `fan` None takes the data row away, where `was` had one.
    """

    before: Lock
    lock: Lock | None
    was: Fan | None
    fan: Fan | None

    @property
    def mailboxes_let_go(self) -> frozenset[str]:
        """Return the mailboxes of which nothing is held any more."""
        return mailboxes(self.before, self.was) - mailboxes(self.lock, self.fan)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return what the counters have to learn; nothing when no counted field differs."""
        gone = counted(self.was, by=-1) if self.was else None
        come = counted(self.fan, by=1) if self.fan else None
        if gone is not None and come is not None and replace(gone, by=1) == come:
            return ()
        return tuple(change for change in (gone, come) if change is not None)


def mailboxes(lock: Lock | None, fan: Fan | None) -> frozenset[str]:
    """Return the mailboxes under which a fan is held: of the record, of a waiting sign-up."""
    again = lock.again if lock else None
    return frozenset(holder.mailbox for holder in (fan, again) if holder is not None)


def counted(fan: Fan, *, by: int) -> Change:
    """Return a fan as the counters see one."""
    day = fan.subscribed_at.astimezone(UTC).date()
    return Change(by, day, fan.place, fan.page_slug, fan.source, fan.status)
