"""Starting the host in its own process, and talking to it as bytes on a wire."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any

from local.stack.files import ROOT
from local.stack.ports import free_ports

APP = Path(__file__).parent / "app"
PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class RunningHost:
    """A host process, its address and its log."""

    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)) as wire:
            wire.request(method, path, data, dict(headers or {}))  # type: ignore[arg-type]  # Iterables are sent chunked.
            reply = wire.getresponse()
            return Reply(reply.status, reply.headers, reply.read())

    def seen(self, function: str) -> list[dict[str, Any]]:
        return [event for event in self.call("GET", "/seen").json if event["function"] == function]

    def idle(self, seconds: int = PATIENCE_SECONDS) -> Reply:
        return self.call("GET", f"/_local/idle?timeout={seconds}")

    def is_up(self) -> bool:
        try:
            return bool(self.call("GET", "/_local/pid").json["pid"] == self.process.pid)
        except OSError:
            return False

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def await_that(
    fact: Callable[[], object],
    what: str,
    *,
    patience: float = PATIENCE_SECONDS,
    pause: float = 0.02,
) -> None:
    """Wait until something is so, for as long as a slow machine may need."""
    end = time.monotonic() + patience
    while not fact():
        if time.monotonic() > end:
            raise AssertionError(f"never came: {what}")
        time.sleep(pause)


def host_command(*, port: int, data: Path, app: Path = APP) -> list[str]:
    options = ["--root", str(app), "--port", str(port), "--data", str(data)]
    return [sys.executable, "-m", "local.host", *options]


@contextmanager
def running_host(
    connection: str, *, data: Path, settings: Mapping[str, str] | None = None
) -> Iterator[RunningHost]:
    """Run the host on the test application until the block ends."""
    (port,) = free_ports(1)
    own = {"AzureWebJobsStorage": connection, "JOBS_QUEUE": "jobs"}
    environment = {**os.environ, **own, **(settings or {}), "PYTHONUNBUFFERED": "1"}
    data.mkdir(parents=True, exist_ok=True)
    log = data / "host.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            host_command(port=port, data=data),
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    host = RunningHost(port, log, process)
    try:
        await_that(lambda: host.is_up() or process.poll() is not None, "the host")
        if process.poll() is not None:
            raise AssertionError(log.read_text(encoding="utf-8"))
        yield host
    finally:
        process.kill()
        process.wait()
