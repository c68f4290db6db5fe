"""HTTP/1.1 framing over asyncio streams: no more than a proxy and a courier need, and cheap."""

import asyncio
import re
from dataclasses import dataclass
from typing import Protocol

CHUNK = 256 * 1024
_WRITTEN_ABOVE = 16_384

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)


class Sink(Protocol):
    """Takes the bytes of a body."""

    async def take(self, data: bytes) -> None: ...


class Pipe:
    """Writes on to a connection, no faster than the other side reads.

    Small pieces, such as a head and the lines between chunks, go together: each write is a packet.
    """

    def __init__(self, writer: asyncio.StreamWriter, *, head: bytes) -> None:
        self._writer = writer
        self._held = bytearray(head)

    async def take(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > _WRITTEN_ABOVE:
            await self.flush()

    async def flush(self) -> None:
        """Write what is held. To be called after a body's end."""
        if self._held:
            self._writer.write(bytes(self._held))
            self._held.clear()
        await self._writer.drain()


class Drop:
    """Reads a body for nobody."""

    async def take(self, data: bytes) -> None:
        del data


class Collect:
    """Keeps a body and hands it on to another sink."""

    def __init__(self, onward: Sink) -> None:
        self.parts: list[bytes] = []
        self._onward = onward

    async def take(self, data: bytes) -> None:
        self.parts.append(data)
        await self._onward.take(data)


@dataclass(frozen=True, slots=True)
class Head:
    """A request's or an answer's start line and headers, as they came."""

    raw: bytes

    @property
    def start(self) -> list[bytes]:
        return self.raw[: self.raw.index(b"\r\n")].split(b" ", 2)

    @property
    def length(self) -> int | None:
        found = _LENGTH.search(self.raw)
        return int(found[1]) if found else None

    @property
    def chunked(self) -> bool:
        return _CHUNKED.search(self.raw) is not None

    @property
    def closes(self) -> bool:
        return _CLOSE.search(self.raw) is not None

    @property
    def status(self) -> int:
        return int(self.start[1])

    def value(self, name: bytes) -> bytes | None:
        found = re.search(rb"\r\n" + name + rb":[ \t]*([^\r\n]*)", self.raw, re.IGNORECASE)
        return found[1] if found else None


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Return the next head, or None when the other side has ended the connection."""
    try:
        return Head(await reader.readuntil(b"\r\n\r\n"))
    except asyncio.IncompleteReadError:
        return None


async def read_answer_head(reader: asyncio.StreamReader) -> Head | None:
    """Return the head of the final answer, past any interim ones."""
    while (head := await read_head(reader)) is not None and head.status // 100 == 1:
        pass
    return head


def has_no_body(answer: Head, *, method: bytes) -> bool:
    return method == b"HEAD" or answer.status in {204, 304}


async def copy_body(reader: asyncio.StreamReader, sink: Sink, *, head: Head) -> None:
    """Hand a request's body on; one with neither length nor chunks has none.

    Raises:
        asyncio.IncompleteReadError: the sender stopped in the middle.
    """
    if head.chunked:
        await _copy_chunks(reader, sink)
    elif head.length:
        await _copy_exactly(reader, sink, head.length)


async def copy_answer_body(reader: asyncio.StreamReader, sink: Sink, *, head: Head) -> None:
    """Hand an answer's body on; one with neither length nor chunks lasts until the end."""
    if head.chunked or head.length is not None:
        await copy_body(reader, sink, head=head)
        return
    while data := await reader.read(CHUNK):
        await sink.take(data)


async def _copy_exactly(reader: asyncio.StreamReader, sink: Sink, count: int) -> None:
    while count:
        data = await reader.read(min(count, CHUNK))
        if not data:
            raise asyncio.IncompleteReadError(b"", count)
        count -= len(data)
        await sink.take(data)


async def _copy_chunks(reader: asyncio.StreamReader, sink: Sink) -> None:
    while True:
        line = await reader.readuntil(b"\r\n")
        await sink.take(line)
        size = int(line.split(b";")[0], 16)
        if size:
            await _copy_exactly(reader, sink, size + 2)
            continue
        while line != b"\r\n":
            line = await reader.readuntil(b"\r\n")
            await sink.take(line)
        return
