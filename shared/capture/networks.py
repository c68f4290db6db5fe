"""The limit for a network: sign-ups in ten minutes, over all instances.

Three pass by an instance's own memory, then permits are taken from storage five at a time, so that
most sign-ups cost no operation for it: it binds to the limit and three more for each instance. In
a burst one thread takes and the others wait for what it brings: together they would contend for the
row, and some would be refused while permits lie in another's hands. A network that has had its
sign-ups is refused from memory. Its hash is keyed anew each day, so that no two
days can be linked.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.platform.addresses import Address, network_hash
from shared.platform.limits import Limits, Values
from shared.platform.problems import TooMany

WINDOW: Final = timedelta(minutes=10)
FREE: Final = 3
TAKEN_AT_ONCE: Final = 5
# A window that ends later than this from now was begun under a clock that has been set back since.
# Requests at once read the clock one after another, and instances' clocks differ a little: what is
# ahead by so little is the same window, or a burst would begin anew with each late reader.
_LONGEST_AHEAD: Final = WINDOW + timedelta(minutes=1)
_REMEMBERED: Final = 50_000


@dataclass(slots=True)
class _Seen:
    """What this instance knows of a network."""

    until: datetime
    passed: int = 0
    permits: int = 0
    full_until: datetime | None = None  # Storage has no permit left before.
    taking: threading.Lock = field(default_factory=threading.Lock)


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
            seen = self._at(network, now=now)
            if _passes(seen):
                return
        with seen.taking:
            if not self._passes_now(seen) and not self._has_taken(seen, network, now=now):
                raise TooMany(
                    "Many sign-ups came from this network. Please try again in some minutes.",
                    retry_after=(seen.full_until or seen.until) - now,
                )

    def _passes_now(self, seen: _Seen) -> bool:
        """Tell whether a permit has come while this thread waited for its turn to take some."""
        with self._lock:
            return _passes(seen)

    def _has_taken(self, seen: _Seen, network: str, *, now: datetime) -> bool:
        """Take permits, use one, and keep the others; tell whether there was one."""
        if seen.full_until is not None and now < seen.full_until <= now + _LONGEST_AHEAD:
            return False
        taken, until = self._take(network, now=now)
        if taken == 0:
            seen.full_until = until
            return False
        with self._lock:
            seen.permits += taken - 1
        return True

    def _at(self, network: str, *, now: datetime) -> _Seen:
        seen = self._seen.get(network)
        if seen is None or not now < seen.until <= now + _LONGEST_AHEAD:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            seen = self._seen[network] = _Seen(now + WINDOW)
        return seen

    def _take(self, network: str, *, now: datetime) -> tuple[int, datetime]:
        """Take up to five permits of the window; return how many, and when the window ends."""
        found: list[tuple[int, datetime]] = []

        def decide(values: Values) -> Values | None:
            until, taken = values.get("until"), values.get("taken")
            running = isinstance(until, datetime) and now < until <= now + _LONGEST_AHEAD
            end = until if running and isinstance(until, datetime) else now + WINDOW
            before = taken if running and isinstance(taken, int) else 0
            more = min(TAKEN_AT_ONCE, self._limit - before)
            found.append((max(0, more), end))
            return {"until": end, "taken": before + more} if more > 0 else None

        self._limits.change(f"n|{network}", decide, now=now)
        return found[-1]


def _passes(seen: _Seen) -> bool:
    """Let one pass by what memory holds, if it holds anything."""
    if seen.passed < FREE:
        seen.passed += 1
        return True
    if seen.permits > 0:
        seen.permits -= 1
        return True
    return False
