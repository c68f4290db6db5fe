"""The application's clock on this machine: the real one, moved by an offset."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.stack.files import write_whole


class OffsetClock:
    """Runs on from wherever it was set. The offset outlives a killed host, in one small file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = timedelta(seconds=read_offset(path))
        self._listeners: list[Callable[[datetime], None]] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def on_change(self, listener: Callable[[datetime], None]) -> None:
        """Have a function called with the moment before each change, after the change."""
        self._listeners.append(listener)

    def set(self, moment: datetime | None) -> float:
        """Set the clock, or back to real time with None; return the offset in seconds."""
        before = self.now()
        real = datetime.now(UTC)
        self._offset = moment - real if moment else timedelta(0)
        write_whole(self._path, json.dumps({"offset_seconds": self._offset.total_seconds()}))
        for listener in self._listeners:
            listener(before)
        return self._offset.total_seconds()


def read_offset(path: Path) -> float:
    """Return the stored offset in seconds, 0 where none is stored."""
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["offset_seconds"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0.0
