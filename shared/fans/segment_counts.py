"""How many fans a segment has, when only a walk over the list can tell.

A count is a row `walk|count-…` in the artist's partition of FanStats, named by what is counted; a
message of the queue counts one shard and orders the next. It is good for ten minutes. A message too
many finds the row moved on; a count that has been lost is begun anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from shared.fans.audience import Audience
from shared.fans.keys import SHARDS
from shared.fans.selection import Selection
from shared.fans.walks import WALK, selection_from, selection_text
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Queue, Table
from shared.platform.storage.queues import Queues
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

COUNT: Final = "count-"
GOOD_FOR: Final = timedelta(minutes=10)  # docs/SENDING.md: `send` wants none that is older.
LOST_AFTER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counting:
    row: Row
    shard: int
    found: int
    at: datetime  # When it was begun, and once it is done, when it was done.

    @property
    def is_done(self) -> bool:
        return self.shard not in SHARDS


class SegmentCounts:
    """Counts segments, at once where that is cheap."""

    def __init__(self, tables: Tables, queues: Queues, audience: Audience) -> None:
        self._rows = tables.table(Table.FAN_STATS)
        self._queues = queues
        self._audience = audience

    def count(self, artist_id: ArtistId, segment: Selection, *, now: datetime) -> int | None:
        """Return how many subscribed fans fit, or None while they are being counted."""
        known = self._audience.count(artist_id, segment)
        if known is not None:
            return known
        counting = self._read(artist_id, count_id(segment))
        if counting is not None and counting.is_done and now - counting.at <= GOOD_FOR:
            return counting.found
        if counting is None or now - counting.at > LOST_AFTER:
            self._begin(artist_id, segment, counting, now=now)
        return None

    def step(self, artist_id: ArtistId, walk_id: str, *, now: datetime) -> None:
        """Count one shard, and order the next."""
        counting = self._read(artist_id, walk_id)
        if counting is None or counting.is_done:
            telemetry.event("fan_walk_skipped", reason="done_or_never_begun")
            return
        segment = selection_from(counting.row.need("selection", str))
        found = counting.found + self._audience.count_shard(artist_id, counting.shard, segment)
        shard = counting.shard + 1
        at = counting.at if shard in SHARDS else now
        values = {**counting.row.values, "shard": shard, "found": found, "at": at}
        try:
            moved = Row(artist_id, counting.row.key, values)
            self._rows.replace(moved, etag=counting.row.etag or "*")
        except (Changed, Missing):
            telemetry.event("fan_walk_skipped", reason="another_was_first")
            return
        if shard in SHARDS:
            self._send(artist_id, walk_id)

    def _begin(
        self, artist_id: ArtistId, segment: Selection, before: _Counting | None, *, now: datetime
    ) -> None:
        walk_id = count_id(segment)
        row = Row(
            artist_id,
            WALK + walk_id,
            {"selection": selection_text(segment), "shard": 0, "found": 0, "at": now},
        )
        try:
            if before is None:
                self._rows.insert(row)
            else:
                self._rows.replace(row, etag=before.row.etag or "*")
        except (AlreadyExists, Changed, Missing):
            # Somebody else begins it at this very moment.
            return
        self._send(artist_id, walk_id)

    def _read(self, artist_id: ArtistId, walk_id: str) -> _Counting | None:
        row = self._rows.get(artist_id, WALK + walk_id)
        if row is None:
            return None
        return _Counting(
            row=row,
            shard=row.need("shard", int),
            found=row.need("found", int),
            at=row.need("at", datetime),
        )

    def _send(self, artist_id: ArtistId, walk_id: str) -> None:
        self._queues.send(Queue.FAN_WALKS, {"artist_id": artist_id, "walk": walk_id})


def count_id(segment: Selection) -> str:
    """Return the id of a segment's count: the same for the same segment."""
    return COUNT + sha256(selection_text(segment).encode()).hexdigest()[:24]
