"""Storage operations of each step of the journey, counted in Azurite's access log."""

import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.figures import table
from local.demo import steps
from local.demo.client import send
from local.demo.scene import Scene
from local.stack.files import ROOT
from local.stack.ports import free_ports

START_SECONDS = 120
# A line a request: `127.0.0.1 - - [date] "GET /devstoreaccount1/… HTTP/1.1" 200 -`.
_LINE = re.compile(r'"(?P<verb>[A-Z]+) /devstoreaccount1(?P<path>[^ "]*)')
# The host's own polling is not the application's work.
_POLLING = re.compile(r"/messages\?.*(numofmessages|peekonly)|comp=(metadata|list)")


def run() -> None:
    """Play the journey on a stack of its own and count."""
    with tempfile.TemporaryDirectory() as folder:
        base = free_ports(1)[0] // 10 * 10
        data = Path(folder) / "data"
        options = ["--no-demo", "--port-base", str(base), "--data", str(data)]
        with (Path(folder) / "up.log").open("wb") as log:
            command = [sys.executable, "-m", "local", "up", *options]
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            try:
                scene = _ready(base)
                _count(scene, data / "azurite-access.log")
            finally:
                process.terminate()
                process.wait(60)


def _count(scene: Scene, log: Path) -> None:
    rows = []
    for title, step in steps.JOURNEY:
        before = log.stat().st_size
        step(scene)
        scene.settle()
        counted = _operations(log, before)
        total = sum(counted.values())
        rows.append((title, str(total), *(str(counted[kind]) for kind in KINDS)))
    table(
        "Storage operations of the journey, queue functions included, the host's polling left out",
        ("step", "all", *KINDS),
        rows,
    )


KINDS = ("reads", "writes", "transactions", "messages", "blobs")


def _operations(log: Path, offset: int) -> Counter[str]:
    counted: Counter[str] = Counter()
    with log.open("rb") as lines:
        lines.seek(offset)
        for line in lines:
            found = _LINE.search(line.decode(errors="replace"))
            if found and not _POLLING.search(found["path"]):
                counted[_kind(found["verb"], found["path"])] += 1
    return counted


def _kind(verb: str, path: str) -> str:
    if "$batch" in path:
        return "transactions"
    if "/messages" in path:
        return "messages"
    if re.match(r"/(uploads|media|exports|geoip)\b", path):
        return "blobs"
    return "reads" if verb == "GET" else "writes"


def _ready(base: int) -> Scene:
    scene = Scene(app=f"http://127.0.0.1:{base}", standins=f"http://127.0.0.1:{base + 1}")
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if send("GET", f"{scene.app}/_local/pid", timeout=2).status == 200:
                return scene
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("The stack does not start.")
