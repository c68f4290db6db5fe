"""A blast's run as its partition keeps it: permission, cursor, and why it stopped. Pure."""

from dataclasses import dataclass
from datetime import datetime

from shared.blasts.model import StopReason, Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """The permission to ask: every claim asserts it. The brakes count from these numbers on."""

    at: datetime
    accepted: int = 0
    bounced: int = 0
    complained: int = 0

    @classmethod
    def counted(cls, totals: Totals, *, now: datetime) -> "Go":
        """Return the permission of a resume: what came before does not count for the brakes."""
        return cls(
            at=now,
            accepted=totals.accepted,
            bounced=totals.mail_bounced,
            complained=totals.mail_complained,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What stands in place of the permission."""

    reason: StopReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The cursors of walk and feed. It stays for good, so that a run begins once.

    `shard` and `after` say how far the walk is; `walked` that it is over. `cursor` is the key of
    the last chunk that the feed gave away, `fed_until` the end of the slots that it has reserved.
    `step` numbers the feed's steps, `next_at` tells when the next is expected, `waits` how often it
    has looked whether all is done.
    """

    frozen_at: datetime
    shard: int = 0
    after: str | None = None
    walked: bool = False
    chunks: int = 0
    chosen: int = 0
    cursor: str = ""
    step: int = 0
    next_at: datetime | None = None
    fed_until: datetime | None = None
    waits: int = 0
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run's partition says beside its ledger."""

    go: Go | None
    stop: Stop | None
    plan: Plan | None
