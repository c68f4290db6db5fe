"""How often a long run is counted between the steps of its feed."""

from datetime import datetime, timedelta
from typing import Final

SHORT_CHUNKS: Final = 200  # A run of so many is counted at each refusal: that is one page.
COUNTED_EVERY: Final = timedelta(seconds=10)


class LongRuns:
    """When this process last counted which long run.

    A million fans' ledger takes ten reads and a fifth of a second, and one in fifty of them may
    bounce: counted at each bounce, that would cost more than the sending. What goes out within ten
    seconds is seen by the next bounce, the feed's next step or the watch's next look.
    """

    def __init__(self) -> None:
        self._counted_at: dict[str, datetime] = {}

    def is_due(self, blast_id: str, chunks: int, *, now: datetime) -> bool:
        """Tell whether a run is to be counted now."""
        last = self._counted_at.get(blast_id)
        return chunks <= SHORT_CHUNKS or last is None or not _is_recent(last, now=now)

    def note(self, blast_id: str, *, now: datetime) -> None:
        """Write down that a run has been counted."""
        recent = {each: at for each, at in self._counted_at.items() if _is_recent(at, now=now)}
        self._counted_at = recent | {blast_id: now}


def _is_recent(at: datetime, *, now: datetime) -> bool:
    return timedelta(0) <= now - at < COUNTED_EVERY
