"""Where a queue message meets a use case.

A message carries ids; the row is the truth. The queue is the retry loop: a handler that raises is
run again after host.json's `visibilityTimeout`, and after `maxDequeueCount` tries the host moves
the message to the poison queue, whose trigger keeps it in a table with the cause that the last try
wrote here.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import azure.functions as func
import orjson

from shared import wiring
from shared.edge import triggers
from shared.platform import telemetry
from shared.platform.problems import GiveUp, Problem, RetryLater
from shared.platform.storage.names import Queue
from shared.wiring import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of a message: it may come again, also while this one runs."""

    app: App
    now: datetime
    message: dict[str, Any]
    attempt: int

    def text(self, name: str) -> str:
        """Return a text of the message.

        Raises:
            GiveUp: it is not there; such a message never becomes right.
        """
        value = self.message.get(name)
        if not isinstance(value, str):
            raise GiveUp("message_malformed")
        return value

    def number(self, name: str) -> int:
        """Return a whole number of the message.

        Raises:
            GiveUp: it is not there.
        """
        value = self.message.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise GiveUp("message_malformed")
        return value


Handler = Callable[[Delivery], None]


class Consumers:
    """A feature's queue functions."""

    def on(self, queue: Queue) -> Callable[[Handler], Handler]:
        """Register the handler of a queue's messages."""

        def register(handler: Handler) -> Handler:
            def trigger(msg: func.QueueMessage) -> None:
                _consume(msg, queue, handler)

            triggers.declare(trigger, like=handler, queue=queue.value)
            return handler

        return register


def message_key(body: bytes) -> str:
    """Return the key under which a message's causes are kept: the same on its poison queue."""
    return hashlib.sha256(body).hexdigest()[:40]


def _consume(msg: func.QueueMessage, queue: Queue, handler: Handler) -> None:
    app = wiring.current()
    now = app.clock.now()
    body, attempt = msg.get_body(), msg.dequeue_count or 1
    with telemetry.correlation(_correlation_id(body)):
        try:
            message = _parsed(body)
            handler(Delivery(app=app, now=now, message=message, attempt=attempt))
        except Exception as error:  # noqa: BLE001 - the last line: whatever it is, the host retries.
            cause = _cause(error)
            telemetry.event("message_failed", queue=queue.value, attempt=attempt, reason=cause)
            if not isinstance(error, RetryLater | GiveUp | Problem):
                telemetry.bug("message_broke", error, queue=queue.value)
            app.poison_messages.note_failure(queue.value, message_key(body), cause=cause, now=now)
            # The worker logs the exception that it is given: this one says a word, nothing else.
            raise MessageFailed(cause) from None


class MessageFailed(Exception):
    """A try at a message failed; the host counts it. Holds a constant word, never data."""


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise GiveUp("message_malformed") from None
    if not isinstance(message, dict):
        raise GiveUp("message_malformed")
    return message


def _correlation_id(body: bytes) -> str:
    try:
        return str(_parsed(body).get("correlation_id") or "-")
    except GiveUp:
        return "-"


def _cause(error: Exception) -> str:
    if isinstance(error, RetryLater | GiveUp):
        return error.reason
    if isinstance(error, Problem):
        return error.code
    return type(error).__name__
