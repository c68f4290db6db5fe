"""Erasing fans: the row is gone, a marker with nothing but the keyed hash stays.

What lies elsewhere (the index of mailboxes, ledgers of blasts, exports) follows by a message that
goes first: a crash in between leaves a message that looks after both cases, the fan that was erased
and the one that was not. Whoever is still there is looked after again for two minutes, since the
row may go later than the message comes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.fans import transitions
from shared.fans.changing import FanChanges, Outcome
from shared.fans.store import FanStore
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.storage.names import Queue
from shared.platform.storage.queues import MessageField, Queues

AFTERCARE: Final = "aftercare"
AFTERCARE_DELAY: Final = timedelta(seconds=5)
_LOOKS: Final = 24

# Takes the erased fans out of what a room above keeps of them: ledgers, exports.
Forget = Callable[[ArtistId, Sequence[str]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FanEraser:
    """Erases fans of a list."""

    fans: FanStore
    changes: FanChanges
    queues: Queues

    def erase(self, artist_id: ArtistId, hashed: str) -> Outcome:
        """Erase one fan; erased already is fine.

        Raises:
            Unavailable: others kept changing the same fan; repeating is safe.
        """
        lock = self.fans.lock(artist_id, hashed)
        if lock is None or (lock.data_key is None and transitions.erased(lock, None) is None):
            # Erased before, with its message: a repeat takes nothing from anybody.
            return Outcome.GONE
        self.order_aftercare(artist_id, [hashed])
        outcome = self.changes.change(artist_id, hashed, transitions.erased)
        telemetry.event("fan_erased", artist_id=artist_id, outcome=outcome.value)
        return outcome

    def order_aftercare(
        self, artist_id: ArtistId, hashes: Sequence[str], *, looks: int = 0
    ) -> None:
        """Send the message that follows an erasure; up to 32 fans in one."""
        message: dict[str, MessageField] = {
            "artist_id": artist_id,
            "walk": AFTERCARE,
            "fans": ",".join(hashes),
            "looks": looks,
        }
        self.queues.send(Queue.FAN_WALKS, message, delay=AFTERCARE_DELAY)


def look_after(
    artist_id: ArtistId,
    hashes: Sequence[str],
    *,
    looks: int = 0,
    eraser: FanEraser,
    forget: Sequence[Forget],
) -> None:
    """Forget erased fans everywhere else; who is not erased is indexed again, and looked for again.

    Args:
        looks: how often it was looked after them before.
    """
    gone: list[str] = []
    there: list[str] = []
    for hashed in hashes:
        lock = eraser.fans.lock(artist_id, hashed)
        fan = eraser.fans.fan(artist_id, lock) if lock else None
        (there if fan else gone).append(hashed)
        if lock is not None:
            eraser.changes.index(artist_id, lock, fan)
    if there and looks < _LOOKS:
        eraser.order_aftercare(artist_id, there, looks=looks + 1)
    for each in forget if gone else ():
        each(artist_id, gone)
    telemetry.event("fan_erasure_looked_after", artist_id=artist_id, count=len(gone))
