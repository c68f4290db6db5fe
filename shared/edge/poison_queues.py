"""One trigger for each queue's poison queue. They never raise: those queues have no second one."""

import azure.functions as func

from shared import wiring
from shared.edge import triggers
from shared.edge.consumer import message_key
from shared.platform import telemetry
from shared.platform.storage.names import Queue, poison_name


def declare_all(module: str) -> None:
    """Declare the triggers of all poison queues as those of a module of triggers."""
    for queue in Queue:
        _declare(queue, module)


def _declare(queue: Queue, module: str) -> None:
    def trigger(msg: func.QueueMessage) -> None:
        _keep(msg, queue)

    trigger.__name__ = f"poison_{queue.value.replace('-', '_')}"
    trigger.__qualname__ = trigger.__name__
    trigger.__doc__ = f"Keep what the queue {queue.value} gave up, with its cause."
    trigger.__module__ = module
    triggers.declare(trigger, queue=poison_name(queue))


def _keep(msg: func.QueueMessage, queue: Queue) -> None:
    app = wiring.current()
    body = msg.get_body()
    app.poison_messages.keep(
        queue.value, message_key(body), body=body.decode(errors="replace"), now=app.clock.now()
    )
    telemetry.alarm("message_given_up", queue=queue.value)
