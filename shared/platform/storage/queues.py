"""Messages for the queue functions.

A message holds ids, epochs and counts, never personal data. It is JSON in Base64, the Functions
host's default encoding, and carries the correlation id of the work that sent it, since the host
passes on nothing but the body. A send whose answer was lost is sent again: a message too many must
find nothing to do.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import orjson

from shared.platform.storage.names import Queue

if TYPE_CHECKING:
    from azure.storage.queue import QueueClient

    from shared.platform.storage.account import StorageAccount

MAX_MESSAGE_BYTES: Final = 48 * 1024
MAX_DELAY: Final = timedelta(days=7) - timedelta(seconds=1)

MessageField = str | int | None
_NO_DELAY: Final = timedelta(0)


class Queues:
    """The queues of an account. One for a process, shared between threads."""

    def __init__(self, account: "StorageAccount", *, correlation_id: Callable[[], str]) -> None:
        self._account = account
        self._correlation_id = correlation_id

    def send(
        self, queue: Queue, message: Mapping[str, MessageField], *, delay: timedelta = _NO_DELAY
    ) -> None:
        """Send a message, visible after `delay` (whole seconds, rounded up; under seven days).

        A `correlation_id` of the message's own is kept.

        Raises:
            ValueError: over 48 KiB, or a delay out of range.
            StorageUnavailable: not known whether it was sent.
        """
        body = encode_message(message, correlation_id=self._correlation_id())
        self._account.queue_wire().send(queue.value, body, seconds=_delay_seconds(delay))

    def approximate_count(self, queue: Queue | str) -> int:
        """Return about how many messages a queue holds, invisible and delayed ones included."""
        from shared.platform.storage.vendor import call

        properties = call(self._client(queue).get_queue_properties)
        return properties.approximate_message_count or 0

    def oldest_visible_since(self, queue: Queue | str) -> datetime | None:
        """Return when the first of the visible messages was sent, or None when none is visible."""
        from shared.platform.storage.vendor import call

        messages = call(lambda: self._client(queue).peek_messages(max_messages=1))
        return messages[0].inserted_on if messages else None

    def _client(self, queue: Queue | str) -> "QueueClient":
        return self._account.queue_client(str(queue))


def encode_message(message: Mapping[str, MessageField], *, correlation_id: str) -> bytes:
    """Return the JSON of a message, before Base64.

    Raises:
        ValueError: over 48 KiB, which is what Base64 leaves of a queue's 64.
    """
    body = orjson.dumps({"correlation_id": correlation_id, **message})
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError("A message has at most 48 KiB.")
    return body


def _delay_seconds(delay: timedelta) -> int:
    if not _NO_DELAY <= delay <= MAX_DELAY:
        raise ValueError("A message is delayed by less than seven days.")
    return -int(-delay.total_seconds() // 1)
