"""What the host knows of a function: its code, its trigger, its outputs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local.host.ncrontab import Schedule
from local.host.routing import Template

RESPONSE = "$return"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTrigger:
    argument: str
    template: Template
    methods: frozenset[str] | None
    auth_level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTrigger:
    argument: str
    queue: str
    connection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerTrigger:
    argument: str
    schedule: Schedule
    run_on_startup: bool
    monitored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOutput:
    argument: str
    queue: str
    connection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A `@retry` policy. Only timers honour it; queues count dequeues instead."""

    max_count: int
    delay: timedelta
    most_delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the application, checked and ready to run."""

    name: str
    call: Callable[..., Any]
    is_async: bool
    trigger: HttpTrigger | QueueTrigger | TimerTrigger
    outputs: tuple[QueueOutput, ...]
    wants_context: bool
    retry: Retry | None
    disabled: bool
    bindings: tuple[dict[str, Any], ...]

    @property
    def returns_response(self) -> bool:
        return isinstance(self.trigger, HttpTrigger)

    @property
    def template(self) -> Template:
        return self._http().template

    @property
    def methods(self) -> frozenset[str] | None:
        return self._http().methods

    def _http(self) -> HttpTrigger:
        if not isinstance(self.trigger, HttpTrigger):
            raise TypeError(f"{self.name} has no route")
        return self.trigger
