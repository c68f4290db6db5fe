"""Rows of releases and uploads: tables Releases and Uploads, one partition an artist.

Beside an artist's releases stands, for each release with artwork, a row in a partition of its own
(`rel_…` / `owner`): the public address of a rendition names the release alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson

from shared.artists.model import Link
from shared.campaigns.facts import Kind, ReleaseState
from shared.platform.ids import ArtistId, ReleaseId, UploadId, inverted, is_id
from shared.platform.storage.faults import Changed, Missing
from shared.platform.storage.filters import eq, gt, lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from shared.releases.model import (
    Collaborator,
    FileFacts,
    FileKind,
    MediaFile,
    Release,
    Split,
    Upload,
    UploadState,
)

OWNER = "owner"


class ReleaseStore:
    """Releases by artist, newest first."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.RELEASES)

    def find(self, artist_id: ArtistId, release_id: str) -> Release | None:
        """Return an artist's release, or None when it is not there or not theirs. One read."""
        if not is_id(release_id, prefix="rel"):
            return None
        row = self._rows.get(artist_id, inverted(release_id))
        return _release(row) if row else None

    def newest(
        self, artist_id: ArtistId, *, count: int, after: str | None = None
    ) -> Sequence[Release]:
        """Return up to `count` releases, the newest first, or those older than `after`."""
        where = gt("RowKey", inverted(after)) if after else None
        rows = self._rows.query(partition=artist_id, where=where, page_size=min(count, 1000))
        return [_release(row) for row in islice(rows, count)]

    def every(self, artist_id: ArtistId) -> Iterator[Release]:
        """Yield all of an artist's releases, the newest first."""
        return (_release(row) for row in self._rows.query(partition=artist_id))

    def add(self, release: Release) -> Release:
        """Keep a new release.

        Raises:
            AlreadyExists: it is there.
        """
        return _release(self._rows.insert(_row(release)))

    def replace(self, release: Release) -> Release:
        """Keep a changed release.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        return _release(self._rows.replace(_row(release), etag=release.version or "*"))

    def delete(self, release: Release) -> bool:
        """Take a release away, and tell whether it was there.

        Raises:
            Changed: somebody changed it since it was read.
        """
        key = inverted(release.release_id)
        return self._rows.delete(release.artist_id, key, etag=release.version or "*")

    def publish_owner(self, release: Release) -> None:
        """Write down whose release this is, for the public address of its artwork."""
        self._rows.upsert(Row(release.release_id, OWNER, {"artist_id": release.artist_id}))

    def owner(self, release_id: str) -> ArtistId | None:
        """Return whose release this is, when it has artwork."""
        if not is_id(release_id, prefix="rel"):
            return None
        row = self._rows.get(release_id, OWNER)
        return ArtistId(row.need("artist_id", str)) if row else None

    def forget_owner(self, release_id: ReleaseId) -> bool:
        """Take the row of `publish_owner` away, and tell whether it was there."""
        return self._rows.delete(release_id, OWNER)


class UploadStore:
    """What was promised, until it is swept."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.UPLOADS)

    def find(self, artist_id: ArtistId, upload_id: str) -> Upload | None:
        """Return an artist's upload, or None when it is not there or not theirs."""
        if not is_id(upload_id, prefix="upl"):
            return None
        row = self._rows.get(artist_id, upload_id)
        return _upload(row) if row else None

    def keep(self, upload: Upload) -> None:
        """Write an upload down whole. What two writers say of one upload is the same."""
        self._rows.upsert(_upload_row(upload))

    def settle(self, upload: Upload) -> None:
        """Write down how an upload ended; where it was swept meanwhile, nothing comes back."""
        try:
            self._rows.replace(_upload_row(upload), etag="*")
        except (Changed, Missing):
            return

    def of_release(self, artist_id: ArtistId, release_id: ReleaseId) -> Iterator[Upload]:
        """Yield the uploads of one release."""
        where = eq("release_id", release_id)
        return (_upload(row) for row in self._rows.query(partition=artist_id, where=where))

    def every(self, artist_id: ArtistId) -> Iterator[Upload]:
        """Yield all uploads of an artist."""
        return (_upload(row) for row in self._rows.query(partition=artist_id))

    def expired(self, *, before: datetime) -> Iterator[Upload]:
        """Yield every artist's uploads whose link has ended. The table holds a day's at most."""
        return (_upload(row) for row in self._rows.query(where=lt("expires_at", before)))

    def delete(self, upload: Upload) -> bool:
        """Take an upload's row away, and tell whether it was there."""
        return self._rows.delete(upload.artist_id, upload.upload_id)


