"""A file's way in: promised, put by a link or sent directly, checked, kept.

The upload's row is the thread through it. It is written before anything else and names what may be
left over; it goes with the sweep, when nobody can write or complete the upload any more. So each
step can die, and the next try or the sweep ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NoReturn

from shared.platform import etags, telemetry
from shared.platform.ids import ArtistId, Ids, UploadId
from shared.platform.problems import (
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    TooLarge,
    UnsupportedMedia,
)
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.faults import Changed, Missing
from shared.platform.storage.names import Container
from shared.releases import drafting
from shared.releases.checking import Refused, examined, stored, too_large
from shared.releases.files import kinds
from shared.releases.files.reading import BlobSource, MemorySource, Source
from shared.releases.links import Link
from shared.releases.model import (
    LARGEST_BYTES,
    PROMISE_KEPT_FOR,
    UPLOAD_LINK_FOR,
    FileKind,
    MediaFile,
    Release,
    Upload,
    UploadState,
    kept_at,
)
from shared.releases.schemas import UploadRequest
from shared.releases.store import ReleaseStore, UploadStore

DIRECT_MAX_BYTES: Final = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStores:
    """Where files and what is known of them lie."""

    releases: ReleaseStore
    uploads: UploadStore
    blobs: Blobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that passed, and its release as it is now."""

    file: MediaFile
    release: Release


@dataclass(frozen=True, slots=True)
class DirectFile:
    """A small file as it came, with the name that the artist gave it."""

    data: bytes
    content_type: str
    filename: str | None = None


def promise(
    release_id: str,
    request: UploadRequest,
    *,
    artist_id: ArtistId,
    stores: FileStores,
    ids: Ids,
    now: datetime,
) -> tuple[Upload, Link]:
    """Write down which file will come, and return where it can be put for an hour.

    Raises:
        NotFound: the release is not there, or not theirs.
        Invalid: not a format that we take, or too large.
    """
    release = drafting.read(release_id, artist_id=artist_id, releases=stores.releases)
    wrong = []
    if kinds.named(request.content_type, kind=request.kind) is None:
        accepted = kinds.accepted(request.kind)
        wrong.append(FieldError("content_type", f"{request.kind.value.title()} is {accepted}."))
    if request.size_bytes > LARGEST_BYTES[request.kind]:
        wrong.append(FieldError("size_bytes", too_large(request.kind)))
    if wrong:
        raise Invalid("Some fields are not valid.", errors=wrong)
    upload = Upload(
        upload_id=UploadId(ids.make("upl", now=now)),
        artist_id=artist_id,
        release_id=release.release_id,
        kind=request.kind,
        filename=_basename(request.filename),
        content_type=request.content_type,
        size_bytes=request.size_bytes,
        created_at=now,
        expires_at=now + UPLOAD_LINK_FOR,
    )
    stores.uploads.keep(upload)
    url = stores.blobs.upload_link(Container.UPLOADS, upload.arrives_at, ttl=UPLOAD_LINK_FOR)
    telemetry.event("upload_promised", upload_id=upload.upload_id, kind=upload.kind.value)
    return upload, Link.of(url)


def complete(
    release_id: str, upload_id: str, *, artist_id: ArtistId, stores: FileStores, now: datetime
) -> Kept:
    """Check what arrived, and keep it as the release's file. Repeated, it answers the same.

    Raises:
        NotFound: no such upload or release of theirs, or a promise older than a day.
        Invalid: nothing arrived yet, or what arrived is refused; then it is gone.
        Conflict: it was written again while it was checked.
    """
    upload = stores.uploads.find(artist_id, upload_id)
    if upload is None or upload.release_id != release_id:
        raise NotFound
    release = drafting.read(release_id, artist_id=artist_id, releases=stores.releases)
    if upload.state is UploadState.COMPLETED and upload.file is not None:
        return Kept(file=upload.file, release=release)
    if upload.state is UploadState.REFUSED:
        _refuse(upload, stores=stores)
    if now >= upload.created_at + PROMISE_KEPT_FOR:
        raise NotFound
    current = release.file(upload.kind)
    if current is not None and current.upload_id == upload.upload_id:
        return _finished(replace(upload, file=current), release, stores=stores)
    return _taken_in(upload, lambda: _arrived(upload, stores.blobs), stores=stores, now=now)


def put_direct(
    release_id: str,
    kind: str,
    sent: DirectFile,
    *,
    if_match: str | None,
    artist_id: ArtistId,
    stores: FileStores,
    ids: Ids,
    now: datetime,
) -> Kept:
    """Check a small file that came through us, and keep it as the release's file.

    Raises:
        NotFound: no such release of theirs, or no such kind of file.
        StalePrecondition: If-Match names another version of the release.
        UnsupportedMedia: not a format that we take.
        TooLarge: more than 20 MB.
        Invalid: the file is refused.
    """
    chosen = file_kind(kind)
    release = drafting.read(release_id, artist_id=artist_id, releases=stores.releases)
    etags.require_match(if_match, etags.strong(release.version))
    form = kinds.named(sent.content_type, kind=chosen)
    if form is None:
        raise UnsupportedMedia(f"{chosen.value.title()} is {kinds.accepted(chosen)}.")
    if len(sent.data) > DIRECT_MAX_BYTES:
        raise TooLarge("A direct upload has 20 MB at most; ask for an upload link.")
    upload = Upload(
        upload_id=UploadId(ids.make("upl", now=now)),
        artist_id=artist_id,
        release_id=release.release_id,
        kind=chosen,
        filename=_basename(sent.filename or f"{chosen.value}.{form.extension}"),
        content_type=sent.content_type,
        size_bytes=len(sent.data),
        created_at=now,
        expires_at=now,
    )
    stores.uploads.keep(upload)
    return _taken_in(upload, lambda: MemorySource(sent.data), stores=stores, now=now)


