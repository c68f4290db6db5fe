"""What only this host answers: `/_local/…` and `/admin/functions`. Nothing of it is deployed."""

import asyncio
import json
import logging
import os
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from azure.functions.queue import QueueMessage

from local.host.answers import Answer
from local.host.clock import OffsetClock
from local.host.functions import Function, HttpTrigger, QueueTrigger, TimerTrigger
from local.host.idle import IdleWatch
from local.host.invocation import Invoker
from local.host.requests import Received
from local.host.timers import TimerListener

log = logging.getLogger("host.tools")

FIRST_YEAR, LAST_YEAR = 2000, 2200  # What dates, tokens and certificates can be made for.
IDLE_TIMEOUT_SECONDS = 30.0


class Toolbox:
    """The clock, the idle watch, the process id, and functions run by hand."""

    def __init__(
        self,
        functions: tuple[Function, ...],
        *,
        clock: OffsetClock,
        idle: IdleWatch,
        invoker: Invoker,
        timers: Mapping[str, TimerListener],
        standins_url: str | None,
    ) -> None:
        self._functions = {function.name.lower(): function for function in functions}
        self._clock = clock
        self._idle = idle
        self._invoker = invoker
        self._timers = timers
        self._standins_url = standins_url

    async def answer(self, received: Received, path: str, body: bytes) -> Answer | None:
        """Answer one of this host's own paths, or None where there is no such thing."""
        match received.method, path.strip("/").split("/"):
            case "GET", ["_local", "pid"]:
                return Answer.json(200, {"pid": os.getpid()})
            case "GET", ["_local", "idle"]:
                return await self._answer_idle(received)
            case "POST", ["_local", "clock"]:
                return await self._set_clock(body)
            case "GET", ["admin", "functions"]:
                return Answer.json(200, [_described(f) for f in self._functions.values()])
            case "POST", ["admin", "functions", name] if name.lower() in self._functions:
                return await self._run(self._functions[name.lower()], body)
        return None

    async def _answer_idle(self, received: Received) -> Answer:
        text = parse_qs(received.query.decode("latin-1")).get("timeout", [""])[0]
        try:
            seconds = float(text or IDLE_TIMEOUT_SECONDS)
        except ValueError:
            return Answer.json(400, {"error": "timeout is a number of seconds"})
        look = await self._idle.wait(timedelta(seconds=min(max(seconds, 0), 600)))
        return Answer.json(200 if look.is_idle else 503, look.document())

    async def _set_clock(self, body: bytes) -> Answer:
        try:
            moment = _moment(body)
        except ValueError as fault:
            return Answer.json(400, {"error": str(fault)})
        offset = self._clock.set(moment)
        if self._standins_url:
            try:
                await asyncio.to_thread(move_clock, self._standins_url, offset)
            except OSError as fault:
                return Answer.json(503, {"error": f"the stand-ins kept their time: {fault}"})
        return Answer.json(200, {"now": self._clock.now().isoformat().replace("+00:00", "Z")})

    async def _run(self, function: Function, body: bytes) -> Answer:
        try:
            given = json.loads(body) if body else {}
            text = given.get("input", "") if isinstance(given, dict) else ""
        except ValueError:
            return Answer.json(400, {"error": 'the body is JSON such as {"input": "…"}'})
        if isinstance(function.trigger, HttpTrigger):
            return Answer.json(400, {"error": f"{function.name} has a route; call that"})
        value = self._value(function, text if isinstance(text, str) else json.dumps(text))
        try:
            await self._invoker.invoke(function, value)
        except Exception as fault:
            # 202 says that the run has ended; the body says how.
            failure = {"succeeded": False, "error": type(fault).__name__}
            return Answer.json(202, {"function": function.name} | failure)
        return Answer.json(202, {"function": function.name, "succeeded": True})

    def _value(self, function: Function, text: str) -> object:
        if isinstance(function.trigger, TimerTrigger):
            return self._timers[function.name].request()
        now = datetime.now(UTC)
        return QueueMessage(  # type: ignore[no-untyped-call]  # The library leaves it untyped.
            id=str(uuid.uuid4()),
            body=text,
            dequeue_count=1,
            insertion_time=now,
            expiration_time=now + timedelta(days=7),
            time_next_visible=now,
            pop_receipt="by-hand",
        )


def move_clock(standins_url: str, offset_seconds: float) -> None:
    """Set how far the stand-ins' clock is from real time.

    Raises:
        OSError: the stand-ins do not answer, or refuse.
    """
    body = json.dumps({"offset_seconds": offset_seconds}).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{standins_url}/_control/clock"
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=5):
        return


def _moment(body: bytes) -> datetime | None:
    document = json.loads(body or b"{}")
    if not isinstance(document, dict):
        raise ValueError(  # noqa: TRY004 - a wrong body is wrong input, whatever its type.
            'the body is {"now": "2026-12-01T08:00:00Z"}, or {} to reset'
        )
    text = document.get("now")
    if text is None:
        return None
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("now needs a zone, such as the Z for UTC")
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise ValueError(f"now is a moment from {FIRST_YEAR} to {LAST_YEAR}")
    return moment.astimezone(UTC)


def _described(function: Function) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": function.name,
        "isDisabled": function.disabled,
        "config": {"bindings": list(function.bindings)},
    }
    match function.trigger:
        case HttpTrigger(template=template, methods=methods):
            described |= {"route": template.text, "methods": sorted(methods) if methods else None}
        case QueueTrigger(queue=queue):
            described["queue"] = queue
        case TimerTrigger(schedule=schedule):
            described["schedule"] = schedule.text
    return described
