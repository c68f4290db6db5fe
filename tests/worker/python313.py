"""Finding a Python 3.13: the official worker library for Functions runs on nothing older."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ABSENT = (
    "the official Functions worker: there is no python3.13 on the PATH, nor with pyenv or uv "
    "(to run it too, install Python 3.13)"
)
QUESTION = "import ensurepip, sys, venv; print(*sys.version_info[:2])"


@cache
def python313() -> Path | None:
    """Return a Python 3.13 that can make virtual environments, or None."""
    return next(filter(_is_313, _candidates()), None)


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    for folder in os.get_exec_path():
        yield Path(folder) / "python3.13"
    # pyenv's own python3.13 on the PATH only works where that version is the chosen one.
    for root in (os.environ.get("PYENV_ROOT"), _said("pyenv", "root")):
        if root:
            yield from sorted(Path(root).glob("versions/3.13*/bin/python3.13"), reverse=True)
    if found := _said("uv", "python", "find", "3.13"):
        yield Path(found)


def _is_313(python: Path) -> bool:
    return python.exists() and _said(str(python), "-c", QUESTION) == "3 13"


def _said(*command: str) -> str | None:
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
