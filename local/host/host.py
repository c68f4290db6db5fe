"""The host put together: index, listeners, HTTP; started, and stopped without losing work."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn

from local.host import nudges
from local.host.clock import OffsetClock
from local.host.front import Front
from local.host.functions import Function, QueueOutput, QueueTrigger, TimerTrigger
from local.host.hostjson import HostSettings
from local.host.idle import IdleWatch
from local.host.invocation import Invoker
from local.host.queue_account import LEASE, QueueAccount
from local.host.queues import QueueListener
from local.host.timers import TimerListener, TimerStatus
from local.host.tools import Toolbox
from local.stack.files import DataFolder

log = logging.getLogger("host")

# As long as the supervisor waits, less a little.
DRAIN_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """Where this host lives."""

    root: Path
    port: int
    data: DataFolder
    storage: str
    standins_url: str | None
    threads: int


class Host:
    """One application, served."""

    def __init__(
        self,
        functions: tuple[Function, ...],
        *,
        settings: HostSettings,
        clock: OffsetClock,
        options: HostOptions,
    ) -> None:
        self._functions = functions
        self._settings = settings
        self._clock = clock
        self._options = options
        self._account = QueueAccount(options.storage, base64_bodies=settings.queues.base64)
        self._invoker = Invoker(
            root=options.root,
            threads=options.threads,
            timeout=settings.function_timeout,
            send_output=self._send_output,
        )
        self._queues = self._queue_listeners()
        self._timers = self._timer_listeners()

    async def _send_output(self, output: QueueOutput, value: object) -> None:
        await self._account.send(output.queue, value)

    def _queue_listeners(self) -> list[QueueListener]:
        return [
            QueueListener(
                function,
                account=self._account,
                invoker=self._invoker,
                settings=self._settings.queues,
            )
            for function in self._functions
            if isinstance(function.trigger, QueueTrigger) and not function.disabled
        ]

    def _timer_listeners(self) -> dict[str, TimerListener]:
        status = TimerStatus(self._options.data.timers)
        return {
            function.name: TimerListener(
                function, clock=self._clock, invoker=self._invoker, status=status
            )
            for function in self._functions
            if isinstance(function.trigger, TimerTrigger)
        }

    def _enabled_timers(self) -> dict[str, TimerListener]:
        disabled = {function.name for function in self._functions if function.disabled}
        return {n: timer for n, timer in self._timers.items() if n not in disabled}

    def _listeners(self) -> list[QueueListener | TimerListener]:
        return [*self._queues, *self._enabled_timers().values()]

    async def serve(self) -> None:
        """Run until SIGTERM or SIGINT, then stop fetching and let what is running finish."""
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        server = _Server(self._front(), self._options.port)
        serving = asyncio.create_task(server.serve())
        listening = self._listen(loop)
        log.info("%d functions on http://127.0.0.1:%d", len(self._functions), self._options.port)
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        await self._drain(server, serving, listening)

    def _front(self) -> Front:
        standins_url = self._options.standins_url
        tools = Toolbox(
            self._functions,
            clock=self._clock,
            idle=IdleWatch(
                account=self._account,
                invoker=self._invoker,
                timers=self._enabled_timers(),
                standins_url=standins_url,
            ),
            invoker=self._invoker,
            timers=self._timers,
            standins_url=standins_url,
        )
        return Front(self._functions, settings=self._settings, invoker=self._invoker, tools=tools)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> list[asyncio.Task[None]]:
        by_queue = {listener.queue: listener for listener in self._queues}

        def heard(queue: str, delay_seconds: int) -> None:
            if listener := by_queue.get(queue):
                due = delay_seconds + nudges.SETTLING_SECONDS
                with contextlib.suppress(RuntimeError):  # The loop may be closing.
                    loop.call_soon_threadsafe(loop.call_later, due, listener.nudge)

        def moved(_: datetime) -> None:
            for listener in self._queues:
                loop.call_later(nudges.MOVING_SECONDS, listener.nudge)

        nudges.hear_puts(heard)
        for listener in self._queues:
            # What a killed host had taken comes back now.
            loop.call_later(LEASE.total_seconds() + nudges.SETTLING_SECONDS, listener.nudge)
        for timer in self._enabled_timers().values():
            self._clock.on_change(timer.clock_changed)
        self._clock.on_change(moved)
        return [asyncio.create_task(listener.run()) for listener in self._listeners()]

    async def _drain(
        self, server: "_Server", serving: asyncio.Task[None], listening: list[asyncio.Task[None]]
    ) -> None:
        log.info("Stopping: nothing more is fetched, what is running may finish")
        server.should_exit = True
        stops = [listener.stop() for listener in self._listeners()]
        endings = [serving, *listening, *map(asyncio.create_task, stops)]
        _, late = await asyncio.wait(endings, timeout=DRAIN_SECONDS)
        if late:
            log.warning("Stopped with work under way: %s", self._invoker.running)
        log.info("Stopped")
        logging.shutdown()
        # A thread that still runs user code must not hold the process.
        os._exit(0)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the host decides when to stop."""

    def __init__(self, front: Front, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                front,
                host="127.0.0.1",
                port=port,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
