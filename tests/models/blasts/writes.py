"""A process that dies before a chosen one of its writes; what it reads is not counted."""

from collections.abc import Callable
from typing import Any

from tests.models.releases.room import Killed

_WRITES = frozenset(
    "insert replace merge upsert put delete transact send send_batch".split()  # noqa: SIM905
)


class Writes:
    """Counts writes, and lets the process die before one of them."""

    def __init__(self, die_at: int | None = None) -> None:
        self.done = 0
        self.has_killed = False
        self._die_at = die_at

    def through(self, real: Any) -> Any:
        """Return something that does the same, write by write."""
        writes = self

        class Writing:
            def __getattr__(self, name: str) -> Any:
                found = getattr(real, name)
                return writes._counted(found) if name in _WRITES else found

        return Writing()

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.done += 1
            if self.done == self._die_at:
                self.has_killed = True
                raise Killed
            return call(*args, **kwargs)

        return counted
