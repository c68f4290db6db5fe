"""Queue messages that wait for a time ahead: seen in passing, by the proxy before the queues.

The queue service does not list what is invisible. `GET :7071/_local/idle` needs to know which
messages are delayed on purpose, so the proxy notes puts and updates with a visibility time-out.
"""

import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from local.standins.http1 import Head
from local.standins.state import State

_KIND = "delayed"
_REMEMBERED_FROM_SECONDS = 60
_TARGET = re.compile(r"/[^/?]+/(?P<queue>[^/?]+)(?P<messages>/messages)?(?:/(?P<id>[^/?]+))?")
_TIMEOUT = re.compile(r"[?&]visibilitytimeout=(\d+)")
_PUT_ID = re.compile(rb"<MessageId>([^<]+)</MessageId>")
_PUT_TIME = re.compile(rb"<TimeNextVisible>([^<]+)</TimeNextVisible>")


class Delayed:
    """The messages that a put or an update made invisible until a time still ahead (real time)."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._due: dict[tuple[str, str], float] = {}
        for document in state.all(_KIND).values():
            self._due[document["queue"], document["message_id"]] = document["due"]

    def observe(self, method: str, target: str, answer: Head, body: bytes) -> None:
        found = _TARGET.match(target)
        if not found or answer.status >= 300:
            return
        queue, message = found["queue"], unquote(found["id"] or "")
        if method == "DELETE":
            self._forget(queue, message)
        elif method == "POST" and found["messages"] and _TIMEOUT.search(target):
            name, until = _PUT_ID.search(body), _PUT_TIME.search(body)
            if name and until:
                self._note(queue, name[1].decode(), until[1])
        elif method == "PUT" and message:
            self._note(queue, message, answer.value(b"x-ms-time-next-visible"))

    def items(self) -> list[dict[str, Any]]:
        """Return queue, message and time of each, soonest first."""
        for queue, message in [key for key, due in self._due.items() if due <= time.time()]:
            self._forget(queue, message)
        return [
            {"queue": queue, "message_id": message, "visible_at": _instant(due)}
            for (queue, message), due in sorted(self._due.items(), key=lambda item: item[1])
        ]

    def _note(self, queue: str, message: str, until: bytes | None) -> None:
        if until is None:
            return
        due = parsedate_to_datetime(until.decode()).timestamp()
        if due <= time.time():
            self._forget(queue, message)
            return
        self._due[queue, message] = due
        if due - time.time() > _REMEMBERED_FROM_SECONDS:
            document = {"queue": queue, "message_id": message, "due": due}
            self._state.put(_KIND, f"{queue}/{message}", document)

    def _forget(self, queue: str, message: str) -> None:
        """Forget one message, or with an empty id all of a queue that was cleared or deleted."""
        gone = [key for key in self._due if key[0] == queue and message in {"", key[1]}]
        for key in gone:
            del self._due[key]
            self._state.delete(_KIND, "/".join(key))


def _instant(due: float) -> str:
    return datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
