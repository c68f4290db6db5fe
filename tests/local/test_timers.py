"""A timer's listener beside a running function: overlap, long runs, retries."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.host.clock import OffsetClock
from local.host.functions import Function, Retry, TimerTrigger
from local.host.invocation import Invoker
from local.host.ncrontab import Schedule
from local.host.timers import TimerListener, TimerStatus


def timer(call: Callable[..., Any], schedule: str, *, retry: Retry | None = None) -> Function:
    parsed = Schedule.parse(schedule)
    trigger = TimerTrigger(argument="timer", schedule=parsed, run_on_startup=False, monitored=True)
    return Function(
        name="tick",
        call=call,
        is_async=False,
        trigger=trigger,
        outputs=(),
        wants_context=False,
        retry=retry,
        disabled=False,
        bindings=(),
    )


async def listen(function: Function, folder: Path, *, seconds: float) -> None:
    async def send_nothing(*_: object) -> None:
        return

    clock = OffsetClock(folder / "clock.json")
    invoker = Invoker(root=folder, threads=4, timeout=None, send_output=send_nothing)
    status = TimerStatus(folder / "timers.json")
    listener = TimerListener(function, clock=clock, invoker=invoker, status=status)
    running = asyncio.create_task(listener.run())
    await asyncio.sleep(seconds)
    await listener.stop()
    await running


def test_a_run_longer_than_the_interval_is_never_joined_by_a_second(tmp_path: Path) -> None:
    alone = threading.Lock()
    runs: list[bool] = []

    def slow(timer: object) -> None:  # noqa: ARG001 - the host passes it by name.
        entered = alone.acquire(blocking=False)
        runs.append(entered)
        time.sleep(1.2)
        alone.release()

    asyncio.run(listen(timer(slow, "* * * * * *"), tmp_path, seconds=3.5))
    # Ticks that passed during a run are not made up for: fewer runs than seconds.
    assert runs in ([True, True], [True])


def test_a_failing_run_is_tried_again_as_often_as_its_policy_says(tmp_path: Path) -> None:
    runs: list[int] = []

    def failing(timer: object) -> None:  # noqa: ARG001 - the host passes it by name.
        runs.append(1)
        raise RuntimeError("as ordered")

    retry = Retry(max_count=2, delay=timedelta(0), most_delay=timedelta(0))
    asyncio.run(listen(timer(failing, "* * * * * *", retry=retry), tmp_path, seconds=1.1))
    assert len(runs) in {3, 6}
