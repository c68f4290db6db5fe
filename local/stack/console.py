"""Progress on the terminal: short lines, a moving counter where there is somebody to see it."""

import sys
from types import TracebackType
from typing import Self

EVERY = 20


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(text, flush=True)


class Progress:
    """Counts things that go by: in place on a terminal, now and then in a log."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0
        self._in_place = sys.stdout.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._in_place and self._count:
            print(flush=True)

    def step(self) -> None:
        self._count += 1
        if self._in_place:
            print(f"\r  {self._count} {self._what}", end="", flush=True)
        elif self._count % EVERY == 0:
            say(f"  {self._count} {self._what}")

    def note(self, text: str) -> None:
        if self._in_place:
            print(f"\r  {self._count} {self._what}, {text}", end="", flush=True)
        else:
            say(f"  {self._count} {self._what}, {text}")
