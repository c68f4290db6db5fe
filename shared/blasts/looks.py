"""When somebody looks after a run: every tenth minute, by one row of the schedule. Pure.

The minute follows from the blast. So the rows that starts and resumes put down come together in
one, and a tick that dies and is repeated puts none beside it. A look that finds a run at rest takes
away the row of the minute after it; a resume puts its own beside those minutes, so that no look
that read the run before it ever takes that.
"""

import zlib
from datetime import datetime, timedelta
from typing import Final

WATCH_EVERY: Final = timedelta(minutes=10)
_SOONEST: Final = timedelta(minutes=5)
_MINUTE: Final = timedelta(minutes=1)
_EVERY: Final = WATCH_EVERY // _MINUTE


def next_look(blast_id: str, *, now: datetime) -> datetime:
    """Return the next of the blast's minutes that is at least five minutes away."""
    soonest = now + _SOONEST
    return soonest + _MINUTE * (-_minutes_behind(blast_id, soonest) % _EVERY)


def beside_looks(blast_id: str, *, now: datetime) -> datetime:
    """Return a moment in ten minutes that is none of the blast's minutes."""
    at = now + WATCH_EVERY
    return at + _MINUTE if _minutes_behind(blast_id, at) == 0 else at


def _minutes_behind(blast_id: str, moment: datetime) -> int:
    return (int(moment.timestamp()) // 60 - zlib.crc32(blast_id.encode())) % _EVERY
