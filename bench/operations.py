"""Storage operations of each step of the journey, counted in Azurite's access log."""

import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bench import made_fans
from bench.figures import table
from local.demo import steps
from local.demo.client import send
from local.demo.scene import Scene
from local.stack.azurite import connection_string
from local.stack.files import ROOT
from local.stack.ports import free_ports
from shared.fans import keys
from shared.fans.counter_rows import values_of
from shared.platform.ids import ArtistId
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

START_SECONDS = 120
MANY = 100_000
READ = ("/api/me", "/api/fans", "/api/fans/stats", "/api/dashboard")
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
                log_of_storage = data / "azurite-access.log"
                other = Scene(app=scene.app, standins=scene.standins)
                _reads(other, log_of_storage, connection=_connection(base))
                _count(scene, log_of_storage)
            finally:
                process.terminate()
                process.wait(60)


def _reads(scene: Scene, log: Path, *, connection: str) -> None:
    """Count what single calls cost, with few fans and with counters that tell of many."""
    for _, step in steps.JOURNEY[:2]:
        step(scene)
    scene.settle()
    few = {path: _cost(scene, path, log) for path in READ}
    _count_more_fans(scene, connection)
    rows = [(f"`GET {path}`", str(few[path]), str(_cost(scene, path, log))) for path in READ]
    table("Storage operations of a read", ("call", "no fans", f"{MANY:,} fans counted"), rows)


def _cost(scene: Scene, path: str, log: Path) -> int:
    scene.artist("GET", path)  # What an instance remembers is remembered now.
    time.sleep(1)
    before = log.stat().st_size
    scene.artist("GET", path)
    time.sleep(1)
    return sum(_operations(log, before).values())


def _count_more_fans(scene: Scene, connection: str) -> None:
    artist = ArtistId(scene.artist("GET", "/api/me")["id"])
    tables = Tables(StorageAccount.from_connection_string(connection))
    for shard in keys.SHARDS:
        values = values_of(made_fans.counted(MANY // len(keys.SHARDS)))
        tables.table(Table.FANS).upsert(Row(keys.partition(artist, shard), keys.STAT, values))
        copy = Row(artist, str(shard), {**values, "as_of": datetime.now(UTC)})
        tables.table(Table.FAN_STATS).upsert(copy)


def _connection(base: int) -> str:
    return connection_string(blob=base + 3, queue=base + 4, table=base + 5)


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
