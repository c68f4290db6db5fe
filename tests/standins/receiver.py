"""Stands where the application would, and keeps the webhooks that arrive."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Webhook:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """Stands where the application would, and answers what a test wants."""

    url: str
    received: list[Webhook] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, wanted: Callable[[Webhook], bool], *, count: int = 1) -> list[Webhook]:
        """Return the webhooks that are wanted, once there are enough of them."""

        def found() -> list[Webhook]:
            return [webhook for webhook in self.received if wanted(webhook)]

        with self.arrived:
            enough = self.arrived.wait_for(lambda: len(found()) >= count, timeout=20)
            assert enough, [webhook.body for webhook in self.received]
            return found()

    def of_type(self, event: str, *, count: int = 1) -> list[Webhook]:
        return self.wait_for(lambda webhook: webhook.json["type"] == event, count=count)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with found.arrived:
                status = found.statuses.pop(0) if found.statuses else 200
                found.received.append(Webhook(self.path, headers, body))
                found.arrived.notify_all()
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
