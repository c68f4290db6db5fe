"""Every trigger of the application by kind: `python3 -m local routes`, kept in docs/ROUTES.md."""

from collections.abc import Iterable
from pathlib import Path

from local.host.functions import Function, HttpTrigger, QueueTrigger, TimerTrigger
from local.host.hostjson import HostSetupError, read_host_json
from local.host.indexing import index
from local.stack.environment import application_settings
from local.stack.files import DEFAULT_DATA, ROOT, DataFolder
from local.stack.ports import Ports
from local.stack.problems import StackError

HEAD = """\
# Triggers

Made by `python3 -m local routes`. HTTP routes stand in the order in which the host tries them: by
function name, and the first that matches wins.
"""


def main() -> int:
    """Print the document.

    Raises:
        StackError: the application cannot be read.
    """
    print(document(ROOT), end="")
    return 0


def document(root: Path) -> str:
    """Return the triggers of the application in `root` as Markdown.

    Raises:
        StackError: the application cannot be read.
    """
    ports = Ports(proxy_blob=10000, proxy_queue=10001, proxy_table=10002)
    settings = application_settings(ports, data=DataFolder(DEFAULT_DATA), geoip=Path("city.mmdb"))
    try:
        prefix = read_host_json(root, {}).route_prefix
        functions = index(root, settings, route_prefix=prefix)
    except HostSetupError as fault:
        raise StackError(str(fault)) from fault
    return HEAD + _http(functions) + _queues(functions) + _timers(functions)


def _http(functions: Iterable[Function]) -> str:
    rows = [
        (f"`{_methods(trigger)}`", f"`/{trigger.template.text.strip('/')}`", function.name)
        for function in functions
        if isinstance(trigger := function.trigger, HttpTrigger)
    ]
    return _table("HTTP", ("verbs", "route", "function"), rows)


def _queues(functions: Iterable[Function]) -> str:
    rows = [
        (f"`{trigger.queue}`", function.name)
        for function in functions
        if isinstance(trigger := function.trigger, QueueTrigger)
    ]
    return _table("Queues", ("queue", "function"), sorted(rows))


def _timers(functions: Iterable[Function]) -> str:
    rows = [
        (f"`{trigger.schedule.text}`", function.name)
        for function in functions
        if isinstance(trigger := function.trigger, TimerTrigger)
    ]
    return _table("Timers (UTC)", ("schedule", "function"), rows)


def _methods(trigger: HttpTrigger) -> str:
    return " ".join(sorted(trigger.methods)) if trigger.methods else "any"


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(columns), " | ".join("---" for _ in columns), *map(" | ".join, rows)]
    return f"\n## {title}\n\n" + "".join(f"| {line} |\n" for line in lines)
