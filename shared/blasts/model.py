"""A blast, its states, and the counts of its report. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.fans.selection import Selection
from shared.platform.ids import ArtistId, BlastId, ReleaseId

LEDGER_KEPT_FOR: Final = timedelta(days=90)  # product.md, Timers: ledgers older than 90 days.
TESTS_AN_HOUR: Final = 10
TEST_WINDOW: Final = timedelta(hours=1)
COUNT_TOLERANCE: Final = 0.05  # `expected_recipients` may differ by so much from the number now.
SUBJECT_MAX: Final = 200
PREVIEW_MAX: Final = 200
BODY_MAX: Final = 16_000  # What one property of a table holds, were every character an emoji.


class BlastState(StrEnum):
    """draft → scheduled → sending → sent, and the ways to stop."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"
    FAILED = "failed"
    PAUSED = "paused"


class StopReason(StrEnum):
    """Why a run has no permission to go on."""

    ENDED = "ended"
    CANCELLED = "cancelled"
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    QUOTA = "quota"
    PROVIDER_REFUSED = "provider_refused"
    ACCOUNT_CLOSING = "account_closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallToAction:
    """The mail's button."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is mailed, frozen when the blast is sent: nothing in it comes from a clock or chance.

    HTML and text hold a marker where each recipient's own token stands.
    """

    subject: str
    html: str
    text: str
    sender: str
    list_id: str
    reply_to: str | None
    key_id: str  # Which key signs the recipients' tokens.
    template_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The counts of a report. What was chosen is the sum of what became of everybody."""

    accepted: int = 0
    unsubscribed: int = 0
    bounced: int = 0
    complained: int = 0
    erased: int = 0
    failed: int = 0
    uncertain: int = 0
    pending: int = 0
    failed_in_passing: int = 0  # Of the failed: a resume asks them again.
    # Of the accepted, as the provider told later:
    delivered: int = 0
    mail_bounced: int = 0
    mail_complained: int = 0
    mail_unsubscribed: int = 0

    @property
    def chosen(self) -> int:
        suppressed = self.unsubscribed + self.bounced + self.complained + self.erased
        return self.accepted + suppressed + self.failed + self.uncertain + self.pending

    @property
    def may_be_resumed(self) -> bool:
        return bool(self.pending or self.failed_in_passing)

    def plus(self, other: "Totals") -> "Totals":
        """Return the sum of both, count by count."""
        return Totals(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Totals)}
        )

    def as_members(self) -> dict[str, int]:
        """Return the counts by name."""
        return {part.name: getattr(self, part.name) for part in fields(Totals)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blast:
    """One blast of an artist. `version` is the row's ETag; None before it is stored.

    `due_at` is where its start stands in the schedule; `started_at` is the frozen moment: who
    became a fan later is not chosen.
    """

    blast_id: BlastId
    artist_id: ArtistId
    subject: str
    created_at: datetime
    updated_at: datetime
    preview_text: str = ""
    body_markdown: str = ""
    segment: Selection = field(default_factory=Selection)
    release_id: ReleaseId | None = None
    call_to_action: CallToAction | None = None
    state: BlastState = BlastState.DRAFT
    send_at: datetime | None = None
    due_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stopped_for: StopReason | None = None
    warned_at: datetime | None = None
    content: Content | None = None
    totals: Totals | None = None
    version: str | None = None

    @property
    def may_be_edited(self) -> bool:
        return self.state is BlastState.DRAFT

    @property
    def may_be_deleted(self) -> bool:
        return self.state not in {BlastState.SCHEDULED, BlastState.SENDING}

    @property
    def may_be_resumed(self) -> bool:
        """Tell whether the state alone allows a resume; the ledger says whether it has work."""
        return self.state in {
            BlastState.PAUSED,
            BlastState.FAILED,
            BlastState.CANCELLED,
            BlastState.SENT,
        }

    def scheduled(
        self, content: Content, *, send_at: datetime, due_at: datetime, now: datetime
    ) -> "Blast":
        """Return the blast with its content frozen and its moment set."""
        return replace(
            self,
            state=BlastState.SCHEDULED,
            content=content,
            send_at=send_at,
            due_at=due_at,
            updated_at=now,
        )

    def back_to_draft(self, *, now: datetime) -> "Blast":
        """Return a scheduled blast as a draft again."""
        return replace(
            self,
            state=BlastState.DRAFT,
            content=None,
            send_at=None,
            due_at=None,
            updated_at=now,
        )

    def started(self, *, now: datetime) -> "Blast":
        """Return the blast as its run begins: from here on the audience is frozen."""
        return replace(self, state=BlastState.SENDING, started_at=now, updated_at=now)

    def going_on(self, *, now: datetime) -> "Blast":
        """Return the blast as a resume leaves it."""
        return replace(
            self,
            state=BlastState.SENDING,
            finished_at=None,
            stopped_for=None,
            warned_at=None,
            updated_at=now,
        )

    def stopped(self, reason: StopReason, totals: Totals | None, *, now: datetime) -> "Blast":
        """Return the blast after its run lost its permission."""
        return replace(
            self,
            state=state_after(reason, totals),
            stopped_for=reason,
            totals=totals or self.totals,
            finished_at=now,
            updated_at=now,
        )


def state_after(reason: StopReason, totals: Totals | None) -> BlastState:
    """Return the state that follows from a stop: only the artist's own cancel is `cancelled`."""
    if reason is StopReason.CANCELLED:
        return BlastState.CANCELLED
    if reason is not StopReason.ENDED:
        return BlastState.PAUSED
    asked = totals is not None and totals.accepted + totals.failed + totals.uncertain > 0
    nobody = totals is not None and totals.accepted == 0
    return BlastState.FAILED if asked and nobody else BlastState.SENT


def is_expected(expected: int, count: int) -> bool:
    """Tell whether an artist who expects so many recipients means this list."""
    return abs(expected - count) <= COUNT_TOLERANCE * count


def totals_from(members: Mapping[str, int]) -> Totals:
    """Return the counts of these names; unknown names are of another version, and left out."""
    known = {part.name for part in fields(Totals)}
    return Totals(**{name: count for name, count in members.items() if name in known})
