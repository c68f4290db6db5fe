"""Copies of blobs within the account, made by the server."""

import time
from typing import Any, Final

from azure.core import MatchConditions
from azure.storage.blob import BlobClient, ContentSettings

from shared.platform.storage.faults import StorageRefused, StorageUnavailable
from shared.platform.storage.vendor import call

_COPY_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.25


def copy_from(
    source: str, client: BlobClient, *, if_match: str | None, content_type: str | None
) -> str:
    """Copy what is at an address of the same account, wait until it is there, return its ETag.

    Raises:
        Missing, Changed: there is no such source, or it is another version.
        StorageUnavailable: it was still being copied after 30 seconds.
    """
    how: dict[str, Any] = {}
    if if_match is not None:
        how = {"source_etag": if_match, "source_match_condition": MatchConditions.IfNotModified}
    call(lambda: client.start_copy_from_url(source, **how))
    etag = _when_copied(client)
    return etag if content_type is None else _retyped(client, content_type)


def _when_copied(client: BlobClient) -> str:
    end = time.monotonic() + _COPY_SECONDS
    while time.monotonic() < end:
        properties = call(client.get_blob_properties)
        if properties.copy.status == "success":
            return str(properties.etag)
        if properties.copy.status != "pending":
            raise StorageRefused(409, "CopyFailed")
        time.sleep(_PAUSE_SECONDS)
    raise StorageUnavailable("copy_pending")


def _retyped(client: BlobClient, content_type: str) -> str:
    stored = call(client.get_blob_properties).content_settings
    settings = ContentSettings(content_type=content_type, content_md5=stored.content_md5)
    return str(call(lambda: client.set_http_headers(settings))["etag"])
