"""Azurite's queues as the host uses them: through the official SDK, beside the fault proxies.

Faults are meant for the application. The host itself stands for Azure's part, so it talks to
Azurite's own port, and receives raw: the SDK's decoder fails on what is not Base64.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import azure.functions as func
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage, QueueServiceClient

LEASE = timedelta(seconds=30)
THREADS = 8

T = TypeVar("T")


class QueueAccount:
    """One storage account's queues, from the host's event loop."""

    def __init__(self, connection: str, *, base64_bodies: bool) -> None:
        # No retries: the listener is the retry loop, and a lost Azurite is told of at once.
        self._service = QueueServiceClient.from_connection_string(
            connection, retry_total=0, connection_timeout=5, read_timeout=20
        )
        self._base64 = base64_bodies
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="queues")

    async def receive(self, queue: str, *, most: int) -> list[QueueMessage]:
        """Lease up to `most` messages; none where the queue does not exist."""

        def first_page() -> list[QueueMessage]:
            pages = self._service.get_queue_client(queue).receive_messages(
                messages_per_page=most, visibility_timeout=int(LEASE.total_seconds())
            )
            return list(next(pages.by_page(), []))

        try:
            return await self._run(first_page)
        except ResourceNotFoundError:
            return []

    async def renew(self, queue: str, message: QueueMessage, *, lease: timedelta) -> bool:
        """Keep a message invisible for longer, or make it visible; False if it is another's now."""
        client = self._service.get_queue_client(queue)
        seconds = int(lease.total_seconds())
        try:
            renewed = await self._run(
                lambda: client.update_message(message, visibility_timeout=seconds)
            )
        except HttpResponseError as fault:
            return _gone(fault)
        message.pop_receipt = renewed.pop_receipt
        return True

    async def delete(self, queue: str, message: QueueMessage) -> bool:
        """Delete a message that is done; False if its lease has gone to another."""
        client = self._service.get_queue_client(queue)
        try:
            await self._run(lambda: client.delete_message(message))
        except HttpResponseError as fault:
            return _gone(fault)
        return True

    async def copy_to(self, queue: str, text: str) -> None:
        """Put a body as it stands into a queue, which is made if it is missing."""
        client = self._service.get_queue_client(queue)
        try:
            await self._run(lambda: client.send_message(text))
        except ResourceNotFoundError:
            await self._run(lambda: _create(client))
            await self._run(lambda: client.send_message(text))

    async def send(self, queue: str, value: object) -> None:
        """Send an output binding's value: one message, or one for each item of a list."""
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                await self.copy_to(queue, self._encode(item))

    def decode(self, text: str) -> bytes:
        """Return a message's bytes.

        Raises:
            ValueError: the host expects Base64 and this is none.
        """
        if not self._base64:
            return text.encode()
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as fault:
            raise ValueError("the message is not Base64") from fault

    async def counts(self, *, without: str) -> dict[str, int]:
        """Return how many messages each queue holds, save those whose names end in `without`."""
        found = await self._run(lambda: [queue.name for queue in self._service.list_queues()])
        names = [name for name in found if not name.endswith(without)]
        counts = await asyncio.gather(*(self.count(name) for name in names))
        return dict(zip(names, counts, strict=True))

    async def count(self, name: str) -> int:
        """Return how many messages a queue holds."""
        client = self._service.get_queue_client(name)
        try:
            properties = await self._run(client.get_queue_properties)
        except ResourceNotFoundError:
            return 0
        return properties.approximate_message_count or 0

    def _encode(self, item: object) -> str:
        if isinstance(item, func.QueueMessage):
            item = item.get_body()
        elif not isinstance(item, (str, bytes)):
            item = json.dumps(item)
        body = item.encode() if isinstance(item, str) else item
        return base64.b64encode(body).decode() if self._base64 else body.decode()

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def _gone(fault: HttpResponseError) -> bool:
    """Answer False where somebody else holds the message now; any other fault is raised."""
    if fault.status_code in {400, 404}:
        return False
    raise fault


def _create(client: QueueClient) -> None:
    try:
        client.create_queue()
    except ResourceExistsError:
        return