def _row(release: Release) -> Row:
    day = release.release_date
    return Row(
        release.artist_id,
        inverted(release.release_id),
        {
            "title": release.title,
            "kind": release.kind.value,
            "created_at": release.created_at,
            "updated_at": release.updated_at,
            "genre": release.genre,
            "mood_tags": _json(list(release.mood_tags)),
            "release_date": day.isoformat() if day else None,
            "isrc": release.isrc,
            "upc": release.upc,
            "language": release.language,
            "explicit": release.explicit,
            "cover": release.cover,
            "samples": release.samples,
            "instrumental": release.instrumental,
            "ai_voice": release.ai_voice,
            "rights_cleared": release.rights_cleared,
            "clean_edit": release.clean_edit,
            "splits_disputed": release.splits_disputed,
            "delivered_to_distributor": release.delivered_to_distributor,
            "monthly_listeners": release.monthly_listeners,
            "active_listeners": release.active_listeners,
            "collaborators": _json(release.collaborators),
            "royalty_splits": _json(release.royalty_splits),
            "links": _json(release.links),
            "notes": release.notes,
            "state": release.state.value,
            "audio": _json(release.audio) if release.audio else None,
            "artwork": _json(release.artwork) if release.artwork else None,
        },
    )


def _release(row: Row) -> Release:
    day = row.find("release_date", str)
    return Release(
        release_id=ReleaseId(inverted(row.key)),
        artist_id=ArtistId(row.partition),
        title=row.need("title", str),
        kind=Kind(row.need("kind", str)),
        created_at=row.need("created_at", datetime),
        updated_at=row.need("updated_at", datetime),
        genre=row.find("genre", str),
        mood_tags=tuple(_listed(row, "mood_tags")),
        release_date=date.fromisoformat(day) if day else None,
        isrc=row.find("isrc", str),
        upc=row.find("upc", str),
        language=row.find("language", str),
        explicit=row.need("explicit", bool),
        cover=row.need("cover", bool),
        samples=row.need("samples", bool),
        instrumental=row.need("instrumental", bool),
        ai_voice=row.need("ai_voice", bool),
        rights_cleared=row.need("rights_cleared", bool),
        clean_edit=row.need("clean_edit", bool),
        splits_disputed=row.need("splits_disputed", bool),
        delivered_to_distributor=row.need("delivered_to_distributor", bool),
        monthly_listeners=row.find("monthly_listeners", int),
        active_listeners=row.find("active_listeners", int),
        collaborators=tuple(Collaborator(**one) for one in _listed(row, "collaborators")),
        royalty_splits=tuple(Split(**one) for one in _listed(row, "royalty_splits")),
        links=tuple(Link(**one) for one in _listed(row, "links")),
        notes=row.find("notes", str),
        state=ReleaseState(row.need("state", str)),
        audio=_file(row.find("audio", str)),
        artwork=_file(row.find("artwork", str)),
        version=row.etag,
    )


def _upload_row(upload: Upload) -> Row:
    return Row(
        upload.artist_id,
        upload.upload_id,
        {
            "release_id": upload.release_id,
            "kind": upload.kind.value,
            "filename": upload.filename,
            "content_type": upload.content_type,
            "size_bytes": upload.size_bytes,
            "created_at": upload.created_at,
            "expires_at": upload.expires_at,
            "state": upload.state.value,
            "reasons": _json(upload.reasons) if upload.reasons else None,
            "file": _json(upload.file) if upload.file else None,
            "replaces": upload.replaces,
        },
    )


def _upload(row: Row) -> Upload:
    return Upload(
        upload_id=UploadId(row.key),
        artist_id=ArtistId(row.partition),
        release_id=ReleaseId(row.need("release_id", str)),
        kind=FileKind(row.need("kind", str)),
        filename=row.need("filename", str),
        content_type=row.need("content_type", str),
        size_bytes=row.need("size_bytes", int),
        created_at=row.need("created_at", datetime),
        expires_at=row.need("expires_at", datetime),
        state=UploadState(row.need("state", str)),
        reasons=tuple((field, detail) for field, detail in _listed(row, "reasons")),
        file=_file(row.find("file", str)),
        replaces=UploadId(replaced) if (replaced := row.find("replaces", str)) else None,
    )


def _file(text: str | None) -> MediaFile | None:
    if text is None:
        return None
    members: dict[str, Any] = orjson.loads(text)
    facts: Mapping[str, Any] = members.pop("facts")
    found = FileFacts(**{**facts, "warnings": tuple(facts["warnings"])})
    return MediaFile(**{**members, "kind": FileKind(members["kind"]), "facts": found})


def _listed(row: Row, name: str) -> list[Any]:
    listed: list[Any] = orjson.loads(row.find(name, str) or "[]")
    return listed


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
