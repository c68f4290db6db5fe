"""Hearing the application enqueue: the queue's listener then polls at once.

In Azure the scale controller does this. The application sends in this very process, so the audit
event of an HTTP client's sending tells it without a poll: Python's own client raises it, and so
does our way to the storage.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

# Delay is invisible to people and lets the message arrive before it is asked for.
SETTLING_SECONDS = 0.02
# When the clock moves, the stand-ins bring what was delayed to its new time, soon after.
MOVING_SECONDS = 0.2
PUT_MESSAGE = re.compile(rb"POST [^ ]*/([a-z0-9-]{3,63})/messages(\?[^ ]*)? ")
DELAY = re.compile(rb"[?&]visibilitytimeout=([0-9]+)")


def hear_puts(heard: Callable[[str, int], None]) -> None:
    """Call `heard` whenever this process puts a message: with the queue, and the delay in seconds.

    The call comes from whichever thread sends. An audit hook stays for the life of the process.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "http.client.send":
            return
        data = arguments[1]
        if isinstance(data, bytes) and (found := PUT_MESSAGE.match(data)):
            delay = DELAY.search(found[2] or b"")
            heard(found[1].decode(), int(delay[1]) if delay else 0)

    sys.addaudithook(hook)
