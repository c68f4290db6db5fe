"""How fast one caller may ask one instance: token buckets in the instance's own memory.

For each instance is enough here: it keeps one caller's runaway loop from taking an instance away
from everybody else. What protects a mailbox or money is counted in storage, over all instances.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.platform.problems import TooMany

PER_SECOND: Final = 200.0
BURST: Final = 2000.0
_REMEMBERED: Final = 20_000  # Callers; at some hundred bytes each.


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class RequestRates:
    """Lets a caller's requests pass, two thousand at once and then two hundred a second."""

    def __init__(self, *, per_second: float = PER_SECOND, burst: float = BURST) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def admit(self, caller: str, *, now: datetime) -> None:
        """Let one request pass. `caller` is an id or a keyed hash, never an address.

        Raises:
            TooMany: the caller has asked too fast, and may ask again in a moment.
        """
        with self._lock:
            bucket = self._filled(caller, now=now)
            if bucket.tokens < 1:
                wait = timedelta(seconds=(1 - bucket.tokens) / self._per_second)
                raise TooMany("Too many requests at once. Please slow down.", retry_after=wait)
            bucket.tokens -= 1

    def _filled(self, caller: str, *, now: datetime) -> _Bucket:
        bucket = self._buckets.get(caller)
        if bucket is None:
            if len(self._buckets) >= _REMEMBERED:
                self._forget_the_idle(now=now)
            bucket = self._buckets[caller] = _Bucket(self._burst, now)
        bucket.tokens = self._tokens(bucket, now=now)
        bucket.at = now
        return bucket

    def _tokens(self, bucket: _Bucket, *, now: datetime) -> float:
        # A clock that was set back earns nothing, and takes nothing away.
        earned = max(0.0, (now - bucket.at).total_seconds()) * self._per_second
        return min(self._burst, bucket.tokens + earned)

    def _forget_the_idle(self, *, now: datetime) -> None:
        """Forget whose bucket is full, which tells nothing; where nobody's is, forget all."""
        busy = {
            caller: bucket
            for caller, bucket in self._buckets.items()
            if self._tokens(bucket, now=now) < self._burst
        }
        self._buckets = busy if len(busy) < _REMEMBERED else {}
