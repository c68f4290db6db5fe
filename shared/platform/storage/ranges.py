"""Ranges of blobs through the pipeline of azure-storage-blob.

The SDK's own downloader keeps up to ten times a range in memory until the garbage collector comes,
and has retries of its own inside.
"""

from typing import Final

from azure.core.rest import HttpRequest
from azure.storage.blob import BlobClient

from shared.platform.storage.retries import Passing, persist
from shared.platform.storage.vendor import (
    PASSING_STATUSES,
    fault_for,
    passing_status,
    vendor_errors_translated,
)

_BEYOND_THE_END: Final = 416


def read_range(client: BlobClient, offset: int, length: int, *, etag: str | None) -> bytes:
    """Return up to `length` bytes of a blob from `offset` on; none beyond its end.

    Raises:
        Missing, Changed: there is no such blob, or it is another version than `etag` names.
        StorageUnavailable, StorageRefused.
    """
    headers = {
        "x-ms-range": f"bytes={offset}-{offset + length - 1}",
        "x-ms-version": client.api_version,
    }
    if etag is not None:
        headers["If-Match"] = etag

    def attempt() -> tuple[int, str, bytes]:
        with vendor_errors_translated():
            request = HttpRequest("GET", client.url, headers=headers)
            # As in wire.py: no public way to a request of one's own, and a pinned version.
            response = client._pipeline.run(request, stream=True).http_response  # noqa: SLF001
            content = response.read()
        if response.status_code in PASSING_STATUSES:
            raise passing_status(response.status_code, response.headers.get("Retry-After"))
        if response.status_code < 300 and "ETag" not in response.headers:
            raise Passing("unreadable", reached=True)
        return response.status_code, response.headers.get("x-ms-error-code", ""), content

    status, code, content = persist(attempt)
    if status in {200, 206}:
        return content
    if status == _BEYOND_THE_END:
        return b""
    raise fault_for(status, code)
