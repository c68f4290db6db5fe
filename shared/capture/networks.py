"""The limit for a network: sign-ups in ten minutes, over all instances.

Three pass by an instance's own memory, then permits are taken from storage five at a time, so that
most sign-ups cost no operation for it: it binds to the limit and three more for each instance. A
network is a keyed hash of another salt each day; nothing tells it from the next day's.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.platform.addresses import Address, network_hash
from shared.platform.limits import Limits, Values
from shared.platform.problems import TooMany

WINDOW: Final = timedelta(minutes=10)
FREE: Final = 3
TAKEN_AT_ONCE: Final = 5
_REMEMBERED: Final = 50_000


@dataclass(slots=True)
class _Seen:
    """What this instance knows of a network."""

    until: datetime
    passed: int = 0
    permits: int = 0


class NetworkLimit:
    """Lets a network's sign-ups pass, as many as the operator chose. Safe between threads."""

    def __init__(self, limits: Limits, *, limit: int, key: bytes) -> None:
        self._limits = limits
        self._limit = limit
        self._key = key
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def admit(self, client: Address | None, *, now: datetime) -> None:
        """Let one sign-up pass.

        Raises:
            TooMany: the network has had its sign-ups for now.
        """
        network = network_hash(client, key=self._key, now=now)
        with self._lock:
            if self._passes(network, now=now):
                return
        taken, until = self._take(network, now=now)
        if taken == 0:
            raise TooMany(
                "Many sign-ups came from this network. Please try again in some minutes.",
                retry_after=until - now,
            )
        with self._lock:
            self._at(network, now=now).permits += taken - 1

    def _passes(self, network: str, *, now: datetime) -> bool:
        seen = self._at(network, now=now)
        if seen.passed < FREE:
            seen.passed += 1
            return True
        if seen.permits > 0:
            seen.permits -= 1
            return True
        return False

    def _at(self, network: str, *, now: datetime) -> _Seen:
        seen = self._seen.get(network)
        if seen is None or not now < seen.until <= now + WINDOW:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            seen = self._seen[network] = _Seen(now + WINDOW)
        return seen

    def _take(self, network: str, *, now: datetime) -> tuple[int, datetime]:
        """Take up to five permits of the window; return how many, and when the window ends."""
        found: list[tuple[int, datetime]] = []

        def decide(values: Values) -> Values | None:
            until, taken = values.get("until"), values.get("taken")
            running = isinstance(until, datetime) and now < until <= now + WINDOW
            end = until if running and isinstance(until, datetime) else now + WINDOW
            before = taken if running and isinstance(taken, int) else 0
            more = min(TAKEN_AT_ONCE, self._limit - before)
            found.append((max(0, more), end))
            return {"until": end, "taken": before + more} if more > 0 else None

        self._limits.change(f"n|{network}", decide, now=now)
        return found[-1]
