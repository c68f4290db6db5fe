"""Taking blobs away for good, with all that storage keeps beside them."""

from contextlib import suppress
from typing import Final

from azure.core import MatchConditions
from azure.storage.blob import BlobClient, BlobProperties, ContainerClient

from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.vendor import call

_REMAINS: Final = ["snapshots", "versions", "uncommittedblobs"]


def purge(container: ContainerClient, prefix: str) -> int:
    """Delete every blob, snapshot, version and staged block under a prefix, and count the blobs."""
    count = 0
    pages = container.list_blobs(name_starts_with=prefix, include=_REMAINS).by_page()
    while (page := call(lambda: next(pages, None))) is not None:
        for found in list(page):
            count += _purge_one(container, found)
    return count


def _purge_one(container: ContainerClient, found: BlobProperties) -> int:
    older = found.version_id if not found.is_current_version else None
    client = container.get_blob_client(found.name, snapshot=found.snapshot, version_id=older)
    if found.snapshot or older:
        with suppress(Missing):
            call(client.delete_blob)
        return 0
    try:
        call(lambda: client.delete_blob(delete_snapshots="include"))
    except Missing:
        return discard_staged(client)
    return 1


def discard_staged(client: BlobClient) -> int:
    """Drop blocks that were staged for a blob which nobody committed, and count that as one.

    There is no request for it: an empty blob is committed in their place, and deleted. A blob that
    somebody commits at the same time is left alone.
    """
    try:
        made = call(lambda: client.commit_block_list([], match_condition=MatchConditions.IfMissing))
        unchanged = MatchConditions.IfNotModified
        call(lambda: client.delete_blob(etag=str(made["etag"]), match_condition=unchanged))
    except (AlreadyExists, Changed, Missing):
        return 0
    return 1
