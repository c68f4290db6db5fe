"""The three programs of the stack: what to run, and how to tell that each is ready."""

import json
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from local.host.clock import read_offset
from local.host.tools import move_clock
from local.stack import azurite
from local.stack.children import Part
from local.stack.environment import azurite_connection
from local.stack.files import ROOT, DataFolder
from local.stack.ports import Ports


def azurite_part(ports: Ports, data: DataFolder, environment: Mapping[str, str]) -> Part:
    """Azurite, whose standard output is a line a request: storage operations can be counted."""
    emulator = azurite.Emulator(blob=ports.blob, queue=ports.queue, table=ports.table)
    return Part(
        name="Azurite",
        command=azurite.command(
            blob=ports.blob,
            queue=ports.queue,
            table=ports.table,
            options=["--location", str(data.azurite)],
        ),
        environment=environment,
        output=data.access_log,
        errors=data.logs / "azurite.log",
        is_ready=lambda _: emulator.is_ready,
    )


def standins_part(ports: Ports, data: DataFolder, environment: Mapping[str, str]) -> Part:
    """The stand-ins for other people's services, and the fault proxies before Azurite."""
    numbers = {
        "--port": ports.standins,
        "--vault-port": ports.vault,
        "--azurite-blob": ports.blob,
        "--azurite-queue": ports.queue,
        "--azurite-table": ports.table,
        "--proxy-blob": ports.proxy_blob,
        "--proxy-queue": ports.proxy_queue,
        "--proxy-table": ports.proxy_table,
    }
    options = [text for name, port in numbers.items() for text in (name, str(port))]
    places = ["--state", str(data.standins), "--app-url", ports.app_url]
    log = data.logs / "standins.log"
    return Part(
        name="The stand-ins",
        command=[sys.executable, "-m", "local.standins", *options, *places],
        environment=environment,
        output=log,
        errors=log,
        is_ready=lambda _: (
            _answers(f"{ports.standins_url}/_control/ready") and _has_clock(ports, data)
        ),
    )


def host_part(
    ports: Ports, data: DataFolder, environment: Mapping[str, str], *, root: Path = ROOT
) -> Part:
    """The function host. It is ready when the process that answers is the one that was started."""
    log = data.logs / "host.log"
    options = ["--root", str(root), "--port", str(ports.app), "--data", str(data.root)]
    options += ["--storage", azurite_connection(ports), "--standins", ports.standins_url]
    return Part(
        name="The host",
        command=[sys.executable, "-m", "local.host", *options],
        environment=environment,
        output=log,
        errors=log,
        is_ready=lambda pid: _answers(f"{ports.app_url}/_local/pid", {"pid": pid}),
    )


def _has_clock(ports: Ports, data: DataFolder) -> bool:
    """Hand the application's time to stand-ins that have just started, perhaps once more."""
    try:
        move_clock(ports.standins_url, read_offset(data.clock))
    except OSError:
        return False
    return True


def _answers(url: str, wanted: dict[str, int] | None = None) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            body = answer.read()
            return wanted is None or json.loads(body) == wanted
    except (OSError, ValueError):
        return False
