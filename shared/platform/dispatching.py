"""The dispatcher: hands each thing that has come due to the room that put it down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from shared.platform import telemetry
from shared.platform.schedule import Due, DueKind, Schedule

# The timer `daily_reminders` takes these itself; one that waits for it is neither done nor stuck.
LEFT_TO_OTHER_TIMERS: Final = frozenset({DueKind.REMINDER})


class DueHandler(Protocol):
    """Does what has come due, and takes the row away when it is done: safe to run twice."""

    def __call__(self, due: Due, *, now: datetime) -> None: ...


def dispatch(schedule: Schedule, handlers: Mapping[DueKind, DueHandler], *, now: datetime) -> None:
    """Do everything that is due, oldest first; what fails is left for the next tick."""
    for due in schedule.due(now=now):
        if due.kind in LEFT_TO_OTHER_TIMERS:
            continue
        handler = handlers.get(due.kind)
        if handler is None:
            telemetry.event("due_left", kind=due.kind.value, reason="no_handler")
            continue
        try:
            handler(due, now=now)
        except Exception as error:  # noqa: BLE001 - one thing that fails must not keep the others.
            telemetry.bug("due_failed", error, kind=due.kind.value)
        else:
            telemetry.event("due_done", kind=due.kind.value)
