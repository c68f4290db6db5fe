"""The HTTP side: limits, routing, the call, the answer. An ASGI application, served by uvicorn."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, Protocol

from local.host.answers import EMPTY_404, EMPTY_500, Answer, answer_of
from local.host.functions import Function
from local.host.hostjson import HostSettings
from local.host.invocation import Invoker
from local.host.requests import Received
from local.host.routing import decode_path, in_order

log = logging.getLogger("host.http")

BODY_LIMIT = 104_857_600
URL_LIMIT = 8192
HEADERS_LIMIT = 32_768
HEADER_COUNT_LIMIT = 100

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Tools(Protocol):
    """What answers under /_local and /admin."""

    async def answer(self, received: Received, path: str, body: bytes) -> Answer | None: ...


class Front:
    """Answers requests as the Functions host does."""

    def __init__(
        self,
        functions: tuple[Function, ...],
        *,
        settings: HostSettings,
        invoker: Invoker,
        tools: Tools,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._routes = in_order(function for function in functions if function.returns_response)
        self._settings = settings
        self._invoker = invoker
        self._tools = tools
        self._body_limit = body_limit
        self._outstanding = 0
        at_once = settings.max_concurrent_requests
        self._turns = asyncio.Semaphore(at_once) if at_once else contextlib.nullcontext()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        received = Received.of(scope)
        try:
            answer = self._refusal(scope, received) or await self._answer(received, receive)
        except _ClientGoneError:
            return
        headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in answer.headers]
        headers += [(b"Server", b"Kestrel")]
        if answer.status not in {204, 304}:
            headers.append((b"Content-Length", str(len(answer.body)).encode()))
        with contextlib.suppress(OSError):
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})

    def _refusal(self, scope: Mapping[str, Any], received: Received) -> Answer | None:
        """Return what the server says before any function is looked for, if it objects."""
        if len(received.raw_path) + len(received.query) > URL_LIMIT:
            return Answer(status=414)
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if size > HEADERS_LIMIT or len(scope["headers"]) > HEADER_COUNT_LIMIT:
            return Answer(status=431)
        if received.content_length > self._body_limit:
            return Answer(status=413, headers=(("Connection", "close"),))
        return None

    async def _answer(self, received: Received, receive: Receive) -> Answer:
        path = decode_path(received.raw_path)
        if path.lower().startswith(("/_local/", "/admin/")):
            answer = await self._tools.answer(received, path, await _body(receive))
            return answer or EMPTY_404
        found = self._route(received.method, path)
        if not found:
            return EMPTY_404
        function, route_params = found
        # The host copies a body only when its length was announced.
        body = await _body(receive, keep=not received.is_chunked)
        if received.is_chunked:
            log.warning("%s: a chunked body was dropped; the function sees none", function.name)
        with self._outstanding_request() as may_enter:
            if not may_enter:
                return Answer(status=429, headers=(("X-FUNCTION-SCALEOUT", "1"),))
            async with self._turns:
                return await self._invoke(function, received, route_params, body)

    def _route(self, method: str, path: str) -> tuple[Function, dict[str, str]] | None:
        for function in self._routes:
            if function.methods is not None and method not in function.methods:
                continue
            values = function.template.match(path)
            if values is not None:
                return None if function.disabled else (function, values)
        return None

    @contextlib.contextmanager
    def _outstanding_request(self) -> Iterator[bool]:
        limit = self._settings.max_outstanding_requests
        self._outstanding += 1
        try:
            yield limit is None or self._outstanding <= limit
        finally:
            self._outstanding -= 1

    async def _invoke(
        self, function: Function, received: Received, route_params: dict[str, str], body: bytes
    ) -> Answer:
        request = received.request(route_params, body)
        trace_parent = received.headers.get("traceparent", "")
        try:
            response = await self._invoker.invoke(function, request, trace_parent=trace_parent)
            return answer_of(response, custom_headers=self._settings.custom_headers)
        except Exception as fault:
            log.error("%s answers 500: %s", function.name, type(fault).__name__)  # noqa: TRY400 - the invoker logged the traceback.
            return EMPTY_500


class _ClientGoneError(Exception):
    """The client went before its body was whole; there is nobody to answer."""


async def _body(receive: Receive, *, keep: bool = True) -> bytes:
    chunks = [chunk if keep else b"" async for chunk in _chunks(receive)]
    return b"".join(chunks)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        yield message.get("body", b"")
        more = message.get("more_body", False)
