"""A file's way out: a link that reads it for ten minutes, and the public renditions of artwork."""

from typing import Final

from shared.artists.store import ArtistStore
from shared.platform import etags, telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import NotFound
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.faults import Missing
from shared.platform.storage.names import Container
from shared.releases import drafting
from shared.releases.files import artwork
from shared.releases.files.reading import Damaged
from shared.releases.links import Link
from shared.releases.model import (
    DOWNLOAD_LINK_FOR,
    RENDITION_SIZES,
    MediaFile,
    Release,
    has_open_page,
    kept_at,
)
from shared.releases.store import ReleaseStore
from shared.releases.uploading import FileStores, file_kind

# A browser asks again after this: a page that closes stops showing pictures soon.
RENDITION_CACHE: Final = "public, max-age=300"


def link(release_id: str, kind: str, *, artist_id: ArtistId, stores: FileStores) -> Link:
    """Return a link that reads a release's file for ten minutes, and saves it by a neutral name.

    Raises:
        NotFound: no such release of theirs, or it has no such file.
    """
    chosen = file_kind(kind)
    release = drafting.read(release_id, artist_id=artist_id, releases=stores.releases)
    file = release.file(chosen)
    if file is None:
        raise NotFound
    # The artist's own file name stays out of the link: links end up in logs.
    url = stores.blobs.download_link(
        Container.MEDIA,
        _name(release, file),
        ttl=DOWNLOAD_LINK_FOR,
        filename=f"{chosen.value}.{file.facts.extension}",
        content_type=file.facts.content_type,
    )
    return Link.of(url)


def rendition(
    release_id: str,
    size: str,
    *,
    releases: ReleaseStore,
    artists: ArtistStore,
    blobs: Blobs,
) -> tuple[bytes, str]:
    """Return the public picture of a release as JPEG with its ETag. It is made once.

    Raises:
        NotFound: no such size, no artwork, or the artist's page is not open.
    """
    if size not in {str(one) for one in RENDITION_SIZES}:
        raise NotFound
    release, file = _public_artwork(release_id, releases=releases, artists=artists)
    name = f"{_name(release, file)}-{size}.jpg"
    try:
        picture = blobs.download(Container.MEDIA, name)
    except Missing:
        picture = _made(release, file, name, size=int(size), blobs=blobs)
    return picture, etags.strong(file.upload_id, size)


def _public_artwork(
    release_id: str, *, releases: ReleaseStore, artists: ArtistStore
) -> tuple[Release, MediaFile]:
    owner = releases.owner(release_id)
    release = releases.find(owner, release_id) if owner else None
    if owner is None or release is None or release.artwork is None:
        raise NotFound
    artist = artists.by_id(owner)
    if artist is None or not has_open_page(artist):
        raise NotFound
    return release, release.artwork


def _made(release: Release, file: MediaFile, name: str, *, size: int, blobs: Blobs) -> bytes:
    try:
        picture = artwork.rendition(
            blobs.download(Container.MEDIA, _name(release, file)), size=size
        )
    except Missing:
        # Replaced or deleted since the row was read.
        raise NotFound from None
    except Damaged:
        telemetry.alarm("rendition_failed", release_id=release.release_id)
        raise NotFound from None
    blobs.upload(Container.MEDIA, name, picture, content_type="image/jpeg", overwrite=True)
    telemetry.event("rendition_made", release_id=release.release_id, size_bytes=len(picture))
    return picture


def _name(release: Release, file: MediaFile) -> str:
    return kept_at(release.artist_id, release.release_id, kind=file.kind, upload_id=file.upload_id)
