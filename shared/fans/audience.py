"""What a blast needs of a fan list: how many fit, who is chosen, and who may be mailed just now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.fans import counters as counting
from shared.fans import selection
from shared.fans.folding import FanCounters
from shared.fans.keys import DATA_ROWS, SHARDS, behind, between, hash_in, partition
from shared.fans.model import FanStatus
from shared.fans.selection import Selection
from shared.fans.store import FanStore
from shared.platform.ids import ArtistId
from shared.platform.storage.filters import Filter, eq, every, gt, le
from shared.platform.storage.listings import MAX_PAGE
from shared.platform.storage.rows import Row

COUNTED_AT_ONCE: Final = 20_000  # More candidates on several axes are a queue's work.
_RECIPIENT: Final = ("email", "mail_to", "mailbox", "status", "since")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One page of a shard's walk: data row keys in order, and where the walk goes on.

    `position` is a key or a server's continuation, and None when the shard is through.
    """

    keys: list[str]
    position: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A fan as a chunk needs one."""

    hashed: str
    address: str
    mailbox: str
    status: FanStatus
    since: datetime | None

    def may_be_mailed(self, *, frozen_at: datetime) -> bool:
        """Tell whether the fan is subscribed, and was at the moment when the blast was frozen."""
        subscribed = self.status is FanStatus.SUBSCRIBED
        return subscribed and self.since is not None and self.since <= frozen_at


class Audience:
    """The fans of an artist as recipients."""

    def __init__(
        self, fans: FanStore, counters: FanCounters, *, counted_at_once: int = COUNTED_AT_ONCE
    ) -> None:
        self._fans = fans
        self._counters = counters
        self._counted_at_once = counted_at_once

    def count(self, artist_id: ArtistId, segment: Selection) -> int | None:
        """Return how many are subscribed and fit now, or None when only a walk can tell."""
        wanted = replace(segment, status=FanStatus.SUBSCRIBED)
        counters = self._counters.exact(artist_id)
        known = selection.counted(wanted, counters)
        if known is not None:
            return known
        if selection.bound(wanted, counters) > self._counted_at_once:
            return None
        return sum(self.count_shard(artist_id, shard, segment) for shard in SHARDS)

    def count_shard(self, artist_id: ArtistId, shard: int, segment: Selection) -> int:
        """Return how many of a shard are subscribed and fit, by reading them all."""
        wanted = replace(segment, status=FanStatus.SUBSCRIBED)
        first, last = wanted.key_range
        found = self._fans.rows.query(
            partition=partition(artist_id, shard),
            first=first,
            last=last,
            where=where(wanted),
            select=(),
        )
        return sum(1 for _ in found)

    def walk(
        self,
        artist_id: ArtistId,
        shard: int,
        *,
        segment: Selection,
        frozen_at: datetime,
        position: str | None,
    ) -> Chosen:
        """Return the next page of who is chosen: fits, and was subscribed at `frozen_at`.

        A page is one of the server's, up to 1,000 keys; it may be empty and not the last.
        """
        first, last = segment.key_range
        at_key = position is not None and position.startswith(DATA_ROWS[0])
        page = self._fans.rows.page(
            partition=partition(artist_id, shard),
            first=behind(position) if position and at_key else first,
            last=last,
            where=_chosen(segment, frozen_at),
            select=(),
            limit=MAX_PAGE,
            token=None if at_key else position,
        )
        keys = [row.key for row in page.rows]
        return Chosen(keys, (keys[-1] if keys else page.token) if page.token else None)

    def is_sparse(self, artist_id: ArtistId, segment: Selection) -> bool:
        """Tell whether whom a blast may mail stands among as many others. One query at most."""
        if segment.axes:
            return True
        totals = self._counters.totals(artist_id)
        return bool(totals) and 2 * counting.count_of(totals, FanStatus.SUBSCRIBED) < sum(totals)

    def recipients(
        self,
        artist_id: ArtistId,
        shard: int,
        *,
        first_place: str,
        last_place: str,
        segment: Selection | None = None,
    ) -> Iterator[Recipient]:
        """Yield the fans between two places of the list, both included, in their order.

        With a segment only who fits it and is subscribed: right where a chunk is sparse among
        others, of whom each would be read.
        """
        first, last = between(first_place, last_place)
        found = self._fans.rows.query(
            partition=partition(artist_id, shard),
            first=first,
            last=last,
            where=where(replace(segment, status=FanStatus.SUBSCRIBED)) if segment else None,
            select=_RECIPIENT,
        )
        return map(_recipient, found)

    def by_hash(self, artist_id: ArtistId, hashes: Iterable[str]) -> Iterator[Recipient]:
        """Yield these fans, one by one; who was erased is left out. Two reads each."""
        for hashed in hashes:
            lock = self._fans.lock(artist_id, hashed)
            fan = self._fans.fan(artist_id, lock) if lock else None
            if fan is not None:
                yield Recipient(
                    hashed=hashed,
                    address=fan.address,
                    mailbox=fan.mailbox,
                    status=fan.status,
                    since=fan.since,
                )


def where(wanted: Selection) -> Filter | None:
    """Return the filter of a selection; its dates are in the range of keys."""
    conditions = [eq(name, value) for name, value in wanted.fields.items()]
    return every(*conditions) if conditions else None


def _chosen(segment: Selection, frozen_at: datetime) -> Filter:
    then = le("since", frozen_at) & (
        eq("status", FanStatus.SUBSCRIBED.value) | gt("left_at", frozen_at)
    )
    fits = where(segment)
    return then & fits if fits else then


def _recipient(row: Row) -> Recipient:
    return Recipient(
        hashed=hash_in(row.key),
        address=row.find("mail_to", str) or row.need("email", str),
        mailbox=row.need("mailbox", str),
        status=FanStatus(row.need("status", str)),
        since=row.find("since", datetime),
    )
