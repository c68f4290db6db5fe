"""Requests to the table service through the pipeline of azure-data-tables.

The SDK signs, stamps and sends; bodies are written and read here, since its entity codec is what
costs (performance.md, 1: 75 µs an entity read, 4.5 ms a transaction of two). It is imported with
the SDK, on first use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from azure.core.rest import HttpRequest
from azure.data.tables import TableServiceClient

from shared.platform.storage.faults import (
    AlreadyExists,
    Changed,
    Missing,
    StorageFault,
    StorageRefused,
)
from shared.platform.storage.retries import Passing, Tries, persist
from shared.platform.storage.vendor import (
    PASSING_STATUSES,
    passing_status,
    vendor_errors_translated,
)

_COMMON: Final = {
    "Accept": "application/json;odata=minimalmetadata",
    "DataServiceVersion": "3.0",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the table service said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    def json(self) -> Any:  # noqa: ANN401 - what the service sent
        return orjson.loads(self.body)


class TableWire:
    """One pipeline for all tables of the account."""

    def __init__(self, service: TableServiceClient) -> None:
        # There is no public way to send a request of one's own through this SDK's policies: its
        # own submit_transaction takes this same path. requirements.txt pins the version, and
        # tests/contracts/storage/test_tables.py stands on it.
        self._pipeline = service._client._client._pipeline  # noqa: SLF001
        self.base = service.url.rstrip("/")
        self._common = {**_COMMON, "x-ms-version": service.api_version}

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        tries: Tries | None = None,
    ) -> Answer:
        """Send a request and return the answer, whatever its status, unless it may pass.

        Raises:
            StorageUnavailable: no answer within the retries.
        """
        url = self.base + path
        merged = {**self._common, **headers} if headers else self._common

        def attempt() -> Answer:
            # `stream` spares the SDK's own reading of the body; ours has the retries around it.
            with vendor_errors_translated():
                request = HttpRequest(method, url, headers=merged, content=body)
                response = self._pipeline.run(request, stream=True).http_response
                content = response.read()
            if response.status_code in PASSING_STATUSES:
                raise passing_status(response.status_code, response.headers.get("Retry-After"))
            if content and response.status_code < 300 and not _is_readable(response.headers):
                raise Passing("unreadable", reached=True)
            return Answer(response.status_code, response.headers, content)

        return persist(attempt, tries=tries)


def _is_readable(headers: Mapping[str, str]) -> bool:
    """Tell a service's answer from the page that something in between put in its place."""
    return headers.get("Content-Type", "").startswith(("application/json", "multipart/mixed"))


def fault_of(answer: Answer) -> StorageFault:
    """Return the error that an answer of 4xx is."""
    return fault_for(answer.status, error_code(answer.body))


def fault_for(status: int, code: str) -> StorageFault:
    """Return the error that a status and the service's code mean.

    A table that does not exist is a fault in the deployment, not a missing row.
    """
    if status == 409 and code in {"EntityAlreadyExists", "TableAlreadyExists"}:
        return AlreadyExists()
    if status == 412:
        return Changed()
    if status == 404 and code != "TableNotFound":
        return Missing()
    return StorageRefused(status, code)


def error_code(body: bytes) -> str:
    """Return the code in an error's body, or an empty text where there is none."""
    try:
        return str(orjson.loads(body)["odata.error"]["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
