"""In which order files of tests are given out: the long ones first, waiting mixed with computing.

A file goes to one process as a whole, so that a long one that begins last keeps a single process
busy at the end. What runs over the stack mostly waits, and what explores models computes: taken in
turns, neither leaves the processor idle.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

# Few tests, each of which takes long.
_LONG = ("end_to_end", "worker", "contract", "browser")
_LONG_TO_COMPUTE = ("blasts", "architecture", "fans")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files in order, and leave the tests of a file in theirs."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = {path for path, found in files.items() if any(map(_is_over_the_stack, found))}
    groups = (
        _longest_first({path: files[path] for path in files if path in waiting}, _LONG),
        _longest_first({p: files[p] for p in files if p not in waiting}, _LONG_TO_COMPUTE),
    )
    # Each file at its share of its own group, so that both groups last to the end.
    turns = sorted(
        (number / len(group), str(path), path)
        for group in groups
        for number, path in enumerate(group)
    )
    items[:] = [item for *_, path in turns for item in files[path]]


def _longest_first(files: dict[Path, list[pytest.Item]], long: Sequence[str]) -> list[Path]:
    return sorted(files, key=lambda path: (path.parent.name not in long, -len(files[path])))


def _is_over_the_stack(item: pytest.Item) -> bool:
    return item.get_closest_marker("stack") is not None
