"""Changing one fan: load, judge, order the fold, write under the lock; and again when it moved.

A mailbox of which nothing is held afterwards leaves the index before the write, since a crash after
it would leave nobody who knows the mailbox, and once more after it, since another may have indexed
it in between. Whoever takes one out looks whether it is held after all, and puts it back.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from shared.fans.folding import FanCounters
from shared.fans.keys import fan_id, shard_of
from shared.fans.mailboxes import MailboxIndex
from shared.fans.model import Fan, Lock, Step, mailboxes
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

    def __init__(
        self, fans: FanStore, counters: FanCounters, index: MailboxIndex, ids: Ids
    ) -> None:
        self._fans = fans
        self._counters = counters
        self._index = index
        self._ids = ids

    def change(self, artist_id: ArtistId, hashed: str, judge: Judge) -> Outcome:
        """Judge a fan as it is now, and make the judgement true.

        Raises:
            Unavailable: others kept changing the same fan; repeating is safe.
        """
        ordered = False
        let_go: frozenset[str] = frozenset()
        for _ in range(_TRIES):
            lock = self._fans.lock(artist_id, hashed)
            if lock is None:
                return Outcome.GONE
            fan = self._fans.fan(artist_id, lock)
            self._put(artist_id, hashed, let_go & mailboxes(lock, fan))
            step = judge(lock, fan)
            if step is None:
                return Outcome.GONE if fan is None else Outcome.NOTHING_TO_DO
            if step.changes and not ordered:
                self._counters.order_fold(artist_id, shard_of(hashed))
                ordered = True
            let_go = step.mailboxes_let_go
            self.forget_mailboxes(artist_id, let_go)
            try:
                self._fans.write(artist_id, step, random=self._ids.token())
            except ListSealed:
                return Outcome.GONE
            except LockChanged:
                continue
            self._forget_unless_held(artist_id, hashed, let_go)
            return Outcome.DONE
        self._forget_unless_held(artist_id, hashed, let_go)
        raise Unavailable

    def index(self, artist_id: ArtistId, lock: Lock, fan: Fan | None) -> None:
        """Index a fan's mailboxes, and take back what was let go since the fan was read."""
        held = mailboxes(lock, fan)
        self._put(artist_id, lock.hashed, held)
        if held and self._fans.lock(artist_id, lock.hashed) != lock:
            self._forget_unless_held(artist_id, lock.hashed, held)

    def forget_mailboxes(self, artist_id: ArtistId, let_go: frozenset[str]) -> None:
        """Take mailboxes out of the index; out already is fine."""
        for mailbox in let_go:
            self._index.remove(mailbox, artist_id)

    def _forget_unless_held(self, artist_id: ArtistId, hashed: str, let_go: frozenset[str]) -> None:
        if not let_go:
            return
        self.forget_mailboxes(artist_id, let_go)
        lock = self._fans.lock(artist_id, hashed)
        fan = self._fans.fan(artist_id, lock) if lock else None
        self._put(artist_id, hashed, let_go & mailboxes(lock, fan))

    def _put(self, artist_id: ArtistId, hashed: str, held: frozenset[str]) -> None:
        for mailbox in held:
            self._index.put(mailbox, artist_id, fan_id(hashed))
