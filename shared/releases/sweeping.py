"""Uploads that were never completed, and what completed ones left behind."""

from datetime import datetime

from shared.platform import telemetry
from shared.platform.storage.names import Container
from shared.releases.model import CLOCKS_DIFFER, Upload, kept_at
from shared.releases.uploading import FileStores


def sweep(*, stores: FileStores, now: datetime) -> int:
    """Take away every upload that nobody can write or complete any more; return how many.

    For the timer `retention`. Its cost follows the uploads of a day.
    """
    due = [one for one in stores.uploads.expired(before=now - CLOCKS_DIFFER) if one.is_due(now=now)]
    for upload in due:
        _sweep(upload, stores=stores)
    telemetry.event("uploads_swept", count=len(due))
    return len(due)


def _sweep(upload: Upload, *, stores: FileStores) -> None:
    stores.blobs.purge(Container.UPLOADS, upload.arrives_at)
    release = stores.releases.find(upload.artist_id, upload.release_id)
    current = release.file(upload.kind) if release else None
    for candidate in {upload.upload_id, upload.replaces} - {None}:
        if candidate is not None and (current is None or current.upload_id != candidate):
            prefix = kept_at(
                upload.artist_id, upload.release_id, kind=upload.kind, upload_id=candidate
            )
            stores.blobs.purge(Container.MEDIA, prefix)
    stores.uploads.delete(upload)
