"""Azurite, Azure's storage emulator: installed once, started on the ports given."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.stack.console import say
from local.stack.files import CACHE
from local.stack.locks import exclusive
from local.stack.node import find_node
from local.stack.ports import free_ports
from local.stack.problems import StackError
from local.stack.tether import tethered

VERSION = "3.37.0"
HOME = CACHE / "node"
SCRIPT = Path("node_modules/azurite/dist/src/azurite.js")

START_SECONDS = 60

ACCOUNT = "devstoreaccount1"
# Published by Microsoft for every copy of the emulator; it protects nothing.
PUBLIC_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


def connection_string(*, blob: int, queue: int, table: int) -> str:
    """Return the connection string of the emulator's account on these ports."""
    ports = {"Blob": blob, "Queue": queue, "Table": table}
    endpoints = "".join(
        f"{kind}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};" for kind, port in ports.items()
    )
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={PUBLIC_KEY};{endpoints}"
    )


def install() -> Path:
    """Return the folder where Azurite is, fetching it the first time.

    Raises:
        StackError: there is no Node, or npm cannot fetch it.
    """
    if _installed_version() != VERSION:
        with exclusive(CACHE / "node.lock", waiting="Another start fetches Azurite; waiting"):
            if _installed_version() != VERSION:
                _fetch()
    return HOME


def command(*, blob: int, queue: int, table: int, options: Sequence[str]) -> list[str]:
    """Return the command that starts Azurite; `options` say where it keeps its data."""
    hosts = [part for kind in ("blob", "queue", "table") for part in (f"--{kind}Host", "127.0.0.1")]
    ports = ["--blobPort", str(blob), "--queuePort", str(queue), "--tablePort", str(table)]
    flags = ["--skipApiVersionCheck", "--disableTelemetry"]
    return [find_node().node, str(install() / SCRIPT), *hosts, *ports, *flags, *options]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """An Azurite that runs, and where."""

    blob: int
    queue: int
    table: int

    @property
    def connection_string(self) -> str:
        return connection_string(blob=self.blob, queue=self.queue, table=self.table)

    @property
    def is_ready(self) -> bool:
        return all(map(_accepts, (self.blob, self.queue, self.table)))


@contextmanager
def running(options: Sequence[str], *, log: Path) -> Iterator[Emulator]:
    """Run an Azurite of its own on free ports for the length of a block.

    Raises:
        StackError: it does not come up.
    """
    blob, queue, table = free_ports(3)
    emulator = Emulator(blob=blob, queue=queue, table=table)
    started = command(blob=blob, queue=queue, table=table, options=options)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            tethered(started), stdout=output, stderr=output, start_new_session=True
        )
    try:
        _await(emulator, process, log)
        yield emulator
    finally:
        process.terminate()
        process.wait()


def _await(emulator: Emulator, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not emulator.is_ready:
        if process.poll() is not None or time.monotonic() > end:
            said = log.read_text(encoding="utf-8", errors="replace")[-500:]
            raise StackError(f"Azurite does not start:\n{said}")
        time.sleep(0.05)


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _fetch() -> None:
    say(f"Fetching Azurite {VERSION}")
    draft = HOME.with_name("node.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    options = ("--omit=dev", "--ignore-scripts")
    find_node().npm("install", "--prefix", str(draft), f"azurite@{VERSION}", *options, cwd=draft)
    shutil.rmtree(HOME, ignore_errors=True)
    draft.replace(HOME)


def _installed_version() -> str | None:
    try:
        package = HOME / "node_modules" / "azurite" / "package.json"
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
