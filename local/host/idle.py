"""Is everything done? Queues, running functions, webhooks on their way; asked twice in a row."""

import asyncio
import json
import logging
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.exceptions import AzureError

from local.host.invocation import Invoker
from local.host.queue_account import QueueAccount
from local.host.queues import POISON
from local.host.timers import TimerListener

log = logging.getLogger("host.idle")

# A message that waits longer than this is the application's plan, not work under way.
LONG_DELAY = timedelta(minutes=1)
PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.4  # Between two questions to a queue whose messages wait for their time.
LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is still to be done at one moment."""

    queues: dict[str, int]
    running: dict[str, int]
    webhooks: int
    delayed: list[dict[str, Any]] = field(default_factory=list)
    away: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        return not (self.queues or self.running or self.webhooks or self.away)

    def document(self) -> dict[str, Any]:
        if self.is_idle:
            return {"idle": True} | ({"delayed": self.delayed} if self.delayed else {})
        return {
            "idle": False,
            "queues": self.queues,
            "running": self.running,
            "webhooks": self.webhooks,
            "delayed": self.delayed,
        } | ({"unreachable": list(self.away)} if self.away else {})


class IdleWatch:
    """Waits until nothing is left to do."""

    def __init__(
        self,
        *,
        account: QueueAccount,
        invoker: Invoker,
        timers: Mapping[str, TimerListener],
        standins_url: str | None,
    ) -> None:
        self._account = account
        self._invoker = invoker
        self._timers = timers
        self._standins_url = standins_url

    async def wait(self, at_most: timedelta) -> Look:
        """Return the first idle look that a second one confirms, else the last at the time-out."""
        loop = asyncio.get_running_loop()
        end = loop.time() + at_most.total_seconds()
        while True:
            before = self._invoker.started
            look = await self._look()
            if look.is_idle:
                look = await self._look()
                if look.is_idle and self._invoker.started == before:
                    return look
            if loop.time() >= end:
                return look
            await self._pause(look, until=min(end, loop.time() + LOOK_SECONDS))

    async def _pause(self, seen: Look, *, until: float) -> None:
        """Wait until what was seen at work may have ended: a whole look is a dozen questions."""
        loop = asyncio.get_running_loop()
        pause = PAUSE_SECONDS
        await asyncio.sleep(pause)
        while loop.time() < until:
            if self._running():
                pause = PAUSE_SECONDS
            elif await self._is_at_work(seen):
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                return
            await asyncio.sleep(pause)

    async def _is_at_work(self, seen: Look) -> bool:
        if not seen.queues:
            return False
        queue, waiting = next(iter(seen.queues.items()))
        try:
            return await self._account.count(queue) >= waiting + _later(queue, seen.delayed)
        except AzureError:
            return False

    async def _look(self) -> Look:
        away = []
        webhooks = 0
        delayed: list[dict[str, Any]] = []
        if self._standins_url:
            try:
                webhooks, delayed = await asyncio.to_thread(self._ask_standins)
            except (OSError, ValueError, KeyError):
                away.append("stand-ins")
        try:
            counts = await self._account.counts(without=POISON)
        except AzureError:
            counts = {}
            away.append("queues")
        return Look(
            queues=_waiting(counts, delayed),
            running=self._running(),
            webhooks=webhooks,
            delayed=delayed,
            away=tuple(away),
        )

    def _running(self) -> dict[str, int]:
        due = [name for name, timer in self._timers.items() if timer.is_due]
        return dict.fromkeys(due, 1) | self._invoker.running

    def _ask_standins(self) -> tuple[int, list[dict[str, Any]]]:
        pending: int = _get(f"{self._standins_url}/_control/pending")["webhooks"]
        items = _get(f"{self._standins_url}/_control/delayed")["items"]
        horizon = datetime.now(UTC) + LONG_DELAY
        return pending, [i for i in items if datetime.fromisoformat(i["visible_at"]) > horizon]


def _waiting(counts: dict[str, int], delayed: list[dict[str, Any]]) -> dict[str, int]:
    """Return the queues with messages that are not merely waiting for a later hour."""
    waiting = {}
    for queue, count in counts.items():
        later = _later(queue, delayed)
        if count > later:
            waiting[queue] = count - later
    return waiting


def _later(queue: str, delayed: list[dict[str, Any]]) -> int:
    """Return how many messages of a queue wait for a later hour."""
    return sum(item["queue"] == queue for item in delayed)


def _get(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        document: dict[str, Any] = json.load(answer)
        return document
