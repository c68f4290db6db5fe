"""Timer triggers: ticks on the application's clock, past due once, never two at once."""

import asyncio
import json
import logging
from datetime import datetime, timedelta
from pathlib import Path

from azure.functions.timer import TimerRequest

from local.host.clock import OffsetClock
from local.host.functions import Function, TimerTrigger
from local.host.invocation import Invoker
from local.host.retrying import delay_before
from local.stack.files import write_whole

log = logging.getLogger("host.timers")

# A sleeping laptop's clock runs on; looking again now and then finds out.
LONGEST_NAP = timedelta(seconds=30)
NEVER = "0001-01-01T00:00:00"


class TimerStatus:
    """When each timer ran last and runs next, kept in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._kept: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            self._kept = {}

    def of(self, function: str) -> dict[str, str]:
        return self._kept.get(function, {})

    def keep(self, function: str, status: dict[str, str]) -> None:
        self._kept[function] = status
        write_whole(self._path, json.dumps(self._kept, indent=1))


class TimerListener:
    """Fires one function by its schedule."""

    def __init__(
        self, function: Function, *, clock: OffsetClock, invoker: Invoker, status: TimerStatus
    ) -> None:
        if not isinstance(function.trigger, TimerTrigger):
            raise TypeError(f"{function.name} has no schedule")
        self._function = function
        self._trigger = function.trigger
        self._schedule = function.trigger.schedule
        self._clock = clock
        self._invoker = invoker
        self._status = status
        self._past_due = self._was_missed()
        self._last: datetime | None = None
        self._next = self._schedule.next_after(clock.now())
        self._wake = asyncio.Event()
        self._stopping = False
        self._ended = asyncio.Event()

    @property
    def is_due(self) -> bool:
        """Tell whether it is about to fire."""
        return self._past_due or self._clock.now() >= self._next

    def clock_changed(self, before: datetime) -> None:
        """Take up a new time: a tick that was jumped over fires once, past due."""
        now = self._clock.now()
        passed = now > before and self._next <= now
        self._next = self._schedule.next_after(now)
        if passed:
            # What is stored stays until the run: it tells the function which tick it missed.
            self._past_due = True
        else:
            self._keep(now)
        self._wake.set()

    def request(self, *, past_due: bool = False) -> TimerRequest:
        """Return what the function gets as its timer."""
        kept = self._status.of(self._function.name)
        status = {key: kept.get(key, NEVER) for key in ("Last", "Next", "LastUpdated")}
        return TimerRequest(
            past_due=past_due, schedule_status=status, schedule={"AdjustForDST": True}
        )

    async def stop(self) -> None:
        """Fire no more, and wait for a run that is under way."""
        self._stopping = True
        self._wake.set()
        await self._ended.wait()

    async def run(self) -> None:
        """Fire at each tick until stopped."""
        if self._trigger.run_on_startup and not self._past_due:
            log.warning("%s has run_on_startup: it fires at every start", self._function.name)
            await self._fire(past_due=False)
        self._keep(self._clock.now())
        while not self._stopping:
            if self._past_due:
                self._past_due = False
                await self._fire(past_due=True)
            elif self._clock.now() >= self._next:
                self._next = self._schedule.next_after(self._next)
                await self._fire(past_due=False)
            else:
                await self._nap()
        self._ended.set()

    async def _nap(self) -> None:
        wait = min(self._next - self._clock.now(), LONGEST_NAP).total_seconds()
        try:
            await asyncio.wait_for(self._wake.wait(), max(wait, 0))
        except TimeoutError:
            return
        self._wake.clear()

    async def _fire(self, *, past_due: bool) -> None:
        self._last = self._clock.now()
        attempt = 0
        while True:
            try:
                await self._invoker.invoke(self._function, self.request(past_due=past_due))
            except Exception:
                attempt += 1
                delay = self._delay_before(attempt)
                if delay is None or self._stopping:
                    break
                await asyncio.sleep(delay.total_seconds())
            else:
                break
        now = self._clock.now()
        if self._next <= now and not self._past_due:
            # Ticks that passed during a long run are not made up for.
            self._next = self._schedule.next_after(now)
        self._keep(now)

    def _delay_before(self, attempt: int) -> timedelta | None:
        retry = self._function.retry
        return delay_before(retry, attempt=attempt) if retry else None

    def _was_missed(self) -> bool:
        kept = self._status.of(self._function.name)
        if not self._trigger.monitored or kept.get("Schedule") != self._schedule.text:
            return False
        try:
            return self._clock.now() > datetime.fromisoformat(kept["Next"])
        except (KeyError, ValueError):
            return False

    def _keep(self, now: datetime) -> None:
        if self._trigger.monitored:
            kept = self._status.of(self._function.name)
            status = {
                "Last": self._last.isoformat() if self._last else kept.get("Last", NEVER),
                "Next": self._next.isoformat(),
                "LastUpdated": now.isoformat(),
                "Schedule": self._schedule.text,
            }
            self._status.keep(self._function.name, status)
