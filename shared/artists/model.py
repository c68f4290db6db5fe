"""An artist and the account's states. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum

from shared.platform.ids import ArtistId, ErasureId


class AccountState(StrEnum):
    """An account is open, or closing: in the grace before its purge."""

    OPEN = "open"
    CLOSING = "closing"


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
    pending_reply_to: str | None = None
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

    def closing(self, deletion: Deletion) -> "Artist":
        """Return the account in the grace of a deletion."""
        return replace(self, state=AccountState.CLOSING, deletion=deletion, epoch=self.epoch + 1)

    def restored(self) -> "Artist":
        """Return the account as it is after a restore."""
        return replace(self, state=AccountState.OPEN, deletion=None, epoch=self.epoch + 1)
