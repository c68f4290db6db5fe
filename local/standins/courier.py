"""Delivers webhooks as Svix does: signed, at least once, and again later when nobody said 2xx."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

import orjson

from local.standins.clock import MovableClock
from local.standins.http1 import CHUNK, Drop, copy_answer_body, has_no_body, read_answer_head
from local.standins.state import State

RETRY_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
_ANSWER_WITHIN_SECONDS = 15
_PENDING_WITHIN_SECONDS = 60
_LANES = 4
_KIND = "webhook"


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint; the id stays the same over its attempts."""

    id: str
    path: str
    secret: str
    body: str
    lane: int
    forged: bool = False
    timestamp_offset: int = 0
    attempts: int = 0
    due: float = 0
    last_status: int | None = None


class Forgery(TypedDict, total=False):
    """How a message is wrong on purpose: signed by somebody else, or stamped with another time."""

    forged: bool
    timestamp_offset: int


def svix_signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature header's value for a body under a `whsec_…` secret."""
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


class Courier:
    """The queue of deliveries and those who carry them.

    Four lanes work side by side. Messages with one lane key keep their order, which spares the
    receiver needless collisions on one row; it may not rely on that, and events sent through the
    control calls take any lane.
    """

    def __init__(
        self, app_url: str, *, clock: MovableClock, state: State, secret: Callable[[str], str]
    ) -> None:
        address = urlsplit(app_url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        self._clock = clock
        self._state = state
        self._secret = secret
        self._ready: list[asyncio.Queue[Delivery]] = [asyncio.Queue() for _ in range(_LANES)]
        self._later: dict[str, Delivery] = {}
        self._carried = 0
        self._turn = itertools.count()
        self._changed = asyncio.Event()
        clock.on_move(self._changed.set)

    def send(
        self,
        path: str,
        *,
        secret: str,
        payload: dict[str, Any],
        lane: str | None = None,
        message_id: str | None = None,
        **forgery: Unpack[Forgery],
    ) -> str:
        """Queue one message and return its id. `lane`: messages of one key go in order."""
        number = next(self._turn) if lane is None else hash(lane)
        delivery = Delivery(
            id=message_id or "msg_" + secrets.token_urlsafe(20),
            path=path,
            secret=secret,
            body=orjson.dumps(payload).decode(),
            lane=number % _LANES,
            **forgery,
        )
        self._ready[delivery.lane].put_nowait(delivery)
        return delivery.id

    def pending(self) -> int:
        """Return how many wait or are under way; a retry later than a minute is not counted."""
        soon = self._clock.timestamp() + _PENDING_WITHIN_SECONDS
        retries = sum(delivery.due <= soon for delivery in self._later.values())
        return self._carried + retries + sum(lane.qsize() for lane in self._ready)

    def waiting(self) -> list[dict[str, Any]]:
        """Return what failed and waits for its next attempt."""
        return [asdict(delivery) for delivery in self._later.values()]

    def drop_waiting(self) -> None:
        """Forget what failed and waits for its next attempt."""
        self._later.clear()
        self._state.clear(_KIND)

    async def run(self) -> None:
        """Work until cancelled; then keep what was not delivered for the next start."""
        for document in self._state.all(_KIND).values():
            delivery = Delivery(**document)
            self._later[delivery.id] = delivery
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._wake())
                for lane in self._ready:
                    group.create_task(self._carry(lane))
        finally:
            self._keep_the_rest()

    def _keep_the_rest(self) -> None:
        for lane in self._ready:
            while not lane.empty():
                delivery = lane.get_nowait()
                self._state.put(_KIND, delivery.id, asdict(delivery))

    async def _wake(self) -> None:
        while True:
            now = self._clock.timestamp()
            for delivery in [late for late in self._later.values() if late.due <= now]:
                del self._later[delivery.id]
                self._ready[delivery.lane].put_nowait(delivery)
            self._changed.clear()
            soonest = min((late.due for late in self._later.values()), default=now + 3600)
            try:
                async with asyncio.timeout(max(0.05, soonest - now)):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _carry(self, lane: asyncio.Queue[Delivery]) -> None:
        line = _Line(self._host, self._port)
        while True:
            delivery = await lane.get()
            self._carried += 1
            try:
                delivery.last_status = await self._attempt(line, delivery)
                self._record(delivery)
            except asyncio.CancelledError:
                lane.put_nowait(delivery)
                raise
            finally:
                self._carried -= 1

    async def _attempt(self, line: "_Line", delivery: Delivery) -> int | None:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                return await line.post(delivery.path, self._headers(delivery), delivery.body)
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            line.close()
            return None

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        timestamp = int(self._clock.timestamp()) + delivery.timestamp_offset
        secret = self._secret(delivery.secret)
        signature = svix_signature(
            "whsec_" + base64.b64encode(b"somebody else's secret").decode()
            if delivery.forged
            else secret,
            message_id=delivery.id,
            timestamp=timestamp,
            body=delivery.body.encode(),
        )
        return {
            "svix-id": delivery.id,
            "svix-timestamp": str(timestamp),
            "svix-signature": signature,
        }

    def _record(self, delivery: Delivery) -> None:
        status = delivery.last_status
        delivered = status is not None and 200 <= status < 300
        if delivered or delivery.attempts == len(RETRY_SECONDS) or delivery.forged:
            self._state.delete(_KIND, delivery.id)
            return
        delivery.due = self._clock.timestamp() + RETRY_SECONDS[delivery.attempts]
        delivery.attempts += 1
        self._later[delivery.id] = delivery
        self._state.put(_KIND, delivery.id, asdict(delivery))
        self._changed.set()


class _Line:
    """One connection to the application, kept open from message to message."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, headers: dict[str, str], text: str) -> int:
        """Return the status of the answer.

        Raises:
            OSError, EOFError: nobody answers.
        """
        reader, writer = await self._connected()
        body = text.encode()
        lines = [f"POST {path} HTTP/1.1", f"Host: {self._host}:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += ["User-Agent: Svix-Webhooks/1.0", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        answer = await read_answer_head(reader)
        if answer is None:
            raise EOFError("The application closed the connection.")
        if not has_no_body(answer, method=b"POST"):
            await copy_answer_body(reader, Drop(), head=answer)
        if answer.closes:
            self.close()
        return answer.status

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams and not self._streams[0].at_eof():
            return self._streams
        self.close()
        self._streams = await asyncio.open_connection(self._host, self._port, limit=CHUNK)
        return self._streams

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None
