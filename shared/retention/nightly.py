"""The nightly round: whatever was kept for a time only goes when the time is over.

Each room says what is old and takes it away; this is the list of whom to ask. One step that fails
does not keep the others, and what one night does not reach the next one does.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, takewhile
from typing import Final

from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.retention.bookmarks import Bookmark

NIGHT_SECONDS: Final = 420.0  # The host ends a function after ten minutes.


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked of one room: take away what is old, and tell how much that was."""

    name: str
    run: Callable[[datetime], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How a night went."""

    counts: dict[str, int]
    failed: tuple[str, ...]
    left_out: tuple[str, ...]


def age(steps: Sequence[Step], *, now: datetime, within: float = NIGHT_SECONDS) -> Round:
    """Do the nightly round."""
    end = time.monotonic() + within
    counts: dict[str, int] = {}
    failed: list[str] = []
    left_out: list[str] = []
    for step in steps:
        if time.monotonic() >= end:
            left_out.append(step.name)
            telemetry.alarm("retention_step_left_out", step=step.name)
            continue
        try:
            counts[step.name] = step.run(now)
        except Exception as error:  # noqa: BLE001 - one room that fails must not keep the others.
            failed.append(step.name)
            telemetry.bug("retention_step_failed", error, step=step.name)
        else:
            telemetry.event("retention_step_done", step=step.name, count=counts[step.name])
    return Round(counts=counts, failed=tuple(failed), left_out=tuple(left_out))


def each_artist(
    artists_behind: Callable[[str | None], Iterable[ArtistId]],
    work: Callable[[ArtistId], int],
    *,
    step: str,
    bookmark: Bookmark,
    within: float = 240.0,
) -> int:
    """Do a step's work artist by artist, as far as the time reaches, and return the sum.

    It goes on where the night before had to stop, and then from the beginning: whoever takes long
    keeps nobody waiting for more than a round, and whoever fails keeps nobody waiting at all.

    Raises:
        StepIncomplete: some failed; the others are done.
    """
    end = time.monotonic() + within
    behind = bookmark.read(step)
    rest = takewhile(lambda one: one <= str(behind), artists_behind(None)) if behind else ()
    done, failed, reached = 0, 0, behind
    for artist_id in chain(artists_behind(behind), rest):
        if time.monotonic() >= end:
            telemetry.alarm("retention_step_cut_short", step=step)
            break
        try:
            done += work(artist_id)
        except Exception as error:  # noqa: BLE001 - one list that fails must not keep the others.
            failed += 1
            telemetry.bug("retention_artist_failed", error, step=step)
        reached = artist_id
    else:
        reached = None
    bookmark.put(step, reached)
    if failed:
        raise StepIncomplete
    return done


class StepIncomplete(Exception):
    """A step could not be done for everybody; each case has been told of."""
