"""What the host indexes: for each trigger a function that finds the real one when it fires."""

from collections.abc import Callable
from typing import Final, cast

import azure.functions as func

from shared.edge import triggers
from shared.edge.triggers import Entry

CONNECTION: Final = "AzureWebJobsStorage"


def register_all(app: func.FunctionApp) -> None:
    """Register every trigger of the file with the application."""
    for entry in triggers.known():
        if "route" in entry:
            _register_route(app, entry)
        elif "queue" in entry:
            _register_queue(app, entry)
        else:
            _register_timer(app, entry)


def _register_route(app: func.FunctionApp, entry: Entry) -> None:
    def trigger(req: func.HttpRequest) -> func.HttpResponse:
        return cast(func.HttpResponse, triggers.find(entry)(req))

    # Without methods a route takes every verb, TRACE too.
    methods = [entry["method"]] if "method" in entry else None
    route = app.route(route=entry["route"], methods=methods, auth_level=func.AuthLevel.ANONYMOUS)
    route(_named(trigger, entry))


def _register_queue(app: func.FunctionApp, entry: Entry) -> None:
    def trigger(msg: func.QueueMessage) -> None:
        triggers.find(entry)(msg)

    queue = app.queue_trigger(arg_name="msg", queue_name=entry["queue"], connection=CONNECTION)
    queue(_named(trigger, entry))


def _register_timer(app: func.FunctionApp, entry: Entry) -> None:
    def trigger(timer: func.TimerRequest) -> None:
        triggers.find(entry)(timer)

    tick = app.timer_trigger(arg_name="timer", schedule=entry["schedule"], use_monitor=True)
    tick(_named(trigger, entry))


def _named(trigger: Callable[..., object], entry: Entry) -> Callable[..., object]:
    trigger.__name__ = trigger.__qualname__ = entry["name"]
    trigger.__module__ = entry["module"]
    return trigger
