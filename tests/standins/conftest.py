"""The stand-ins as a process on free ports, and a receiver for the webhooks that they send."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from local.stack.azurite import Emulator

IDENTITY_HEADER = "identity-of-the-tests"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """The address of the stand-ins, and their control calls."""

    port: int
    vault_port: int
    state: Path
    proxies: dict[str, int]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def vault_url(self) -> str:
        return f"https://127.0.0.1:{self.vault_port}"

    def control(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.code} {error.read()!r}") from error
        return json.loads(text) if text else None

    def secret(self, name: str) -> str:
        return str(self.control("GET", f"/keyvault/secrets/{name}")["value"])

    def seen(self, service: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.control("GET", f"/requests?service={service}")["items"]
        return items

    def start_afresh(self) -> None:
        while self.control("GET", "/pending") != {"webhooks": 0}:
            self.control("DELETE", "/webhooks")
        self.control("DELETE", "/faults")
        self.control("DELETE", "/config")
        self.control("DELETE", "/requests")
        self.control("DELETE", "/resend/emails")
        self.control("POST", "/clock", {"offset_seconds": 0})
        # The rate limit has its own tests.
        self.control("POST", "/config", {"resend_rate_per_second": 1000})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Process:
    """A running process of stand-ins."""

    stand_ins: StandIns
    popen: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        self.popen.send_signal(signal.SIGTERM)
        self.popen.wait(timeout=15)


def start_process(state: Path, app_url: str, azurite: dict[str, int] | None = None) -> Process:
    """Start stand-ins and return when they are ready; `azurite` by service: blob, queue, table."""
    port, vault_port = free_port(), free_port()
    options = ["--port", str(port), "--vault-port", str(vault_port), "--state", str(state)]
    proxies = {name: free_port() for name in azurite or {}}
    for name, azurite_port in (azurite or {}).items():
        options += [f"--azurite-{name}", str(azurite_port), f"--proxy-{name}", str(proxies[name])]
    popen = subprocess.Popen(
        [sys.executable, "-m", "local.standins", *options, "--app-url", app_url],
        env=os.environ | {"IDENTITY_HEADER": IDENTITY_HEADER, "MAIL_FROM_DOMAIN": "artistos.dev"},
    )
    stand_ins = StandIns(port=port, vault_port=vault_port, state=state, proxies=proxies)
    deadline = time.monotonic() + 30
    while True:
        try:
            stand_ins.control("GET", "/ready")
        except (OSError, AssertionError):
            assert popen.poll() is None, "The stand-ins ended at start."
            assert time.monotonic() < deadline, "The stand-ins did not become ready."
            time.sleep(0.05)
        else:
            return Process(stand_ins, popen)


@pytest.fixture(scope="session")
def receiver_for_all() -> Iterator[Receiver]:
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


@pytest.fixture(scope="session")
def azurite_ports(azurite: Emulator) -> dict[str, int]:
    return {"blob": azurite.blob, "queue": azurite.queue, "table": azurite.table}


@pytest.fixture(scope="session")
def stand_ins_for_all(
    tmp_path_factory: pytest.TempPathFactory, receiver_for_all: Receiver
) -> Iterator[StandIns]:
    process = start_process(tmp_path_factory.mktemp("standins"), receiver_for_all.url)
    yield process.stand_ins
    process.stop()


@pytest.fixture
def stand_ins(stand_ins_for_all: StandIns, receiver_for_all: Receiver) -> StandIns:
    stand_ins_for_all.start_afresh()
    receiver_for_all.received.clear()
    receiver_for_all.statuses.clear()
    return stand_ins_for_all


@pytest.fixture
def receiver(stand_ins: StandIns, receiver_for_all: Receiver) -> Receiver:
    del stand_ins
    return receiver_for_all
