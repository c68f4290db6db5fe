"""Stands before Azurite, so that storage can fail on request.

Bytes pass unchanged, heads included, since shared-key signatures and SAS cover them; bodies pass in
pieces, so that an upload of any size takes little memory. Each connection of a client has one of
its own to Azurite.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from local.standins.fault_bodies import failure, phrase
from local.standins.faults import Fault, Faults
from local.standins.http1 import (
    CHUNK,
    Collect,
    Drop,
    Head,
    Pipe,
    Sink,
    copy_answer_body,
    copy_body,
    has_no_body,
    read_answer_head,
    read_head,
)
from local.standins.wire import LONGEST_HANG_SECONDS, reset

Observer = Callable[[str, str, Head, bytes], None]


class Upstream:
    """A connection to Azurite, renewed when Azurite has closed it between two requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams and not self._streams[0].at_eof() and not self._streams[1].is_closing():
            return self._streams
        self.close()
        self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=CHUNK)
        return self._streams

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None


class StorageProxy:
    """One of Azurite's three services, with faults."""

    def __init__(
        self, service: str, upstream_port: int, *, faults: Faults, observer: Observer | None = None
    ) -> None:
        self._service = service
        self._upstream_port = upstream_port
        self._faults = faults
        self._observer = observer
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self, door: socket.socket) -> asyncio.Server:
        return await asyncio.start_server(self._connection, sock=door, limit=CHUNK)

    def close_connections(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = Upstream(self._upstream_port)
        self._open.add(writer)
        try:
            while (request := await read_head(reader)) is not None:
                exchange = _Exchange(request, reader=reader, writer=writer, upstream=upstream)
                if not await self._answer(exchange):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # Either side went away or spoke no HTTP: the connection ends, as it would there.
        finally:
            self._open.discard(writer)
            upstream.close()
            writer.close()

    async def _answer(self, exchange: "_Exchange") -> bool:
        """Answer one request; return whether the connection goes on."""
        fault = None
        if self._faults.standing:
            fault = self._faults.take(self._service, method=exchange.method, path=exchange.target)
        if fault is None:
            return await exchange.forward(observer=self._observer)
        return await exchange.go_wrong(fault, observer=self._observer)


class _Exchange:
    """One request on its way to Azurite and back."""

    def __init__(
        self,
        request: Head,
        *,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: Upstream,
    ) -> None:
        self._request = request
        self._reader = reader
        self._writer = writer
        self._upstream = upstream
        method, target, _ = request.start
        self.method = method.decode("latin-1")
        self.target = target.decode("latin-1")

    async def forward(self, *, observer: Observer | None, answered: bool = True) -> bool:
        """Let the request through; without `answered` its answer is read and lost."""
        there, back = await self._send_request()
        answer = await read_answer_head(there)
        if answer is None:
            self._writer.close()
            return False
        pipe = Pipe(self._writer, head=answer.raw)
        client: Sink = pipe if answered else Drop()
        sink = Collect(client) if observer else client
        if not has_no_body(answer, method=self._request.start[0]):
            await copy_answer_body(there, sink, head=answer)
        if answered:
            await pipe.flush()
        if observer and isinstance(sink, Collect):
            observer(self.method, self.target, answer, b"".join(sink.parts))
        open_ended = answer.length is None and not answer.chunked and answer.status == 200
        if answer.closes or open_ended:
            back.close()
        return not (self._request.closes or answer.closes or open_ended)

    async def go_wrong(self, fault: Fault, *, observer: Observer | None) -> bool:
        if not fault.spoils_the_answer:
            await asyncio.sleep(fault.delay_seconds)
            return await self.forward(observer=observer)
        if fault.after_accept:
            await self.forward(observer=observer, answered=False)
        elif fault.kind not in {"reset", "timeout"}:
            await copy_body(self._reader, Drop(), head=await self._without_expectation())
        await asyncio.sleep(fault.delay_seconds)
        return await self._spoil(fault)

    async def _spoil(self, fault: Fault) -> bool:
        if fault.kind == "reset":
            reset(self._writer.transport)
            return False
        if fault.kind == "timeout":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_HANG_SECONDS):
                    while await self._reader.read(CHUNK):
                        pass
            return False
        status, headers, body = failure(fault)
        lines = [f"HTTP/1.1 {status} {phrase(status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"content-length: {len(body)}", "", ""]
        self._writer.write("\r\n".join(lines).encode())
        if self.method != "HEAD":
            self._writer.write(body)
        await self._writer.drain()
        return not self._request.closes

    async def _send_request(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        there, back = await self._upstream.streams()
        head = await self._without_expectation()
        pipe = Pipe(back, head=head.raw)
        # An early refusal may close the way there while its answer waits on the way back.
        with contextlib.suppress(ConnectionError):
            await copy_body(self._reader, pipe, head=head)
            await pipe.flush()
        return there, back

    async def _without_expectation(self) -> Head:
        expected = self._request.value(b"expect")
        if expected is None:
            return self._request
        self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await self._writer.drain()
        lines = self._request.raw.split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(b"expect:")]
        return Head(b"\r\n".join(kept))
