"""Every trigger that a module of `functions/` declares: its name, what fires it, what then runs.

`functions/triggers.json` lists them, so that the host can index the application and a cold start
imports no room. The first firing imports the module, and with it the rooms that its triggers need.
"""

import importlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).resolve().parents[2] / "functions" / "triggers.json"

Function = Callable[..., object]
# {"name", "module"} and {"route", "method"}, {"queue"} or {"schedule"}.
Entry = Mapping[str, str]

_functions: dict[str, Function] = {}
_entries: list[Entry] = []
_importing = threading.RLock()


def declare(function: Function, *, like: Function | None = None, **fired_by: str) -> None:
    """Declare what runs when something fires; `like` gives it its name, words and module."""
    if like is not None:
        # Not functools.wraps: it leaves __wrapped__, and the Functions worker would then bind the
        # handler's parameters instead of the trigger's (azure-functions-python-worker issue 1168).
        function.__name__ = like.__name__
        function.__qualname__ = like.__qualname__
        function.__doc__ = like.__doc__
        function.__module__ = like.__module__
    name = function.__name__
    _functions[name] = function
    _entries.append({"name": name, "module": function.__module__, **fired_by})


def find(entry: Entry) -> Function:
    """Return what runs, importing the module that declares it when nothing of it ran before."""
    found = _functions.get(entry["name"])
    if found is None:
        load(entry["module"])
        found = _functions[entry["name"]]
    return found


def load(module: str) -> None:
    """Import a module of triggers; one at a time, so that no thread meets a module half made."""
    with _importing:
        importlib.import_module(module)


def load_all() -> None:
    """Import every module of triggers."""
    for module in dict.fromkeys(entry["module"] for entry in known()):
        load(module)


@cache
def known() -> tuple[Entry, ...]:
    """Return the entries of the file."""
    entries: list[dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(entries)


def declared() -> Iterator[dict[str, Any]]:
    """Yield the entries of the modules that are imported."""
    yield from map(dict, _entries)
