"""The list, newest first: four shards read side by side in the order of their keys, and merged.

A cursor is the last key given, and for a shard in mid-scan the server's continuation: with a narrow
filter a page may be short, or empty, and still have a next one. A request looks for two seconds at
most. Keys never change, so that paging neither skips nor repeats a fan who is there throughout.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.fans import rows
from shared.fans.audience import where
from shared.fans.keys import SHARDS, behind, partition
from shared.fans.model import Fan
from shared.fans.selection import Selection
from shared.fans.store import FanStore
from shared.platform.ids import ArtistId
from shared.platform.problems import Invalid
from shared.platform.signing import TokenPart
from shared.platform.storage.listings import MAX_PAGE
from shared.platform.storage.rows import Row

LOOKED_FOR_SECONDS: Final = 2.0
_MORE_THAN_A_QUARTER: Final = 10


@dataclass(frozen=True, slots=True)
class FanPage:
    """One page, and where the next begins (None: there is none)."""

    fans: list[Fan]
    position: list[TokenPart] | None


@dataclass(slots=True)
class _Shard:
    """What was read of a shard and not given yet."""

    partition: str
    first: str
    token: str | None
    waiting: list[Row] = field(default_factory=list)
    ended: bool = False

    @property
    def is_known(self) -> bool:
        """Tell whether the shard's next fan is known, or that there is none."""
        return bool(self.waiting) or self.ended


def page(
    artist_id: ArtistId,
    wanted: Selection,
    *,
    limit: int,
    position: Sequence[TokenPart] | None,
    fans: FanStore,
) -> FanPage:
    """Return one page of who is wanted; `position` is that of the page before.

    Raises:
        Invalid: the position is none that a page gave.
    """
    last, tokens = _read(position)
    first, end = wanted.key_range
    start = max(first, behind(last)) if last else first
    shards = [_Shard(partition(artist_id, n), start, tokens[n]) for n in SHARDS]
    stop = time.monotonic() + LOOKED_FOR_SECONDS
    found: list[Row] = []
    while len(found) < limit and not all(s.ended and not s.waiting for s in shards):
        unknown = next((shard for shard in shards if not shard.is_known), None)
        if unknown is not None:
            if time.monotonic() >= stop:
                break
            _read_on(unknown, wanted, end=end, limit=limit, fans=fans)
            continue
        nearest = min((s for s in shards if s.waiting), key=lambda shard: shard.waiting[0].key)
        found.append(nearest.waiting.pop(0))
    return FanPage(
        [rows.fan_from(row) for row in found],
        _position(shards, last=found[-1].key if found else last),
    )


def _read_on(shard: _Shard, wanted: Selection, *, end: str, limit: int, fans: FanStore) -> None:
    try:
        read = fans.rows.page(
            partition=shard.partition,
            first=shard.first,
            last=end,
            where=where(wanted),
            limit=min(MAX_PAGE, limit // len(SHARDS) + _MORE_THAN_A_QUARTER),
            token=shard.token,
        )
    except ValueError:
        raise Invalid.field("cursor", "This is not a cursor of this list.") from None
    shard.waiting = read.rows
    shard.token = read.token
    shard.ended = read.token is None


def _position(shards: list[_Shard], *, last: str | None) -> list[TokenPart] | None:
    if all(shard.ended and not shard.waiting for shard in shards):
        return None
    # What waits is read again from the last key given; a continuation stands behind it.
    return [last, *(None if shard.waiting else _continuation(shard) for shard in shards)]


def _continuation(shard: _Shard) -> str | None:
    return "" if shard.ended else shard.token


def _read(position: Sequence[TokenPart] | None) -> tuple[str | None, list[str | None]]:
    if position is None:
        return None, [None] * len(SHARDS)
    last, *tokens = position
    if len(tokens) != len(SHARDS):
        raise Invalid.field("cursor", "This is not a cursor of this list.")
    return (
        last if isinstance(last, str) else None,
        [token if isinstance(token, str) and token else None for token in tokens],
    )
