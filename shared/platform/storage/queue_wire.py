"""Messages to the queues.

A sign-up sends one, and the SDK's own way of writing its XML and reading the answer costs more than
the rest of the request; importing it costs a cold start as much as all our rooms.
"""

import base64
from typing import Final

from shared.platform.storage.lean_pipeline import Authentication, LeanPipeline, PlainAnswer
from shared.platform.storage.retries import persist
from shared.platform.storage.transport import LeanTransport
from shared.platform.storage.vendor import fault_for

_HEADERS: Final = {
    "Accept": "application/xml",
    "Content-Type": "application/xml",
    "x-ms-version": "2021-12-02",  # Old enough for every cloud; it takes tokens and keys.
}


class QueueWire:
    """The way to all queues of the account."""

    def __init__(self, base: str, authentication: Authentication, transport: LeanTransport) -> None:
        self._pipeline = LeanPipeline(authentication, transport)
        self._base = base

    def send(self, queue: str, body: bytes, *, seconds: int) -> None:
        """Put a message, Base64, to be visible after so many seconds.

        Raises:
            StorageRefused: there is no such queue, or no right to it.
            StorageUnavailable: not known whether it was sent.
        """
        url = f"{self._base}/{queue}/messages"
        if seconds:
            url += f"?visibilitytimeout={seconds}"
        xml = b"<QueueMessage><MessageText>%b</MessageText></QueueMessage>"
        content = xml % base64.b64encode(body)

        def attempt() -> PlainAnswer:
            return self._pipeline.send("POST", url, headers=_HEADERS, body=content)

        answer = persist(attempt)
        if answer.status != 201:
            raise fault_for(answer.status, answer.headers.get("x-ms-error-code", ""))
