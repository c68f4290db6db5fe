"""Stands before each vendor's routes: reads the request whole, records it, and lets it go wrong."""

import asyncio
import functools
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.standins.clock import MovableClock
from local.standins.fault_bodies import failure
from local.standins.faults import Fault, Faults
from local.standins.requests_seen import RequestLog, Seen

LONGEST_HANG_SECONDS = 600
_TRANSPORT = "standins.transport"


class ResettableProtocol(H11Protocol):
    """uvicorn's connection, whose transport the application can reach and cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self.app = functools.partial(_with_transport, self.app, transport)


async def _with_transport(
    app: Callable[..., Awaitable[None]],
    transport: asyncio.Transport,
    scope: dict[str, Any],
    receive: Receive,
    send: Send,
) -> None:
    scope[_TRANSPORT] = transport
    await app(scope, receive, send)


def reset(transport: asyncio.BaseTransport) -> None:
    """End a connection with a TCP reset, as a crashed peer or a strict firewall does."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def json_answer(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


async def json_body(request: Request) -> Any:  # noqa: ANN401 - JSON is whatever was sent
    """Return the request's JSON; None when it is not JSON."""
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None


def note(request: Request, text: str) -> None:
    """Write a remark beside the recorded request."""
    seen = request.scope.get("standins.seen")
    if isinstance(seen, Seen):
        seen.notes.append(text)


class Counter:
    """Where a request for one service comes in."""

    def __init__(
        self, service: str, app: ASGIApp, *, clock: MovableClock, faults: Faults, log: RequestLog
    ) -> None:
        self._service = service
        self._app = app
        self._clock = clock
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole_body(receive)
        seen = self._log.add(self._seen(scope, body))
        scope["standins.seen"] = seen
        target = f"{seen.path}?{seen.query}" if seen.query else seen.path
        fault = self._faults.take(self._service, method=seen.method, path=target)
        exchange = _Exchange(self._app, scope, body, receive=receive, send=send, seen=seen)
        if fault is None:
            await exchange.go_well()
        else:
            seen.fault = fault.kind or str(fault.status or "delay")
            await exchange.go_wrong(fault)

    def _seen(self, scope: Scope, body: bytes) -> Seen:
        return Seen(
            service=self._service,
            at=self._clock.instant(),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
            body=body,
        )


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


class _Exchange:
    """One request with its body read, and its way to an answer."""

    def __init__(
        self,
        app: ASGIApp,
        scope: Scope,
        body: bytes,
        *,
        receive: Receive,
        send: Send,
        seen: Seen,
    ) -> None:
        self._app = app
        self._scope = scope
        self._body: bytes | None = body
        self._receive = receive
        self._send = send
        self._seen = seen

    async def go_well(self) -> None:
        await self._app(self._scope, self._replayed, self._sent)

    async def go_wrong(self, fault: Fault) -> None:
        answer: list[Message] = []
        if fault.after_accept:
            await self._app(self._scope, self._replayed, _kept_in(answer))
        await asyncio.sleep(fault.delay_seconds)
        if fault.spoils_the_answer:
            await self._spoil(fault)
        elif fault.after_accept:
            for message in answer:
                await self._sent(_with_headers(message, fault.headers))
        else:
            await self._app(self._scope, self._replayed, self._send_with(fault.headers))

    async def _spoil(self, fault: Fault) -> None:
        if fault.kind == "reset":
            reset(self._scope[_TRANSPORT])
        elif fault.kind == "timeout":
            await self._hang()
        else:
            status, headers, body = failure(fault)
            self._seen.status = status
            await Response(body, status, headers)(self._scope, self._receive, self._send)

    async def _hang(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_HANG_SECONDS):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            pass
        self._scope[_TRANSPORT].abort()

    async def _replayed(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _sent(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._seen.status = message["status"]
        await self._send(message)

    def _send_with(self, headers: dict[str, str]) -> Send:
        async def send(message: Message) -> None:
            await self._sent(_with_headers(message, headers))

        return send


def _kept_in(answer: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        answer.append(message)

    return keep


def _with_headers(message: Message, headers: dict[str, str]) -> Message:
    if message["type"] != "http.response.start" or not headers:
        return message
    replaced = {name.lower().encode() for name in headers}
    kept = [(name, value) for name, value in message["headers"] if name not in replaced]
    added = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {**message, "headers": kept + added}
