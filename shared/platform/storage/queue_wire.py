"""Messages through the pipeline of azure-storage-queue, which signs and sends them.

A sign-up sends one, and the SDK's own way of writing its XML and reading the answer costs more than
the rest of the request. It is imported with the SDK, on first use.
"""

import base64

from azure.core.rest import HttpRequest
from azure.storage.queue import QueueServiceClient

from shared.platform.storage.retries import persist
from shared.platform.storage.vendor import (
    PASSING_STATUSES,
    fault_for,
    passing_status,
    vendor_errors_translated,
)


class QueueWire:
    """One pipeline for all queues of the account."""

    def __init__(self, service: QueueServiceClient) -> None:
        # As for the tables, there is no public way to a request of one's own; the version is
        # pinned, and tests/contracts/storage/test_queues.py reads the messages with the SDK.
        self._pipeline = service._pipeline  # noqa: SLF001
        self._base = service.url.rstrip("/")
        self._headers = {
            "Accept": "application/xml",
            "Content-Type": "application/xml",
            "x-ms-version": service.api_version,
        }

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

        def attempt() -> tuple[int, str]:
            with vendor_errors_translated():
                request = HttpRequest("POST", url, headers=self._headers, content=content)
                response = self._pipeline.run(request, stream=True).http_response
                response.read()
            if response.status_code in PASSING_STATUSES:
                raise passing_status(response.status_code, response.headers.get("Retry-After"))
            return response.status_code, response.headers.get("x-ms-error-code", "")

        status, code = persist(attempt)
        if status != 201:
            raise fault_for(status, code)
