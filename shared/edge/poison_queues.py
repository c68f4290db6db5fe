"""One trigger for each queue's poison queue. They never raise: those queues have no second one."""

import azure.functions as func

from shared import wiring
from shared.edge.consumer import CONNECTION, message_key
from shared.platform import telemetry
from shared.platform.storage.names import Queue, poison_name


def blueprint() -> func.Blueprint:
    """Return the triggers of all poison queues."""
    bp = func.Blueprint()  # type: ignore[no-untyped-call]  # The library leaves it untyped.
    for queue in Queue:
        _register(bp, queue)
    return bp


def _register(bp: func.Blueprint, queue: Queue) -> None:
    def trigger(msg: func.QueueMessage) -> None:
        _keep(msg, queue)

    trigger.__name__ = f"poison_{queue.value.replace('-', '_')}"
    trigger.__qualname__ = trigger.__name__
    trigger.__doc__ = f"Keep what the queue {queue.value} gave up, with its cause."
    bp.queue_trigger(arg_name="msg", queue_name=poison_name(queue), connection=CONNECTION)(trigger)


def _keep(msg: func.QueueMessage, queue: Queue) -> None:
    app = wiring.current()
    body = msg.get_body()
    app.poison_messages.keep(
        queue.value, message_key(body), body=body.decode(errors="replace"), now=app.clock.now()
    )
    telemetry.alarm("message_given_up", queue=queue.value)
