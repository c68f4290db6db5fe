"""An artist and the account's states. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.platform.ids import ArtistId, ErasureId

MINIMUM_AGE_YEARS = 13
SLUG_KEPT_FOR = timedelta(days=90)  # As a redirect, after a change.
REPLY_TO_LINK_VALID_FOR = timedelta(hours=72)


class AccountState(StrEnum):
    """An account is open, closing (in the grace before its purge), or being purged."""

    OPEN = "open"
    CLOSING = "closing"
    PURGING = "purging"  # Nothing leads back from here.


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How the artist signs in, as Clerk tells."""

    provider: str | None = None
    provider_user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion that was asked for and has not begun to purge."""

    requested_at: datetime
    purge_after: datetime
    purge_deadline: datetime
    erasure_id: ErasureId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLook:
    """What the artist says and shows on the capture page."""

    headline: str | None = None
    thank_you: str | None = None
    accent_colour: str | None = None  # `#rrggbb`
    notice_addition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistSettings:
    """What the artist chose, with the product's defaults."""

    reminder_time: time = time(9, 0)  # In the artist's own time zone.
    reminders_enabled: bool = True
    double_opt_in: bool = True
    capture: CaptureLook = field(default_factory=CaptureLook)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that the artist shows."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReplyTo:
    """An address that waits for the click in the mail that went to it.

    `reference` is random and stands in the link, so that a link answers for one address only.
    """

    address: str
    reference: str
    asked_at: datetime

    def is_open(self, *, now: datetime) -> bool:
        """Tell whether the link in the mail still counts."""
        return now < self.asked_at + REPLY_TO_LINK_VALID_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    """An onboarded artist's account.

    `epoch` grows with each closing and restoring; fence rows of the fan list carry it, so that a
    late step of a deletion never undoes a restore.
    """

    artist_id: ArtistId
    clerk_user_id: str
    clerk_updated_at: int
    email: str | None
    sign_in: SignIn
    artist_name: str
    slug: str
    time_zone: str
    age_checked_at: datetime
    created_at: datetime
    bio: str | None = None
    sender_name: str | None = None
    postal_address: str | None = None
    reply_to: str | None = None
    reply_to_reference: str | None = None  # Of the confirmation that let it count.
    pending_reply_to: PendingReplyTo | None = None
    reply_to_asks: int = 0  # Mails to new reply addresses since then, so that they stay few.
    reply_to_asks_since: datetime | None = None
    links: tuple[Link, ...] = ()
    settings: ArtistSettings = field(default_factory=ArtistSettings)
    state: AccountState = AccountState.OPEN
    epoch: int = 1
    deletion: Deletion | None = None
    version: str | None = None  # The row's ETag; None before it is stored.

    @property
    def legal_sender(self) -> str:
        """Return the name that stands in mails as their sender."""
        return self.sender_name or self.artist_name

    @property
    def may_send(self) -> bool:
        """Tell whether the law's sender line of a blast is complete."""
        return bool(self.legal_sender.strip() and (self.postal_address or "").strip())

    @property
    def is_open(self) -> bool:
        """Tell whether the account is neither closing nor being purged."""
        return self.state is AccountState.OPEN

    def day(self, now: datetime) -> date:
        """Return the calendar date that it is where the artist lives."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def owns_address(self, address: str) -> bool:
        """Tell whether an address is the one that Clerk has verified for this account."""
        return self.email is not None and same_address(self.email, address)

    def replies_differ_from(self, other: "Artist") -> bool:
        """Tell whether fans' replies would go, or may soon go, elsewhere."""
        return (self.reply_to, self.pending_reply_to) != (other.reply_to, other.pending_reply_to)

    def keeps_other_hours_than(self, other: "Artist") -> bool:
        """Tell whether the zone differs, or when (or whether) reminders are wanted."""
        mine, theirs = self.settings, other.settings
        return (
            self.time_zone != other.time_zone
            or mine.reminder_time != theirs.reminder_time
            or mine.reminders_enabled != theirs.reminders_enabled
        )

    def closing(self, deletion: Deletion) -> "Artist":
        """Return the account in the grace of a deletion."""
        return replace(self, state=AccountState.CLOSING, deletion=deletion, epoch=self.epoch + 1)

    def restored(self) -> "Artist":
        """Return the account as it is after a restore."""
        return replace(self, state=AccountState.OPEN, deletion=None, epoch=self.epoch + 1)

    def purging(self) -> "Artist":
        """Return the account as it is once its purge has begun."""
        return replace(self, state=AccountState.PURGING)


class Processing(StrEnum):
    """What an artist may object to: processing on the ground of a legitimate interest."""

    PRODUCT_ANALYTICS = "product_analytics"
    SERVICE_IMPROVEMENT = "service_improvement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection: in force from its moment on."""

    processing: Processing
    objected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A consent, with the wording that was agreed to. A withdrawn one stays as a record."""

    purpose: str
    granted_at: datetime
    wording_version: str
    withdrawn_at: datetime | None = None

    @property
    def is_given(self) -> bool:
        """Tell whether the consent is in force."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """A notice in the product."""

    banner_id: str
    kind: str
    text: str
    link: str | None
    since: datetime
    dismissed_at: datetime | None = None


class SpotifyState(StrEnum):
    """How the artist's Spotify account is connected."""

    NOT_CONNECTED = "not_connected"
    PENDING = "pending"
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"


class SlugUse(StrEnum):
    """What a slug is to the account that holds it."""

    CLAIMED = "claimed"  # Asked for, and not (or not yet) in the profile.
    CURRENT = "current"
    FORMER = "former"  # A redirect for 90 days.


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSlug:
    """A slug as the account knows it: written before the claim, so that none is ever lost."""

    slug: str
    use: SlugUse
    noted_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything under an artist's id in the table of accounts. `artist` is None in onboarding."""

    artist: Artist | None
    consents: Sequence[Consent] = ()
    objections: Sequence[Objection] = ()
    banners: Sequence[Banner] = ()
    slugs: Sequence[HeldSlug] = ()
    spotify: SpotifyState = SpotifyState.NOT_CONNECTED
    versions: Sequence[str] = ()  # The ETags of all rows that an artist sees.


def age_on(day: date, *, birth_date: date) -> int:
    """Return the age in whole years; who was born on 29 February has a birthday on 1 March."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def same_address(one: str, other: str) -> bool:
    """Tell whether two mail addresses are the same mailbox as far as case goes."""
    return one.strip().casefold() == other.strip().casefold()
