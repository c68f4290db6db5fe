"""The whole local stack for tests: started once for each test process, on ports of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, send

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180


def worker_number() -> int:
    """Return the number of this xdist worker, 0 for the only process."""
    found = re.search(r"\d+$", os.environ.get("PYTEST_XDIST_WORKER", ""))
    return int(found.group()) if found else 0


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run `python3 -m local up --no-demo`, and end it when the tests are over."""
    base = 21000 + (os.getpid() % 400) * 20 + worker_number() * 10
    folder = tmp_path_factory.mktemp("stack")
    options = ["--no-demo", "--port-base", str(base), "--data", str(folder / "data")]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", *options], cwd=ROOT, stdout=log, stderr=log
        )
        try:
            yield _ready(base, process, folder / "up.log")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


@pytest.fixture
def world(stack: World) -> Iterator[World]:
    """Return the stack with the clock on real time and every service well."""
    stack.calm()
    yield stack
    stack.calm()


def _ready(base: int, process: subprocess.Popen[bytes], log: Path) -> World:
    world = World(app=f"http://127.0.0.1:{base}", standins=f"http://127.0.0.1:{base + 1}")
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if send("GET", f"{world.app}/_local/pid", timeout=2).status == 200:
                return world
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the stack does not start:\n{log.read_text()}")
