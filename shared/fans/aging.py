"""What grows old in a fan list: sign-ups that nobody confirmed, and stamps. Called by retention."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from shared.fans import transitions
from shared.fans.changing import FanChanges, Outcome
from shared.fans.keys import SHARDS, expired_before, hash_in, partition
from shared.fans.mailboxes import MailboxStamps
from shared.fans.model import Fan, Lock, Step
from shared.fans.store import FanStore
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.limits import Limits
from shared.platform.storage.rows import Row

MOST_A_NIGHT: Final = 5_000  # For one artist; what is left waits for the next night.


def expire_unconfirmed(
    artist_id: ArtistId, *, fans: FanStore, changes: FanChanges, now: datetime
) -> int:
    """Take away an artist's fans whom nobody confirmed in 30 days, and renewals; return how many.

    Four small reads where nothing is due.
    """
    expired = 0
    for row in _due(artist_id, fans=fans, now=now):
        expired += _expire(artist_id, row, fans=fans, changes=changes, now=now)
        if expired >= MOST_A_NIGHT:
            break
    if expired:
        telemetry.event("unconfirmed_fans_expired", artist_id=artist_id, count=expired)
    return expired


def forget_stamps(*, stamps: MailboxStamps, limits: Limits, now: datetime) -> int:
    """Delete stamps and limits older than 24 hours, over all artists; return how many rows."""
    deleted = stamps.forget_old(now=now) + limits.forget_old(now=now)
    telemetry.event("old_stamps_deleted", count=deleted)
    return deleted


def _due(artist_id: ArtistId, *, fans: FanStore, now: datetime) -> Iterator[Row]:
    first, last = expired_before(now.date() + timedelta(days=1))
    for shard in SHARDS:
        place = partition(artist_id, shard)
        yield from fans.rows.query(partition=place, first=first, last=last, select=())


def _expire(
    artist_id: ArtistId, row: Row, *, fans: FanStore, changes: FanChanges, now: datetime
) -> int:
    stale: list[bool] = []

    def expired(lock: Lock, fan: Fan | None) -> Step | None:
        stale.append(lock.expiry_key != row.key)
        return None if stale[-1] else transitions.expired(lock, fan, now=now)

    outcome = changes.change(artist_id, hash_in(row.key), expired)
    if outcome is not Outcome.DONE and (not stale or stale[-1]):
        # No lock stands for this row (any more): it goes by itself.
        fans.rows.delete(row.partition, row.key)
    return int(outcome is Outcome.DONE)
