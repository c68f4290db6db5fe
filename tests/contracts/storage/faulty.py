"""A wire that fails on request: it stands before Azurite and loses or replaces answers."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_HOP_BY_HOP: Final = {"connection", "transfer-encoding", "date", "server"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request: is it passed on, and what is answered (None: nothing)."""

    delivered: bool
    status: int | None = None
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


LOST_ANSWER: Final = Fault(delivered=True)
LOST_REQUEST: Final = Fault(delivered=False)
BUSY: Final = Fault(delivered=False, status=503)
ERROR_AFTER_WORK: Final = Fault(delivered=True, status=500)


@dataclass(slots=True)
class FaultyWire:
    """The faults to come, and the requests seen: method and path."""

    port: int = 0
    faults: deque[Fault] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)

    def fail(self, *faults: Fault) -> None:
        """Apply these to the next requests, one each."""
        self.faults.extend(faults)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: int, wire: FaultyWire) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.wire = wire


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def pass_on(self) -> None:
        wire = self.server.wire
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wire.seen.append(f"{self.command} {self.path}")
        fault = wire.faults.popleft() if wire.faults else None
        if fault is None:
            self._answer(*self._asked(content))
            return
        if fault.delivered:
            self._asked(content)
        if fault.status is None:
            self.close_connection = True
        else:
            self._answer(fault.status, [*fault.headers], fault.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = pass_on  # noqa: N815

    def _asked(self, content: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection("127.0.0.1", self.server.target, timeout=30)
        connection.request(self.command, self.path, content, dict(self.headers))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), body

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP_BY_HOP and not (body and name.lower() == "content-length"):
                self.send_header(name, value)
        told = {name.lower() for name, _ in headers}
        if status != 204 and (body or "content-length" not in told):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def faulty_wire(target: int) -> Iterator[FaultyWire]:
    """Stand before a port of this machine until the block ends."""
    wire = FaultyWire()
    server = _Server(target, wire)
    wire.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
