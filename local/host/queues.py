"""Queue triggers: polling, leases, dequeue counts, poison queues."""

import asyncio
import logging
from datetime import timedelta

from azure.core.exceptions import AzureError
from azure.functions.queue import QueueMessage as FunctionMessage
from azure.storage.queue import QueueMessage as Leased

from local.host.functions import Function, QueueTrigger
from local.host.hostjson import QueueSettings
from local.host.invocation import Invoker
from local.host.queue_account import LEASE, QueueAccount

log = logging.getLogger("host.queues")

SHORTEST_POLL = timedelta(milliseconds=100)
# In Azure the scale controller wakes an idle application. Here what the application sends is heard
# (nudges.py), so that a poll only finds what others put, and what a killed host had taken.
LONGEST_POLL = timedelta(seconds=5)
POISON = "-poison"
LONGEST_NAME = 63


def poison_queue_of(queue: str) -> str | None:
    """Return where hopeless messages go; a poison queue and a name too long have no such place."""
    if queue.endswith(POISON) or len(queue) + len(POISON) > LONGEST_NAME:
        return None
    return queue + POISON


class QueueListener:
    """Feeds one function from its queue, at most batchSize + newBatchThreshold at a time."""

    def __init__(
        self,
        function: Function,
        *,
        account: QueueAccount,
        invoker: Invoker,
        settings: QueueSettings,
    ) -> None:
        if not isinstance(function.trigger, QueueTrigger):
            raise TypeError(f"{function.name} has no queue")
        self.queue = function.trigger.queue
        self._function = function
        self._account = account
        self._invoker = invoker
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._away = False

    @property
    def in_flight(self) -> int:
        return len(self._tasks)

    def nudge(self) -> None:
        """Poll now instead of at the end of the pause."""
        self._wake.set()

    async def stop(self) -> None:
        """Fetch nothing more, and wait for what is running."""
        self._stopping = True
        self.nudge()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def run(self) -> None:
        """Poll until stopped: at once after a hit, then more and more slowly."""
        pause = SHORTEST_POLL
        longest = min(self._settings.max_polling_interval, LONGEST_POLL)
        while not self._stopping:
            if self.in_flight > self._settings.new_batch_threshold:
                await self._rest(longest)
                continue
            messages = await self._receive()
            for message in messages:
                self._begin(message)
            if messages or await self._rest(pause):
                pause = SHORTEST_POLL
            else:
                pause = min(pause * 2, longest)

    async def _rest(self, pause: timedelta) -> bool:
        """Wait for a nudge; tell whether one came."""
        try:
            await asyncio.wait_for(self._wake.wait(), pause.total_seconds())
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    async def _receive(self) -> list[Leased]:
        try:
            messages = await self._account.receive(self.queue, most=self._settings.batch_size)
        except AzureError as fault:
            if not self._away:
                log.warning("%s cannot be polled: %s", self.queue, type(fault).__name__)
            self._away = True
            return []
        self._away = False
        return messages

    def _begin(self, message: Leased) -> None:
        task = asyncio.create_task(self._work_off(message))
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.nudge()
        if not task.cancelled() and (fault := task.exception()):
            # The message keeps its lease and comes back: at least once is all that is promised.
            log.error("%s: a message was not settled: %s", self.queue, type(fault).__name__)

    async def _work_off(self, message: Leased) -> None:
        if (message.dequeue_count or 0) > self._settings.max_dequeue_count:
            # Its last try never reported back, so the process that ran it was killed.
            await self._give_up(message)
            return
        finished = asyncio.Event()
        renewing = asyncio.create_task(self._keep_lease(message, finished))
        try:
            await self._invoker.invoke(self._function, self._value_of(message))
            succeeded = True
        except Exception:
            succeeded = False
        finally:
            finished.set()
            # A renewal under way brings a new receipt, without which nothing can be settled.
            await renewing
        await self._settle(message, succeeded=succeeded)

    def _value_of(self, message: Leased) -> FunctionMessage:
        return FunctionMessage(  # type: ignore[no-untyped-call]  # The library leaves it untyped.
            id=message.id,
            body=self._account.decode(message.content),
            dequeue_count=message.dequeue_count,
            insertion_time=message.inserted_on,
            expiration_time=message.expires_on,
            time_next_visible=message.next_visible_on,
            pop_receipt=message.pop_receipt,
        )

    async def _keep_lease(self, message: Leased, finished: asyncio.Event) -> None:
        while True:
            try:
                await asyncio.wait_for(finished.wait(), LEASE.total_seconds() / 2)
            except TimeoutError:
                await self._renew(message)
            else:
                return

    async def _renew(self, message: Leased) -> None:
        try:
            kept = await self._account.renew(self.queue, message, lease=LEASE)
        except AzureError as fault:
            log.warning("%s: a lease was not renewed: %s", self.queue, type(fault).__name__)
            return
        if not kept:
            log.warning("%s: the lease of %s went to another", self.queue, message.id)

    async def _settle(self, message: Leased, *, succeeded: bool) -> None:
        if succeeded:
            if not await self._account.delete(self.queue, message):
                log.info("%s: %s was done twice; another holds it", self.queue, message.id)
        elif (message.dequeue_count or 0) >= self._settings.max_dequeue_count:
            await self._give_up(message)
        else:
            again = self._settings.visibility_timeout
            await self._account.renew(self.queue, message, lease=again)
            asyncio.get_running_loop().call_later(again.total_seconds(), self.nudge)

    async def _give_up(self, message: Leased) -> None:
        poison = poison_queue_of(self.queue)
        if poison is None:
            # The lease simply runs out, and the message is tried again, for ever.
            return
        log.warning(
            "Message has reached MaxDequeueCount of %d. Moving message to queue '%s'.",
            self._settings.max_dequeue_count,
            poison,
        )
        await self._account.copy_to(poison, message.content)
        await self._account.delete(self.queue, message)
