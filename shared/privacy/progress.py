"""How far an export has come, in percent, told in steps so that telling costs little."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

STEP_PERCENT: Final = 5  # At most twenty writes, however long an export is.
DONE_PERCENT: Final = 100  # The state `ready` says it, and nothing before.


class Progress:
    """Counts the parts of one piece of work and tells when a step is done."""

    def __init__(self, *, parts: int, tell: Callable[[int], None]) -> None:
        self._parts = max(1, parts)
        self._tell = tell
        self._done = 0
        self._told = 0

    def part_done(self) -> None:
        """Count one part more."""
        self._done += 1
        percent = min(DONE_PERCENT - 1, self._done * DONE_PERCENT // self._parts)
        if percent >= self._told + STEP_PERCENT:
            self._told = percent
            self._tell(percent)

    def through(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield these, each of them a part that is done when the next is asked for."""
        for piece in pieces:
            yield piece
            self.part_done()
