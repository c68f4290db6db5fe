"""Locks between processes: they end with the process that holds them, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from local.stack.console import say
from local.stack.problems import StackError


@contextlib.contextmanager
def exclusive(path: Path, *, waiting: str) -> Iterator[None]:
    """Hold a lock, saying so when another process has to finish first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def sole_use(path: Path, *, of: Path, note: str) -> Iterator[None]:
    """Hold a data folder for one stack.

    Raises:
        StackError: another process has it, with its id and note; or nothing can be kept there.
    """
    with _opened(path, of=of) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StackError(
                f"The data in {of} is in use by process {file.read().strip()}.\n"
                "End that one with Ctrl-C, or start this one with --data DIR and --port-base N."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()} ({note})")
        file.flush()
        yield


def _opened(path: Path, *, of: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as fault:
        raise StackError(
            f"Nothing can be kept in {of}: {fault.strerror}.\n"
            "Choose another folder with --data DIR."
        ) from None
