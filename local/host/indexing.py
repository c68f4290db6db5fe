"""Reading `function_app.py`: every function with its bindings, or every reason why not."""

import importlib
import inspect
import json
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from azure.functions.decorators.function_app import Function as DescribedFunction
from azure.functions.decorators.function_app import FunctionRegister

from local.host import signatures
from local.host.functions import (
    Function,
    HttpTrigger,
    QueueOutput,
    QueueTrigger,
    TimerTrigger,
)
from local.host.hostjson import HostSetupError
from local.host.ncrontab import Schedule
from local.host.retrying import read_retry
from local.host.routing import RESERVED_PREFIXES, in_order, parse_template
from local.host.values import Resolver

G = TypeVar("G")
T = TypeVar("T")

TRIGGERS = {"httpTrigger", "queueTrigger", "timerTrigger"}


def index(root: Path, environ: Mapping[str, str], *, route_prefix: str) -> tuple[Function, ...]:
    """Return the functions of the application in the order in which routes are tried.

    Raises:
        HostSetupError: names every fault of every function; nothing runs then.
    """
    faults: list[str] = []
    functions = []
    for described in load_app(root, environ).get_functions():
        reader = _Reader(described, Resolver(environ), route_prefix)
        function = reader.read()
        faults += [f"{described.get_function_name()}: {fault}" for fault in reader.faults]
        if function:
            functions.append(function)
    faults += _clashing_routes(functions)
    if faults:
        raise HostSetupError(faults)
    return tuple(sorted(functions, key=lambda function: function.name.upper()))


def load_app(root: Path, environ: Mapping[str, str]) -> FunctionRegister:
    """Import the script file and return its one FunctionApp.

    Raises:
        HostSetupError: the import fails, or there is not exactly one application in it.
    """
    script = environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not (root / script).is_file():
        raise HostSetupError([f"{script} is missing: the host would silently serve no function"])
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        module = importlib.import_module(Path(script).stem)
    except Exception as fault:
        last = traceback.extract_tb(fault.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        reason = f"importing {script} failed at {where}: {type(fault).__name__}: {fault}"
        raise HostSetupError([reason]) from fault
    apps = [(n, v) for n, v in vars(module).items() if isinstance(v, FunctionRegister)]
    if len(apps) != 1:
        names = ", ".join(name for name, _ in apps) or "none"
        raise HostSetupError([f"{script} must hold exactly one FunctionApp; it holds: {names}"])
    return apps[0][1]


class _Reader:
    """Turns one function as the library describes it into a Function, noting each fault."""

    def __init__(self, described: DescribedFunction, resolver: Resolver, route_prefix: str) -> None:
        self._name = str(described.get_function_name())
        self._call = described.get_user_function()
        self._bindings = tuple(json.loads(text) for text in described.get_raw_bindings())
        self._retry = described.get_settings_dict("retry_policy")
        self._resolver = resolver
        self._route_prefix = route_prefix
        self.faults: list[str] = []

    def read(self) -> Function | None:
        self.faults += signatures.name_faults(self._name, self._bindings)
        self.faults += signatures.parameter_faults(self._call, self._bindings)
        trigger = self._trigger()
        outputs = self._outputs()
        retry = self._attempt(read_retry, self._retry) if self._retry else None
        if self.faults or trigger is None:
            return None
        return Function(
            name=self._name,
            call=self._call,
            is_async=inspect.iscoroutinefunction(self._call),
            trigger=trigger,
            outputs=outputs,
            wants_context=signatures.wants_context(self._call),
            retry=retry,
            disabled=self._resolver.disabled(self._name),
            bindings=self._bindings,
        )

    def _attempt(self, parse: Callable[[G], T], value: G) -> T | None:
        try:
            return parse(value)
        except ValueError as fault:
            self.faults.append(str(fault))
            return None

    def _trigger(self) -> HttpTrigger | QueueTrigger | TimerTrigger | None:
        triggers = [binding for binding in self._bindings if "Trigger" in binding["type"]]
        if len(triggers) != 1:
            self.faults.append(f"it has {len(triggers)} triggers instead of one")
            return None
        binding = triggers[0]
        match binding["type"]:
            case "httpTrigger":
                return self._http(binding)
            case "queueTrigger":
                queue, connection = self._queue(binding)
                return QueueTrigger(argument=binding["name"], queue=queue, connection=connection)
            case "timerTrigger":
                return self._timer(binding)
        self.faults.append(f"the local host has no {binding['type']}")
        return None

    def _http(self, binding: dict[str, Any]) -> HttpTrigger | None:
        if not any(other["type"] == "http" for other in self._bindings):
            self.faults.append("an HTTP trigger needs an http output")
        own = self._attempt(self._resolver.text, binding.get("route") or self._name)
        if own is None:
            return None
        if own.lstrip("/").lower().startswith(RESERVED_PREFIXES):
            self.faults.append(f"the route {own!r} starts with admin or runtime, the host's own")
        template = self._attempt(parse_template, f"{self._route_prefix}/{own.strip('/')}")
        methods = binding.get("methods")
        if template is None:
            return None
        return HttpTrigger(
            argument=binding["name"],
            template=template,
            methods=frozenset(methods) if methods else None,
            auth_level=binding.get("authLevel", "FUNCTION"),
        )

    def _timer(self, binding: dict[str, Any]) -> TimerTrigger | None:
        text = self._attempt(self._resolver.text, binding["schedule"])
        schedule = self._attempt(Schedule.parse, text) if text else None
        if not schedule:
            return None
        return TimerTrigger(
            argument=binding["name"],
            schedule=schedule,
            run_on_startup=bool(binding.get("runOnStartup")),
            monitored=binding.get("useMonitor", True) and not schedule.fires_within_a_minute(),
        )

    def _outputs(self) -> tuple[QueueOutput, ...]:
        outputs = []
        for binding in self._bindings:
            if binding["type"] == "queue":
                queue, connection = self._queue(binding)
                outputs.append(
                    QueueOutput(argument=binding["name"], queue=queue, connection=connection)
                )
            elif binding["type"] not in TRIGGERS | {"http"}:
                self.faults.append(f"the local host has no binding of type {binding['type']}")
        return tuple(outputs)

    def _queue(self, binding: dict[str, Any]) -> tuple[str, str]:
        queue = self._attempt(self._resolver.queue_name, binding["queueName"])
        connection = self._attempt(self._resolver.connection, binding.get("connection"))
        return queue or "", connection or ""


def _clashing_routes(functions: list[Function]) -> list[str]:
    faults = []
    earlier: list[Function] = []
    for function in in_order(f for f in functions if f.returns_response):
        for other in earlier:
            same = function.template.text.lower() == other.template.text.lower()
            if same and _overlap(function.methods, other.methods):
                faults.append(
                    f"{function.name}: the route {function.template.text!r} and its verbs "
                    f"are already taken by {other.name}"
                )
        earlier.append(function)
    return faults


def _overlap(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is None or other is None or bool(one & other)
