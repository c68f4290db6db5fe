"""The whole local stack for tests: started once for each test process, on ports of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.demo.client import send
from local.stack.azurite import connection_string
from local.stack.ports import PROXY_DISTANCE, is_free
from tests.stored import Stored
from tests.world import World

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180
# Below the ports that the system gives to outgoing connections; a stack takes up to 23 of each 40.
FIRST_PORT, STEP, STACKS = 20_000, 40, 300


def free_base() -> int:
    """Return the first port of a row that nobody listens on; each process looks elsewhere first."""
    bases = (FIRST_PORT + (os.getpid() + step) % STACKS * STEP for step in range(STACKS))
    wanted = [*range(6), *range(PROXY_DISTANCE, PROXY_DISTANCE + 3)]
    return next(base for base in bases if all(is_free(base + offset) for offset in wanted))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run `python3 -m local up --no-demo`, and end it when the tests are over."""
    base = free_base()
    folder = tmp_path_factory.mktemp("stack")
    options = ["--no-demo", "--port-base", str(base), "--data", str(folder / "data")]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", *options], cwd=ROOT, stdout=log, stderr=log
        )
        try:
            yield _ready(_world(base, folder / "data"), process, folder / "up.log")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
    found = _told_nowhere(folder / "data" / "logs" / "host.log")
    assert not found, found


@pytest.fixture
def world(stack: World) -> Iterator[World]:
    """Return the stack with the clock on real time and every service well."""
    stack.calm()
    yield stack
    stack.calm()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_over(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop the orders that a file of tests leaves behind: most are of what never came.

    They are looked for during two minutes, and every later test that waits for idleness with them.
    """
    marked = request.node.get_closest_marker("stack")
    here: World | None = request.getfixturevalue("stack") if marked else None
    yield
    if here is not None:
        here.control("DELETE", "/faults")
        for queue in ("emails", "erasures"):
            Stored(here.watched).clear(queue)


def _told_nowhere(log: Path) -> set[str]:
    """Return what no test may bring about: a fault of ours, and a problem that nobody declared."""
    signs = ("problem_undeclared", "etag_undeclared", "request_broke")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return {line for line in lines if any(sign in line for sign in signs)}


def _world(base: int, data: Path) -> World:
    # Azurite's own ports: what a test reads there must not meet the faults that it ordered.
    account = connection_string(blob=base + 3, queue=base + 4, table=base + 5)
    blob, queue, table = range(base + PROXY_DISTANCE, base + PROXY_DISTANCE + 3)
    watched = connection_string(blob=blob, queue=queue, table=table)
    return World(
        app=f"http://127.0.0.1:{base}",
        standins=f"http://127.0.0.1:{base + 1}",
        data=data,
        account=account,
        watched=watched,
    )


def _ready(world: World, process: subprocess.Popen[bytes], log: Path) -> World:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if send("GET", f"{world.app}/_local/pid", timeout=2).status == 200:
                return world
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the stack does not start:\n{log.read_text()}")
