"""What the account's export holds of releases: their rows, and the files themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.platform.ids import ArtistId
from shared.platform.storage.names import Container
from shared.platform.storage.rows import Row
from shared.releases.model import FileKind, MediaFile, Release, kept_at
from shared.releases.store import ReleaseStore, UploadStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A blob to put into the export, under `path`."""

    path: str
    container: Container
    blob: str
    size_bytes: int
    sha256: str


def rows_to_export(
    artist_id: ArtistId, *, releases: ReleaseStore, uploads: UploadStore
) -> Iterator[Row]:
    """Yield every row of an artist's releases and uploads."""
    yield from releases.rows(artist_id)
    yield from uploads.rows(artist_id)


def files_to_export(artist_id: ArtistId, *, releases: ReleaseStore) -> Iterator[ExportFile]:
    """Yield the audio and artwork of every release; renditions follow from the artwork."""
    for release in releases.every(artist_id):
        for kind in FileKind:
            file = release.file(kind)
            if file is not None:
                yield _file(release, file)


def _file(release: Release, file: MediaFile) -> ExportFile:
    return ExportFile(
        path=f"releases/{release.release_id}/{file.kind.value}.{file.facts.extension}",
        container=Container.MEDIA,
        blob=kept_at(
            release.artist_id, release.release_id, kind=file.kind, upload_id=file.upload_id
        ),
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )
