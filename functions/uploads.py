"""Files of releases: their way in by a link or directly, their way out, and public artwork."""

from typing import Final

from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform import etags
from shared.releases import downloading, uploading
from shared.releases.files.kinds import FORMATS
from shared.releases.schemas import ReleaseFilePutQuery, ReleaseFileQuery, UploadRequest
from shared.releases.uploading import DirectFile
from shared.releases.views import FileLinkView, FileView, UploadView

door = Door("Files")
_MEDIA: Final = tuple(form.media_type for form in FORMATS)


@door.on(
    "POST",
    "api/releases/{release_id}/uploads",
    terms=Terms(access=Access.ARTIST, body=UploadRequest, idempotent=True),
    answers={201: UploadView},
)
def upload_promise(call: Call[UploadRequest]) -> Reply:
    """Announce a file, and get an address to PUT it to.

    The address takes exactly this file for an hour. PUT it with all of `headers`, then complete it.
    """
    upload, link = uploading.promise(
        call.route["release_id"],
        call.body,
        artist_id=call.artist_id,
        stores=call.app.release_files,
        ids=call.ids,
        now=call.now,
    )
    location = f"/api/releases/{upload.release_id}/uploads/{upload.upload_id}"
    return replies.created(UploadView.of(upload, link), location=location)


@door.on(
    "POST",
    "api/releases/{release_id}/uploads/{upload_id}/complete",
    terms=Terms(access=Access.ARTIST, versioned=True),
    answers={200: FileView},
    problems=("conflict", "file_refused", "nothing_uploaded"),
)
def upload_complete(call: Call[None]) -> Reply:
    """Have what arrived checked, and kept as the release's file.

    What is refused is gone, and every reason is answered. Tags and EXIF are not kept. Repeating
    answers the same.
    """
    kept = uploading.complete(
        call.route["release_id"],
        call.route["upload_id"],
        artist_id=call.artist_id,
        stores=call.app.release_files,
        now=call.now,
    )
    return replies.ok(FileView.of(kept.file), etag=etags.strong(kept.release.version))


@door.on(
    "PUT",
    "api/releases/{release_id}/files/{kind}",
    terms=Terms(
        access=Access.ARTIST,
        raw_media=_MEDIA,
        body_limit=uploading.DIRECT_MAX_BYTES,
        query=ReleaseFilePutQuery,
        versioned=True,
    ),
    answers={200: FileView},
    problems=("conflict", "file_refused", "stale_version"),
)
def file_put(call: Call[None]) -> Reply:
    """Send a small file, of 20 MB at most, in one request; the checks are the same."""
    asked = bodies.from_strings(call.query, ReleaseFilePutQuery)
    kept = uploading.put_direct(
        call.route["release_id"],
        call.route["kind"],
        DirectFile(call.raw, call.headers.get("content-type", ""), asked.filename),
        if_match=call.if_match,
        artist_id=call.artist_id,
        stores=call.app.release_files,
        ids=call.ids,
        now=call.now,
    )
    return replies.ok(FileView.of(kept.file), etag=etags.strong(kept.release.version))


@door.on(
    "GET",
    "api/releases/{release_id}/files/{kind}",
    terms=Terms(access=Access.ARTIST, query=ReleaseFileQuery),
    answers={302: None, 200: FileLinkView},
)
def file_read(call: Call[None]) -> Reply:
    """Go to a link that reads the file for ten minutes, or get it with `redirect=false`."""
    asked = bodies.from_strings(call.query, ReleaseFileQuery)
    link = downloading.link(
        call.route["release_id"],
        call.route["kind"],
        artist_id=call.artist_id,
        stores=call.app.release_files,
    )
    return replies.found_or_told(link.url, FileLinkView.of(link), redirect=asked.redirect)


@door.on(
    "DELETE",
    "api/releases/{release_id}/files/{kind}",
    terms=Terms(access=Access.ARTIST),
    answers={204: None},
    problems=("conflict", "stale_version"),
)
def file_delete(call: Call[None]) -> Reply:
    """Take a file of a release away. If-Match names the release's version."""
    uploading.remove(
        call.route["release_id"],
        call.route["kind"],
        artist_id=call.artist_id,
        if_match=call.if_match,
        stores=call.app.release_files,
        now=call.now,
    )
    return replies.no_content()


@door.on(
    "GET",
    "api/releases/{release_id}/artwork/{size}.jpg",
    terms=Terms(access=Access.PUBLIC, cache=downloading.RENDITION_CACHE, versioned=True),
    answers={200: None},
    media="image/jpeg",
)
def artwork_rendition(call: Call[None]) -> Reply:
    """Return a release's artwork at 300 or 1000 pixels, while its artist's page is open."""
    picture, etag = downloading.rendition(
        call.route["release_id"],
        call.route["size"],
        releases=call.app.releases,
        artists=call.app.artists,
        blobs=call.app.blobs,
    )
    return replies.file(picture, content_type="image/jpeg", etag=etag)
