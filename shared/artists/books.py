"""The books of accounts: every table that this room keeps, together, as its use cases need them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.artists.audit import AuditTrail
from shared.artists.clerk_memory import ClerkMemory
from shared.artists.clerk_users import ClerkUsers
from shared.artists.model import Artist
from shared.artists.slugs import SlugStore
from shared.artists.store import ArtistStore
from shared.mail.outbox import Outbox
from shared.platform.clients.clerk import Clerk
from shared.platform.ids import ArtistId


class OpenList(Protocol):
    """Lets sign-ups into an artist's fan list. May be repeated."""

    def __call__(self, artist_id: ArtistId, *, epoch: int) -> None: ...


class OnSettingsChanged(Protocol):
    """What a room above does when an artist's zone or reminders are new. May be repeated."""

    def __call__(self, artist: Artist, /, *, now: datetime) -> None: ...


EraseNow = Callable[[Artist], None]  # Closes an account without a grace, and has it purged.


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The tables of accounts."""

    artists: ArtistStore
    users: ClerkUsers
    memory: ClerkMemory
    slugs: SlugStore
    audit: AuditTrail


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDesk:
    """What onboarding and corrections need beside the books."""

    books: Books
    clerk: Clerk
    outbox: Outbox
    open_list: OpenList
    erase_now: EraseNow
    on_settings_changed: Sequence[OnSettingsChanged] = ()
