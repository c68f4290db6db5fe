"""The one place that tries again.

Up to four attempts, jittered, each begun within ten seconds; the SDKs' own retries are off. Every
attempt is signed anew. Repeating is safe because writes are
conditional or idempotent: `Tries.uncertain` tells the caller that an earlier attempt may have been
carried out, so that a conflict with oneself is not taken for a conflict with somebody else.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from shared.platform.ids import system_randomness
from shared.platform.storage.faults import StorageUnavailable

Result = TypeVar("Result")

MAX_ATTEMPTS: Final = 4
BUDGET_SECONDS: Final = 10.0
_FIRST_PAUSE_SECONDS: Final = 0.2
_GROWTH: Final = 3.0


@dataclass(slots=True)
class Tries:
    """What happened so far in one call."""

    count: int = 0
    uncertain: bool = False


class Passing(Exception):
    """An attempt failed in a way that may pass. `reached`: the service may have acted on it."""

    def __init__(self, kind: str, *, reached: bool, retry_after: float = 0.0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.reached = reached
        self.retry_after = retry_after


def persist(attempt: Callable[[], Result], *, tries: Tries | None = None) -> Result:
    """Make a call until it has an answer, and return that.

    Raises:
        StorageUnavailable: no answer within the attempts and seconds above.
    """
    tries = tries if tries is not None else Tries()
    end = time.monotonic() + BUDGET_SECONDS
    while True:
        tries.count += 1
        try:
            return attempt()
        except Passing as passing:
            tries.uncertain = tries.uncertain or passing.reached
            pause = max(_pause(tries.count), passing.retry_after)
            if tries.count >= MAX_ATTEMPTS or time.monotonic() + pause > end:
                raise StorageUnavailable(passing.kind) from passing
        time.sleep(pause)


def _pause(count: int) -> float:
    """Return 0.2, 0.6, 1.8 seconds, each times a factor drawn between a half and one and a half."""
    drawn = int.from_bytes(system_randomness(2), "big") / 0xFFFF
    return _FIRST_PAUSE_SECONDS * _GROWTH ** (count - 1) * (0.5 + drawn)
