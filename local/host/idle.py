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
            await asyncio.sleep(PAUSE_SECONDS)

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
            running=dict.fromkeys(self._due_timers(), 1) | self._invoker.running,
            webhooks=webhooks,
            delayed=delayed,
            away=tuple(away),
        )

    def _due_timers(self) -> list[str]:
        return [name for name, timer in self._timers.items() if timer.is_due]

    def _ask_standins(self) -> tuple[int, list[dict[str, Any]]]:
        pending: int = _get(f"{self._standins_url}/_control/pending")["webhooks"]
        items = _get(f"{self._standins_url}/_control/delayed")["items"]
        horizon = datetime.now(UTC) + LONG_DELAY
        return pending, [i for i in items if datetime.fromisoformat(i["visible_at"]) > horizon]


def _waiting(counts: dict[str, int], delayed: list[dict[str, Any]]) -> dict[str, int]:
    """Return the queues with messages that are not merely waiting for a later hour."""
    waiting = {}
    for queue, count in counts.items():
        later = sum(item["queue"] == queue for item in delayed)
        if count > later:
            waiting[queue] = count - later
    return waiting


def _get(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        document: dict[str, Any] = json.load(answer)
        return document
