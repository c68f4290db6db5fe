"""Where a timer's tick meets a use case: a catch-up sweep over what is due, safe to run twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import azure.functions as func

from shared import wiring
from shared.edge import triggers
from shared.platform import telemetry
from shared.wiring import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One firing of a timer."""

    app: App
    now: datetime


Handler = Callable[[Tick], None]


class Timers:
    """A feature's timers, in UTC."""

    def on(self, schedule: str) -> Callable[[Handler], Handler]:
        """Register a timer with a six-field NCRONTAB schedule."""

        def register(handler: Handler) -> Handler:
            def trigger(timer: func.TimerRequest) -> None:
                _tick(timer, handler)

            triggers.declare(trigger, like=handler, schedule=schedule)
            return handler

        return register


def _tick(timer: func.TimerRequest, handler: Handler) -> None:
    app = wiring.current()
    now = app.clock.now()
    name = handler.__name__
    with telemetry.correlation(f"{name}-{app.ids.token(8)}"):
        try:
            handler(Tick(app=app, now=now))
        except Exception as error:  # noqa: BLE001 - the last line: the next tick catches up.
            telemetry.bug("timer_broke", error, timer=name)
            raise TickFailed(type(error).__name__) from None
        telemetry.event("timer_ticked", timer=name, past_due=bool(timer.past_due))


class TickFailed(Exception):
    """A tick failed; the next one catches up. Holds the kind of the error and nothing else."""
