"""The translation of the vendor's errors. It is imported with the SDKs, on first use."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
)

from shared.platform.storage.faults import (
    AlreadyExists,
    Changed,
    Missing,
    StorageFault,
    StorageRefused,
)
from shared.platform.storage.retries import Passing, Result, Tries, persist

PASSING_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
_CONFLICTS: Final = frozenset(
    {"BlobAlreadyExists", "ContainerAlreadyExists", "QueueAlreadyExists", "TableAlreadyExists"}
)
_NOT_DEPLOYED: Final = frozenset({"ContainerNotFound", "QueueNotFound"})


def passing_status(status: int, retry_after: str | None) -> Passing:
    """Return the passing failure that an answer with this status is."""
    seconds = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
    return Passing(f"status_{status}", reached=True, retry_after=seconds)


def call(attempt: Callable[[], Result], *, tries: Tries | None = None) -> Result:
    """Make a call of an SDK, persistently, and raise our errors in place of the vendor's.

    Raises:
        AlreadyExists, Changed, Missing, StorageRefused, StorageUnavailable.
    """

    def translated() -> Result:
        with vendor_errors_translated():
            return attempt()

    return persist(translated, tries=tries)


@contextmanager
def vendor_errors_translated() -> Iterator[None]:
    """Raise our errors in place of the vendor's; a `Passing` where trying again may help."""
    try:
        yield
    except AzureError as error:
        raise _translated(error) from error


def _translated(error: AzureError) -> Exception:
    if isinstance(error, ServiceRequestError):
        return Passing("no_connection", reached=False)
    if isinstance(error, HttpResponseError) and not isinstance(error, IncompleteReadError):
        return _answered(error)
    return Passing("no_answer", reached=True)


def _answered(error: HttpResponseError) -> Exception:
    status = error.status_code or 0
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    code = headers.get("x-ms-error-code", "")
    if status in PASSING_STATUSES:
        return passing_status(status, headers.get("Retry-After"))
    if status < 300:
        return Passing("unreadable", reached=True)
    return fault_for(status, code)


def fault_for(status: int, code: str) -> StorageFault:
    """Return the error that a status and the service's code mean, for blobs and queues.

    A container or queue that does not exist is a fault in the deployment, not a missing blob.
    """
    if status == 409 and code in _CONFLICTS:
        return AlreadyExists()
    if status in {304, 412}:
        return Changed()
    if status == 404 and code not in _NOT_DEPLOYED:
        return Missing()
    return StorageRefused(status, code)
