"""What this room's use cases depend on, put together by the wiring."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.artists.audit import AuditTrail
from shared.artists.banners import Banners
from shared.artists.store import ArtistStore
from shared.blasts.chunk_store import Ledger
from shared.blasts.composing import Stationery
from shared.blasts.long_runs import LongRuns
from shared.blasts.mailing import Mailings
from shared.blasts.pacing import Pace
from shared.blasts.store import BlastStore
from shared.fans.audience import Audience
from shared.fans.changing import FanChanges
from shared.fans.segment_counts import SegmentCounts
from shared.fans.suppressions import Suppressions
from shared.fans.tokens import FanTokens
from shared.mail.outbox import Outbox
from shared.platform.clients.resend import Resend
from shared.platform.ids import Ids
from shared.platform.schedule import Schedule
from shared.platform.signing import Signer
from shared.platform.storage.queues import Queues
from shared.releases.store import ReleaseStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The stores and services of blasts."""

    blasts: BlastStore
    ledger: Ledger
    pace: Pace
    long_runs: LongRuns
    artists: ArtistStore
    releases: ReleaseStore
    audience: Audience
    counts: SegmentCounts
    suppressions: Suppressions
    fan_changes: FanChanges
    tokens: FanTokens
    mailings: Mailings
    schedule: Schedule
    queues: Queues
    outbox: Outbox
    resend: Resend
    audit: AuditTrail
    banners: Banners
    stationery: Stationery
    signer: Callable[[], Signer]
    ids: Ids
    frontend: str
