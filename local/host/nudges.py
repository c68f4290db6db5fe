"""Hearing the application enqueue: the queue's listener then polls at once.

In Azure the scale controller does this. The application sends through the storage SDK, in this very
process, so Python's audit event for an HTTP client's sending tells it without a poll, and without
a change to the application or the SDK.
"""

import re
import sys
from collections.abc import Callable
from typing import Any

# Delay is invisible to people and lets the message arrive before it is asked for.
SETTLING_SECONDS = 0.02
PUT_MESSAGE = re.compile(rb"POST [^ ]*/([a-z0-9-]{3,63})/messages[? ]")


def hear_puts(heard: Callable[[str], None]) -> None:
    """Call `heard` with a queue's name whenever this process puts a message there.

    The call comes from whichever thread sends. An audit hook stays for the life of the process.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "http.client.send":
            return
        data = arguments[1]
        if isinstance(data, bytes) and (found := PUT_MESSAGE.match(data)):
            heard(found[1].decode())

    sys.addaudithook(hook)
