"""What operators do with messages that were given up: put them back, or drop them."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import orjson
from pydantic import StringConstraints

from shared.platform import telemetry
from shared.platform.clock import instant
from shared.platform.poison import PoisonMessage, PoisonMessages
from shared.platform.problems import Conflict, NotFound
from shared.platform.schemas import Answer, Request
from shared.platform.storage.names import Queue
from shared.platform.storage.queues import Queues

# Notes who did what to a message, before it is done: the trail belongs to a room above.
Note = Callable[[PoisonMessage], None]


class PoisonView(Answer):
    """A message that was given up. Its body holds ids, enumerations and counts."""

    id: str
    queue: str
    cause: str
    first_seen: str
    last_seen: str
    message: dict[str, Any]

    @classmethod
    def of(cls, message: PoisonMessage) -> "PoisonView":
        """Return a message as it is answered."""
        return cls(
            id=message.id,
            queue=message.queue,
            cause=message.cause,
            first_seen=instant(message.first_seen),
            last_seen=instant(message.last_seen),
            message=members(message) or {},
        )


class PoisonPage(Answer):
    """What was given up, the latest first."""

    items: list[PoisonView]
    next_cursor: str | None


class PoisonDiscard(Request):
    """Why a message is dropped: a few words, and nobody's address."""

    reason: Annotated[str, StringConstraints(pattern=r"^[^@]{1,120}$")]


def listed(messages: PoisonMessages) -> list[PoisonView]:
    """Return what was given up, the latest first."""
    found = sorted(messages.every(), key=lambda one: one.last_seen, reverse=True)
    return [PoisonView.of(message) for message in found]


def replay(
    message_id: str, *, messages: PoisonMessages, queues: Queues, note: Note
) -> PoisonMessage:
    """Put a message back on its queue. Twice is safe: what is done is found done.

    Raises:
        NotFound: there is no such message.
        Conflict: it cannot be read; drop it.
    """
    message = _found(message_id, messages)
    body = members(message)
    if body is None:
        raise Conflict("It cannot be read, and can only be discarded.", code="not_replayable")
    note(message)
    queues.send(Queue(message.queue), body)
    messages.remove(message_id)
    telemetry.event("poison_replayed", queue=message.queue)
    return message


def discard(message_id: str, *, reason: str, messages: PoisonMessages, note: Note) -> PoisonMessage:
    """Drop a message.

    Raises:
        NotFound: there is no such message.
    """
    message = _found(message_id, messages)
    note(message)
    messages.remove(message_id)
    telemetry.event("poison_discarded", queue=message.queue, reason=as_word(reason))
    return message


def as_word(reason: str) -> str:
    """Return a reason as the log and the trail take it: letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", reason.lower()).strip("_") or "none"


def members(message: PoisonMessage) -> Mapping[str, Any] | None:
    """Return a message's fields, or None when it cannot be read."""
    try:
        parsed = orjson.loads(message.body)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _found(message_id: str, messages: PoisonMessages) -> PoisonMessage:
    message = messages.find(message_id)
    if message is None:
        raise NotFound
    return message