def remove(
    release_id: str,
    kind: str,
    *,
    artist_id: ArtistId,
    if_match: str | None,
    stores: FileStores,
    now: datetime,
) -> None:
    """Take a release's file away.

    Raises:
        NotFound: no such release of theirs, or it has no such file.
        StalePrecondition: If-Match names another version of the release.
        Conflict: others write at the same moment.
    """
    chosen = file_kind(kind)
    for _ in range(drafting.TRIES):
        release = drafting.read(release_id, artist_id=artist_id, releases=stores.releases)
        file = release.file(chosen)
        if file is None:
            raise NotFound
        etags.require_match(if_match, etags.strong(release.version))
        # The sweep finds by this row what a dying process leaves of the file.
        stores.uploads.keep(_leftover(release, file, now=now))
        try:
            stores.releases.replace(release.with_file(chosen, None, now=now))
        except Missing:
            raise NotFound from None
        except Changed:
            continue
        _purge_kept(release, chosen, file.upload_id, blobs=stores.blobs)
        telemetry.event("file_deleted", release_id=release_id, kind=chosen.value)
        return
    raise Conflict("Others change it at this moment. Please repeat.")


def file_kind(text: str) -> FileKind:
    """Return the kind of file that a path names.

    Raises:
        NotFound: there is no such kind.
    """
    if text not in set(FileKind):
        raise NotFound
    return FileKind(text)


def _arrived(upload: Upload, blobs: Blobs) -> Source:
    facts = blobs.properties(Container.UPLOADS, upload.arrives_at)
    if facts is None:
        raise Invalid.field("file", "Nothing has arrived yet.", code="nothing_uploaded")
    return BlobSource(blobs, Container.UPLOADS, upload.arrives_at, size=facts.size, etag=facts.etag)


def _taken_in(
    upload: Upload, source: Callable[[], Source], *, stores: FileStores, now: datetime
) -> Kept:
    try:
        file = stored(examined(source(), upload), upload, blobs=stores.blobs)
    except Refused as refused:
        upload = replace(upload, state=UploadState.REFUSED, reasons=tuple(refused.reasons))
        stores.uploads.settle(upload)
        _refuse(upload, stores=stores)
    except (Changed, Missing):
        raise Conflict("It was sent again while it was checked. Complete it again.") from None
    return _attached(replace(upload, file=file), file, stores=stores, now=now)


def _refuse(upload: Upload, *, stores: FileStores) -> NoReturn:
    stores.blobs.delete(Container.UPLOADS, upload.arrives_at)
    telemetry.event("upload_refused", upload_id=upload.upload_id, kind=upload.kind.value)
    errors = [FieldError(field, detail) for field, detail in upload.reasons]
    raise Invalid("The file cannot be used.", code="file_refused", errors=errors)


def _attached(upload: Upload, file: MediaFile, *, stores: FileStores, now: datetime) -> Kept:
    """Make the file its release's own; where the release is gone meanwhile, so is the file."""
    for _ in range(drafting.TRIES):
        release = stores.releases.find(upload.artist_id, upload.release_id)
        if release is None:
            break
        old = release.file(upload.kind)
        upload = replace(upload, replaces=old.upload_id if old else None)
        stores.uploads.settle(upload)
        if upload.kind is FileKind.ARTWORK:
            stores.releases.publish_owner(release)
        try:
            kept = stores.releases.replace(release.with_file(upload.kind, file, now=now))
        except Missing:
            break
        except Changed:
            continue
        return _finished(upload, kept, stores=stores)
    else:
        raise Conflict("Others change the release at this moment. Please repeat.")
    stores.blobs.delete(Container.MEDIA, upload.kept_at)
    stores.releases.forget_owner(upload.release_id)
    raise NotFound


def _finished(upload: Upload, release: Release, *, stores: FileStores) -> Kept:
    file = upload.file
    if file is None:
        raise NotFound
    if upload.replaces is not None and upload.replaces != upload.upload_id:
        _purge_kept(release, upload.kind, upload.replaces, blobs=stores.blobs)
    stores.blobs.delete(Container.UPLOADS, upload.arrives_at)
    stores.uploads.settle(replace(upload, state=UploadState.COMPLETED))
    telemetry.event(
        "upload_completed",
        upload_id=upload.upload_id,
        kind=upload.kind.value,
        size_bytes=file.size_bytes,
    )
    return Kept(file=file, release=release)


def _purge_kept(release: Release, kind: FileKind, upload_id: UploadId, *, blobs: Blobs) -> None:
    """Take a file and its renditions away."""
    prefix = kept_at(release.artist_id, release.release_id, kind=kind, upload_id=upload_id)
    blobs.purge(Container.MEDIA, prefix)


def _leftover(release: Release, file: MediaFile, *, now: datetime) -> Upload:
    return Upload(
        upload_id=file.upload_id,
        artist_id=release.artist_id,
        release_id=release.release_id,
        kind=file.kind,
        filename=file.filename,
        content_type=file.facts.content_type,
        size_bytes=file.size_bytes,
        created_at=now,
        expires_at=now,
        state=UploadState.COMPLETED,
        file=file,
    )


def _basename(filename: str) -> str:
    """Return a file's own name; folders of the artist's machine are nobody's business."""
    return filename.replace("\\", "/").rstrip("/").rpartition("/")[2] or "file"
