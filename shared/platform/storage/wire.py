"""Requests to the table service, signed by azure-data-tables.

Bodies are written and read here, since the SDK's entity codec is what costs (performance.md, 1:
75 µs an entity read, 4.5 ms a transaction of two). It is imported with the SDK, on first use.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from azure.data.tables import TableServiceClient
from azure.data.tables._authentication import _configure_credential

from shared.platform.storage.faults import (
    AlreadyExists,
    Changed,
    Missing,
    StorageFault,
    StorageRefused,
)
from shared.platform.storage.lean_pipeline import LeanPipeline, PlainAnswer
from shared.platform.storage.retries import Passing, Tries, persist
from shared.platform.storage.transport import LeanTransport

_COMMON: Final = {
    "Accept": "application/json;odata=minimalmetadata",
    "DataServiceVersion": "3.0",
}


class Answer(PlainAnswer):
    """What the table service said."""

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    def json(self) -> Any:  # noqa: ANN401 - what the service sent
        return orjson.loads(self.body)


class TableWire:
    """One pipeline for all tables of the account."""

    def __init__(self, service: TableServiceClient, transport: LeanTransport) -> None:
        # There is no public way to the authentication of a client. requirements.txt pins the
        # version, and tests/contracts/storage/test_tables.py and test_identity.py stand on it.
        self._pipeline = LeanPipeline(_configure_credential(service.credential), transport)
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
            answer = self._pipeline.send(method, url, headers=merged, body=body)
            if answer.body and answer.status < 300 and not _is_readable(answer.headers):
                raise Passing("unreadable", reached=True)
            return Answer(answer.status, answer.headers, answer.body)

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
