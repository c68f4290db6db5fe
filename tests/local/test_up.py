"""`python3 -m local up` as a person meets it: it starts, survives, refuses, and ends."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.stack.files import ROOT
from local.stack.ports import is_free
from tests.local.harness import APP, await_that

pytestmark = pytest.mark.stack
PATIENCE_SECONDS = 120


def six_free_ports() -> int:
    """Return a base below the ports that the system gives to outgoing connections."""
    start = os.getpid() % 500
    bases = (20_000 + (start + step) % 500 * 20 for step in range(500))
    return next(base for base in bases if all(map(is_free, range(base, base + 6))))


def local(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "local", *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "JOBS_QUEUE": "jobs"}


class Up:
    """A stack that was started by its command, and what it said."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path, base: int) -> None:
        self.process = process
        self.base = base
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.base}{path}", timeout=5) as answer:
            return json.load(answer)

    def pid_after(self, former: int) -> int:
        try:
            pid = int(self.ask("/_local/pid")["pid"])
        except OSError:
            return 0
        return pid if pid != former else 0

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def up(folder: Path) -> Iterator[Up]:
    base = six_free_ports()
    log = folder / "said.log"
    options = ["--no-demo", "--port-base", str(base), "--data", str(folder / "data")]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            local("up", *options, "--app", str(APP)),
            cwd=ROOT,
            env=environment(),
            stdout=output,
            stderr=output,
            text=True,
        )
    stack = Up(process, log, base)
    try:
        await_that(
            lambda: "Ctrl-C" in stack.said or process.poll() is not None,
            "the addresses",
            patience=PATIENCE_SECONDS,
            pause=0.1,
        )
        assert process.poll() is None, stack.said
        yield stack
    finally:
        process.kill()
        process.wait()


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        local(*arguments), cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )


def test_a_killed_host_is_back_and_the_rest_never_noticed(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        former = stack.pid_after(0)
        os.kill(former, signal.SIGKILL)
        await_that(lambda: stack.pid_after(former), "the host's return")
        assert stack.ask("/_local/idle") == {"idle": True}
        assert "The host was killed by signal 9" in stack.said
        assert "Azurite was killed" not in stack.said


def test_a_second_start_says_what_is_in_its_way_and_leaves_the_first_alone(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        data = ["--data", str(tmp_path / "data")]
        same_data = run("up", "--no-demo", *data, "--port-base", str(six_free_ports()))
        assert same_data.returncode == 1
        assert f"in use by process {stack.process.pid}" in same_data.stderr
        other = ["--data", str(tmp_path / "other"), "--port-base", str(stack.base)]
        same_ports = run("up", "--no-demo", *other)
        assert same_ports.returncode == 1
        assert f"port {stack.base}, for the application" in same_ports.stderr
        assert "--port-base" in same_ports.stderr
        assert run("compact", *data).returncode == 1
        assert stack.pid_after(0)
        assert "Traceback" not in same_data.stderr + same_ports.stderr


def test_ctrl_c_ends_everything_without_a_traceback(tmp_path: Path) -> None:
    with up(tmp_path) as stack:
        assert stack.end() == 0
        assert "Traceback" not in stack.said
        assert all(map(is_free, range(stack.base, stack.base + 6)))
    access = (tmp_path / "data" / "azurite-access.log").read_text(encoding="utf-8")
    assert "/devstoreaccount1/" in access
    logs = {path.name for path in (tmp_path / "data" / "logs").iterdir()}
    assert {"host.log", "standins.log", "azurite.log"} <= logs


def test_an_unknown_command_lists_those_there_are() -> None:
    refused = run("launch")
    assert refused.returncode == 2
    assert "python3 -m local COMMAND" in refused.stderr
    assert run("help").returncode == 0
