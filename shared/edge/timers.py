"""Where a timer's tick meets a use case: a catch-up sweep over what is due, safe to run twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import azure.functions as func

from shared import wiring
from shared.platform import telemetry
from shared.wiring import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One firing of a timer."""

    app: App
    now: datetime


Handler = Callable[[Tick], None]


class Timers(func.Blueprint):
    """A feature's timers, in UTC."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # The library leaves it untyped.

    def on(self, schedule: str) -> Callable[[Handler], Handler]:
        """Register a timer with a six-field NCRONTAB schedule."""

        def register(handler: Handler) -> Handler:
            def trigger(timer: func.TimerRequest) -> None:
                _tick(timer, handler)

            trigger.__name__ = handler.__name__
            trigger.__qualname__ = handler.__qualname__
            trigger.__doc__ = handler.__doc__
            trigger.__module__ = handler.__module__
            self.timer_trigger(arg_name="timer", schedule=schedule, use_monitor=True)(trigger)
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
