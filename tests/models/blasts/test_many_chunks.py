"""The chunks of a step go some at a time: each once, under the request's id, and no loss unsaid."""

from contextvars import ContextVar
from datetime import timedelta
from typing import cast

import pytest

from shared.blasts.messages import ChunkMessage, send_chunks
from shared.platform.ids import ArtistId, BlastId
from shared.platform.storage.faults import StorageUnavailable
from shared.platform.storage.queues import Queues

CORRELATION: ContextVar[str] = ContextVar("correlation", default="nobody's")
Sent = tuple[str, timedelta, str]


class Heard:
    """Queues that note what they are given, and lose one message."""

    def __init__(self, lost: str | None = None) -> None:
        self.sent: list[Sent] = []
        self._lost = lost

    def send(self, _: str, message: dict[str, str], *, delay: timedelta) -> None:
        if message["chunk"] == self._lost:
            raise StorageUnavailable("the queue")
        self.sent.append((message["chunk"], delay, CORRELATION.get()))


def _chunks(count: int) -> list[tuple[ChunkMessage, timedelta]]:
    return [
        (
            ChunkMessage(
                artist_id=ArtistId("art_1"), blast_id=BlastId("bls_1"), chunk=f"{number:06d}"
            ),
            timedelta(seconds=number // 4),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 97])
def test_every_chunk_is_sent_once_with_its_delay_under_the_request_s_id(count: int) -> None:
    CORRELATION.set("req_7")
    queues = Heard()
    send_chunks(_chunks(count), queues=cast("Queues", queues))
    wanted = [(message.chunk, delay, "req_7") for message, delay in _chunks(count)]
    assert sorted(queues.sent) == wanted


@pytest.mark.parametrize("count", [5, 97])
def test_one_that_was_not_sent_is_told(count: int) -> None:
    with pytest.raises(StorageUnavailable):
        send_chunks(_chunks(count), queues=cast("Queues", Heard(lost="000003")))
