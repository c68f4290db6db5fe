"""The nightly round: whatever was kept for a time only goes when the time is over.

Each room says what is old and takes it away; this is the list of whom to ask. One step that fails
does not keep the others, and what one night does not reach the next one does.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.fans import aging
from shared.fans.erasing import FanEraser
from shared.platform import telemetry
from shared.platform.ids import ArtistId

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


def expire_unconfirmed(
    artist_ids: Iterable[ArtistId], *, eraser: FanEraser, now: datetime, within: float = 240.0
) -> int:
    """Take unconfirmed fans of over 30 days away, artist by artist, as far as the time reaches."""
    end = time.monotonic() + within
    expired = 0
    for artist_id in artist_ids:
        if time.monotonic() >= end:
            telemetry.alarm("retention_step_cut_short", step="unconfirmed_fans")
            break
        expired += aging.expire_unconfirmed(artist_id, eraser=eraser, now=now).expired
    return expired
