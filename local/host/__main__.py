"""`python -m local.host`: one host process. `python3 -m local up` starts and supervises it."""

import argparse
import asyncio
import importlib
import json
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

from local.host.clock import OffsetClock
from local.host.host import Host, HostOptions
from local.host.hostjson import HostSetupError, read_host_json
from local.host.indexing import index
from local.host.logs import set_up_logging
from local.stack.files import ROOT, DataFolder

DEFAULT_THREADS = "16"


def main() -> int:
    """Serve until told to stop; 1 with every reason when it cannot start."""
    options = _options()
    set_up_logging()
    clock = OffsetClock(options.data.clock)
    try:
        _load_local_settings(options.root, os.environ)
        settings = read_host_json(options.root, os.environ)
        _give_clock(options.root, clock)
        functions = index(options.root, os.environ, route_prefix=settings.route_prefix)
    except HostSetupError as fault:
        print(fault, flush=True)
        return 1
    asyncio.run(Host(functions, settings=settings, clock=clock, options=options).serve())
    return 0


def _options() -> HostOptions:
    parser = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of function_app.py")
    parser.add_argument("--port", type=int, default=7071)
    parser.add_argument("--data", type=Path, required=True, help="folder of clock and timers")
    parser.add_argument(
        "--storage",
        default=os.environ.get("AzureWebJobsStorage", ""),  # noqa: SIM112 - Azure spells it so.
        help="connection string of the host's own queue traffic (default: AzureWebJobsStorage)",
    )
    parser.add_argument("--standins", help="address of the stand-ins, for clock and idle")
    given = parser.parse_args()
    return HostOptions(
        root=given.root.resolve(),
        port=given.port,
        data=DataFolder(given.data.resolve()),
        storage=given.storage,
        standins_url=given.standins,
        threads=int(os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", DEFAULT_THREADS)),
    )


def _load_local_settings(root: Path, environ: MutableMapping[str, str]) -> None:
    """Take `local.settings.json` values that the environment does not already have."""
    try:
        document = json.loads((root / "local.settings.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError as fault:
        raise HostSetupError([f"local.settings.json is not JSON: {fault}"]) from fault
    values = document.get("Values", {})
    wrong = sorted(name for name, value in values.items() if not isinstance(value, str))
    if wrong:
        raise HostSetupError([f"local.settings.json: {name} must be a string" for name in wrong])
    for name, value in values.items():
        environ.setdefault(name, value)


def _give_clock(root: Path, clock: OffsetClock) -> None:
    """Have the application read this host's clock, if it has a place to hand one in."""
    if not any((root / "shared" / name).exists() for name in ("wiring", "wiring.py")):
        return
    sys.path.insert(0, str(root))
    try:
        wiring = importlib.import_module("shared.wiring")
    except Exception as fault:
        reason = f"importing shared.wiring failed: {type(fault).__name__}: {fault}"
        raise HostSetupError([reason]) from fault
    wiring.configure(clock=clock)


if __name__ == "__main__":
    sys.exit(main())
