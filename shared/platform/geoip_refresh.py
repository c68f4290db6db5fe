"""Keeping the city database fresh: a newer one is swapped in when it opens and answers.

The old one stays until then, so that a broken download costs nothing; instances notice the blob's
new ETag within the hour, and an old file is gone with it, as MaxMind's licence asks.
"""

import tarfile
import tempfile
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from shared.platform import telemetry
from shared.platform.clients.maxmind import MaxMind
from shared.platform.geoip import BLOB, USED_FOR, opened
from shared.platform.problems import RetryLater
from shared.platform.storage.blobs import BlobFacts, Blobs
from shared.platform.storage.names import Container

_MODIFIED: Final = "modified"
_BUILT: Final = "built"
_PIECE: Final = 1024 * 1024


def refresh(*, maxmind: MaxMind, blobs: Blobs, now: datetime) -> None:
    """Fetch the newest database, where MaxMind has one that we have not.

    Raises:
        RetryLater: MaxMind gave no usable answer, or a database that does not answer.
    """
    held = blobs.properties(Container.GEOIP, BLOB)
    modified = maxmind.last_modified()
    if held is not None and held.metadata.get(_MODIFIED) == modified:
        _note_age(held, now=now)
        return
    with tempfile.TemporaryDirectory() as folder:
        database = _fetched(maxmind, Path(folder))
        try:
            found = opened(database, etag="draft")
        except (OSError, ValueError):
            telemetry.alarm("geoip_database_refused", reason="does_not_answer")
            raise RetryLater("geoip_database_broken") from None
        found.reader.close()
        refusal = _refusal(found.built_at, held, now=now)
        if refusal is not None:
            telemetry.alarm("geoip_database_refused", reason=refusal)
            return
        with database.open("rb") as file:
            blobs.upload(
                Container.GEOIP,
                BLOB,
                file,
                content_type="application/octet-stream",
                metadata={_MODIFIED: modified, _BUILT: found.built_at.isoformat()},
                overwrite=True,
            )
    telemetry.event("geoip_database_refreshed", day=found.built_at.date().isoformat())


def _refusal(built_at: datetime, held: BlobFacts | None, *, now: datetime) -> str | None:
    if now - built_at > USED_FOR:
        return "too_old_to_be_used"
    if held is not None and built_at.isoformat() < held.metadata.get(_BUILT, ""):
        return "older_than_ours"
    return None


def _note_age(held: BlobFacts, *, now: datetime) -> None:
    built = held.metadata.get(_BUILT)
    if built is None or now - datetime.fromisoformat(built) > USED_FOR:
        telemetry.alarm("geoip_database_too_old")
    telemetry.event("geoip_database_kept", reason="newest_already")


def _fetched(maxmind: MaxMind, folder: Path) -> Path:
    """Return the database out of the newest archive, unpacked in a folder."""
    archive, database = folder / "archive.tar.gz", folder / BLOB
    with archive.open("wb") as packed:
        maxmind.download(packed)
    try:
        with tarfile.open(archive, "r:gz") as members, database.open("wb") as out:
            _unpack(members, out)
    except (tarfile.TarError, OSError, EOFError):
        telemetry.alarm("geoip_database_refused", reason="archive_unreadable")
        raise RetryLater("geoip_archive_unreadable") from None
    return database


def _unpack(members: tarfile.TarFile, out: IO[bytes]) -> None:
    for member in members:
        # Only the content is used, never the path in the archive.
        content = members.extractfile(member) if member.name.endswith(f"/{BLOB}") else None
        if content is not None:
            while piece := content.read(_PIECE):
                out.write(piece)
            return
    raise tarfile.ReadError
