"""The stand-ins' clock: the machine's, moved as the local host's clock is moved."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class MovableClock:
    """Tells the moment; whoever waits for a moment is told when the clock jumps."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0
        self._listeners: list[Callable[[], None]] = []

    def timestamp(self) -> float:
        return time.time() + self.offset_seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def milliseconds(self) -> int:
        return int(self.timestamp() * 1000)

    def instant(self) -> str:
        """Return the moment as the vendors write it, with milliseconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def move(self, offset_seconds: float) -> None:
        self.offset_seconds = offset_seconds
        for listener in self._listeners:
            listener()

    def on_move(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)
