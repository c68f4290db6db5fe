"""Changing one fan: load, judge, order the fold, write under the lock; and again when it moved."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from shared.fans.folding import FanCounters
from shared.fans.keys import shard_of
from shared.fans.model import Fan, Lock, Step
from shared.fans.store import FanStore, ListSealed, LockChanged
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Unavailable

_TRIES: Final = 6

Judge = Callable[[Lock, Fan | None], Step | None]


class Outcome(StrEnum):
    """What came of a wish to change a fan."""

    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    GONE = "gone"


class FanChanges:
    """Changes fans, one at a time, exactly as the transitions say."""

    def __init__(self, fans: FanStore, counters: FanCounters, ids: Ids) -> None:
        self._fans = fans
        self._counters = counters
        self._ids = ids

    def change(self, artist_id: ArtistId, hashed: str, judge: Judge) -> Outcome:
        """Judge a fan as it is now, and make the judgement true.

        Raises:
            Unavailable: others kept changing the same fan; repeating is safe.
        """
        ordered = False
        for _ in range(_TRIES):
            lock = self._fans.lock(artist_id, hashed)
            if lock is None:
                return Outcome.GONE
            fan = self._fans.fan(artist_id, lock)
            step = judge(lock, fan)
            if step is None:
                return Outcome.GONE if fan is None else Outcome.NOTHING_TO_DO
            if step.changes and not ordered:
                self._counters.order_fold(artist_id, shard_of(hashed))
                ordered = True
            try:
                self._fans.write(artist_id, step, random=self._ids.token())
            except ListSealed:
                return Outcome.GONE
            except LockChanged:
                continue
            return Outcome.DONE
        raise Unavailable
