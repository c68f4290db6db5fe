"""What grows old in a fan list: sign-ups that nobody confirmed, and stamps. Called by retention."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.fans import transitions
from shared.fans.changing import Outcome
from shared.fans.erasing import FanEraser
from shared.fans.keys import SHARDS, expired_before, hash_in, partition
from shared.fans.mailboxes import MailboxStamps
from shared.fans.model import Fan, FanStatus, Lock, Step
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.limits import Limits
from shared.platform.storage.rows import Row

MOST_A_NIGHT: Final = 5_000  # For one artist; what is left waits for the next night.


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """How much went."""

    expired: int
    left: bool  # There was more than one night takes.


def expire_unconfirmed(artist_id: ArtistId, *, eraser: FanEraser, now: datetime) -> Aged:
    """Take away an artist's pending fans of over 30 days, and renewals never confirmed.

    Four small reads where nothing is due.
    """
    expired = 0
    for row in _due(artist_id, eraser=eraser, now=now):
        if expired >= MOST_A_NIGHT:
            return Aged(expired=expired, left=True)
        expired += _expire(artist_id, row, eraser=eraser, now=now)
    if expired:
        telemetry.event("unconfirmed_fans_expired", artist_id=artist_id, count=expired)
    return Aged(expired=expired, left=False)


def forget_stamps(*, stamps: MailboxStamps, limits: Limits, now: datetime) -> int:
    """Delete stamps and limits older than 24 hours, over all artists; return how many rows."""
    deleted = stamps.forget_old(now=now) + limits.forget_old(now=now)
    telemetry.event("old_stamps_deleted", count=deleted)
    return deleted


def _due(artist_id: ArtistId, *, eraser: FanEraser, now: datetime) -> Iterator[Row]:
    first, last = expired_before(now.date() + timedelta(days=1))
    for shard in SHARDS:
        place = partition(artist_id, shard)
        yield from eraser.fans.rows.query(partition=place, first=first, last=last, select=())


def _expire(artist_id: ArtistId, row: Row, *, eraser: FanEraser, now: datetime) -> int:
    stale: list[bool] = []

    def expired(lock: Lock, fan: Fan | None) -> Step | None:
        stale.append(lock.expiry_key != row.key)
        step = None if stale[-1] else transitions.expired(lock, fan, now=now)
        if step is not None and lock.status in {FanStatus.PENDING, FanStatus.ERASED}:
            eraser.forget_mailboxes(artist_id, lock, fan)
        return step

    outcome = eraser.changes.change(artist_id, hash_in(row.key), expired)
    if outcome is not Outcome.DONE and (not stale or stale[-1]):
        # No lock stands for this row (any more): it goes by itself.
        eraser.fans.rows.delete(row.partition, row.key)
    return int(outcome is Outcome.DONE)
