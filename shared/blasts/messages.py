"""The messages of a run: `blast-starts` for its steps, `blast-chunks` for its calls. Ids only."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from shared.blasts.model import Blast
from shared.platform.clock import instant
from shared.platform.ids import ArtistId, BlastId
from shared.platform.storage.names import Queue
from shared.platform.storage.queues import Queues

_AT_ONCE: Final = timedelta(0)
# Puts wait for the storage, milliseconds each; a few more threads beside the worker's do no harm.
_AT_A_TIME: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkMessage:
    """A call to make: which chunk of which blast, and how often it was tried in doubt."""

    artist_id: ArtistId
    blast_id: BlastId
    chunk: str
    attempt: int = 0

    def send(self, queues: Queues, *, delay: timedelta = _AT_ONCE) -> None:
        """Send it, to be seen after a delay."""
        queues.send(
            Queue.BLAST_CHUNKS,
            {
                "artist_id": self.artist_id,
                "blast_id": self.blast_id,
                "chunk": self.chunk,
                "attempt": self.attempt,
            },
            delay=delay,
        )


def send_chunks(given: Sequence[tuple[ChunkMessage, timedelta]], *, queues: Queues) -> None:
    """Send chunks with their delays, eight at a time when they are many: the last would come late.

    Raises:
        StorageUnavailable: not known of one of them whether it was sent; others may have been.
    """
    if len(given) < 2 * _AT_A_TIME:
        for message, delay in given:
            message.send(queues, delay=delay)
        return
    with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="chunks") as senders:
        sent = [
            # A copy each: the correlation id lives in the context, which one thread can be in.
            senders.submit(copy_context().run, partial(message.send, queues, delay=delay))
            for message, delay in given
        ]
    for one in sent:
        one.result()


def send_start(blast: Blast, *, queues: Queues) -> None:
    """Ask that a blast begins, or that its feed goes on where it died."""
    queues.send(Queue.BLAST_STARTS, {"artist_id": blast.artist_id, "blast_id": blast.blast_id})


def send_step(blast: Blast, step: int, *, queues: Queues, delay: timedelta = _AT_ONCE) -> None:
    """Order one step of the feed."""
    queues.send(
        Queue.BLAST_STARTS,
        {"artist_id": blast.artist_id, "blast_id": blast.blast_id, "step": step},
        delay=delay,
    )


def send_watch(
    artist_id: ArtistId, blast_id: BlastId, *, queues: Queues, next_at: datetime
) -> None:
    """Order a look after a run; `next_at` is where the next one stands in the schedule."""
    queues.send(
        Queue.BLAST_STARTS,
        {"artist_id": artist_id, "blast_id": blast_id, "watch": instant(next_at)},
    )
