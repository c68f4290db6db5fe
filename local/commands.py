"""The commands of `python3 -m local`, once the environment is prepared."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from local import routes, triggers
from local.stack import azurite, geoip
from local.stack.compact import compact
from local.stack.console import say
from local.stack.environment import azurite_connection
from local.stack.files import DEFAULT_DATA, ROOT
from local.stack.supervisor import Interrupted, Stack, running_stack
from local.stack.tether import tethered

INTERRUPTED = 130
_PROCESSES_AT_MOST = 8  # A stack takes half a gigabyte.


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code.

    Raises:
        StackError: what stopped it, in a sentence.
    """
    command, *rest = arguments
    if command in {"test", "bench"}:
        return _passed_on(command, rest)
    options = _parser(command).parse_args(rest)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "up": up,
        "services": services,
        "compact": lambda given: compact(given.data),
        "routes": lambda _: routes.main(),
        "triggers": lambda _: triggers.main(),
    }
    try:
        return commands[command](options)
    except Interrupted:
        say("Stopped before the end; the data is kept.")
        return INTERRUPTED


def up(options: argparse.Namespace) -> int:
    """Start everything, show the journey, stay."""
    with running_stack(data=options.data, port_base=options.port_base, app=options.app) as stack:
        worked = options.no_demo or _journey(stack)
        if not worked:
            say(f"\nThe journey did not get through. The logs are in {stack.data.logs}.")
        if options.exit:
            return 0 if worked else 1
        _print_addresses(stack)
        _stay(stack)
    return 0


def services(options: argparse.Namespace) -> int:
    """Start everything but the host, and say how `func start` finds it."""
    with running_stack(data=options.data, port_base=options.port_base, with_host=False) as stack:
        values = stack.settings | {"AzureWebJobsStorage": azurite_connection(stack.ports)}
        values["FUNCTIONS_WORKER_RUNTIME"] = "python"
        document = {
            "IsEncrypted": False,
            "Values": values,
            "Host": {"LocalHttpPort": stack.ports.app},
        }
        say("\nThe services run. Put this into local.settings.json, then run `func start`:\n")
        say(json.dumps(document, indent=2))
        say("\nCtrl-C ends them.")
        _stay(stack)
    return 0


def _stay(stack: Stack) -> None:
    """Look after the stack until Ctrl-C, the way in which it is meant to end."""
    with contextlib.suppress(Interrupted):
        stack.watch_until(lambda: False)
    say("\nEnding; what is running may finish.")


def _journey(stack: Stack) -> bool:
    say("\nThe journey, over HTTP alone:\n")
    ports = stack.ports
    command = [sys.executable, "-m", "local.stack.journey", ports.app_url, ports.standins_url]
    with subprocess.Popen(tethered(command), cwd=ROOT, start_new_session=True) as journey:
        try:
            stack.watch_until(lambda: journey.poll() is not None)
        finally:
            journey.kill()
    return journey.returncode == 0


def _print_addresses(stack: Stack) -> None:
    ports = stack.ports
    lines = {
        "Application": ports.app_url,
        "API reference": f"{ports.app_url}/api/docs",
        "Mails that were sent": f"{ports.standins_url}/outbox",
        "Stand-ins": ports.standins_url,
        "Azurite": f"blobs {ports.blob}, queues {ports.queue}, tables {ports.table}",
        "Data and logs": str(stack.data.root),
    }
    width = max(map(len, lines))
    say("")
    for name, value in lines.items():
        say(f"  {name:<{width}}  {value}")
    say("\nCtrl-C ends everything; the data is kept.")


def _passed_on(command: str, arguments: Sequence[str]) -> int:
    """Become pytest or the benchmarks, with what they need fetched beforehand."""
    azurite.install()
    geoip.database()
    program = ["pytest", *_in_parallel(arguments)] if command == "test" else ["bench", *arguments]
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *program])  # noqa: S606 - no shell is wanted.


def _in_parallel(arguments: Sequence[str]) -> list[str]:
    """Have several processes run the tests, each with a stack of its own, unless told otherwise.

    Two for each core and one more: a test over the stack waits longer than it computes.
    """
    own_choice = ("-n", "--numprocesses", "--dist", "--pdb", "-p")
    if any(argument.startswith(own_choice) for argument in arguments):
        return list(arguments)
    processes = min(2 * (os.cpu_count() or 1) + 1, _PROCESSES_AT_MOST)
    # In the order of tests/ordering.py.
    in_order = ["--dist", "loadfile", "--no-loadscope-reorder"]
    return ["-n", str(processes), *in_order, *arguments]


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python3 -m local {command}")
    if command in {"routes", "triggers"}:
        return parser
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="where data is kept"
    )
    if command == "compact":
        return parser
    parser.add_argument(
        "--port-base",
        type=int,
        metavar="N",
        help="application N, stand-ins N+1, Key Vault N+2, Azurite N+3 to N+5",
    )
    if command == "up":
        parser.add_argument("--no-demo", action="store_true", help="without the demo journey")
        parser.add_argument(
            "--exit", action="store_true", help="end after the journey; 0 only if all of it worked"
        )
        # For tests of the stack itself: another folder with a function_app.py.
        parser.add_argument("--app", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser
