"""What an artist does to a studio's blast, and what happens meanwhile."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.blasts import starting, stopping
from shared.blasts.model import Blast
from shared.blasts.starting import SendOrder
from tests.models.blasts.studio import Studio
from tests.models.blasts.writes import Writes


def send(studio: Studio, *, at: datetime | None = None, blast: Blast | None = None) -> None:
    """Send the draft to everybody, now or at a moment."""
    order = SendOrder(expected_recipients=len(studio.hashes), send_at=at)
    desk, draft = studio.desk(), blast or studio.blast()
    starting.send(draft, order, artist=studio.artist, desk=desk, now=studio.now)


def cancel(studio: Studio) -> None:
    stopping.cancel(studio.blast(), desk=studio.desk(), now=studio.now)


def resume(studio: Studio) -> None:
    stopping.resume(studio.blast(), desk=studio.desk(), now=studio.now)


class Meanwhile(Writes):
    """Lets something else happen just before one of the writes."""

    def __init__(self, act: Callable[[], object], *, before: int) -> None:
        super().__init__()
        self._act = act
        self._before = before

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.done += 1
            if self.done == self._before:
                self._act()
            return call(*args, **kwargs)

        return counted
