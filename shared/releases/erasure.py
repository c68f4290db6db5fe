"""The end of a release, and of all releases of an account.

The row goes first, so that nobody sees half a release; a row in the schedule, written before it,
finds what a dying process left. Links that were handed out can still be written to for an hour:
a last look after it takes what came late.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from shared.artists.audit import AuditTrail
from shared.platform import etags, telemetry
from shared.platform.ids import ArtistId, Ids, ReleaseId
from shared.platform.problems import StalePrecondition
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.faults import Changed
from shared.platform.storage.names import Container
from shared.platform.storage.rows import Value
from shared.releases import drafting
from shared.releases.announcing import OnDeleted
from shared.releases.model import CLOCKS_DIFFER, UPLOAD_LINK_FOR, media_prefix
from shared.releases.uploading import FileStores

_RETRY_AFTER: Final = timedelta(minutes=2)
LAST_LOOK_AFTER: Final = UPLOAD_LINK_FOR + CLOCKS_DIFFER


class ReleaseEraser:
    """Takes releases away with all that hangs on them."""

    def __init__(
        self,
        *,
        stores: FileStores,
        schedule: Schedule,
        audit: AuditTrail,
        ids: Ids,
        on_deleted: Sequence[OnDeleted],
    ) -> None:
        self._releases = stores.releases
        self._uploads = stores.uploads
        self._blobs = stores.blobs
        self._schedule = schedule
        self._audit = audit
        self._ids = ids
        self._on_deleted = tuple(on_deleted)

    def delete(
        self, release_id: str, *, artist_id: ArtistId, if_match: str | None, now: datetime
    ) -> None:
        """Delete a release with its files, plans and performance.

        Raises:
            NotFound: it is not there, or not theirs.
            StalePrecondition: If-Match names another version.
        """
        release = drafting.read(release_id, artist_id=artist_id, releases=self._releases)
        etags.require_match(if_match, etags.strong(release.version))
        end = _End(artist_id, release.release_id, now)
        self._plan(end, at=now + _RETRY_AFTER)
        try:
            self._releases.delete(release if if_match else replace(release, version=None))
        except Changed:
            raise StalePrecondition("It was changed in the meantime. Read it again.") from None
        self._clear(end)
        self._plan(end, at=now + LAST_LOOK_AFTER)
        self._schedule.remove(DueKind.RELEASE_ERASURE, end.release_id, at=now + _RETRY_AFTER)
        telemetry.event("release_deleted", artist_id=artist_id, release_id=end.release_id)

    def follow_up(self, due: Due, *, now: datetime) -> None:
        """Look again at a release that was deleted. For the timer `dispatch`."""
        end = _End.of(due)
        if self._releases.find(end.artist_id, end.release_id) is not None:
            # The process died before it deleted anything: the artist still sees the release.
            telemetry.event(
                "release_erasure_dropped", release_id=end.release_id, reason="not_deleted"
            )
        else:
            self._clear(end)
            if not self._forget_uploads(end, now=now):
                self._plan(end, at=now + LAST_LOOK_AFTER)
        self._schedule.done(due)

    def erase_artist(self, artist_id: ArtistId) -> int:
        """Take all releases of an account that ends away with their files, and count both."""
        releases = list(self._releases.every(artist_id))
        found = sum(self.erase_release(artist_id, one.release_id) for one in releases)
        # What a deletion left that has not had its last look yet.
        return found + self._blobs.purge(Container.MEDIA, f"{artist_id}/")

    def erase_release(self, artist_id: ArtistId, release_id: ReleaseId) -> int:
        """Take away a release of an account that ends, and count rows and blobs.

        The hooks do not run: every room of the account is erased by itself. Uploads' rows stay for
        `erase_uploads`, which belongs after the last link's hour, too.
        """
        found = int(self._releases.forget_owner(release_id))
        found += self._blobs.purge(Container.MEDIA, media_prefix(artist_id, release_id))
        release = self._releases.find(artist_id, release_id)
        return found + (int(self._releases.delete(release)) if release else 0)

    def erase_uploads(self, artist_id: ArtistId) -> int:
        """Take away all uploads of an account that ends, and count rows and blobs."""
        found = self._blobs.purge(Container.UPLOADS, f"{artist_id}/")
        return found + sum(self._uploads.delete(one) for one in self._uploads.every(artist_id))

    def _clear(self, end: "_End") -> None:
        self._audit.record(
            end.artist_id,
            "release_deleted",
            now=end.at,
            ids=self._ids,
            once=end.release_id,
            release_id=end.release_id,
        )
        self._releases.forget_owner(end.release_id)
        for hook in self._on_deleted:
            hook(end.artist_id, end.release_id)
        for upload in self._uploads.of_release(end.artist_id, end.release_id):
            self._blobs.purge(Container.UPLOADS, upload.arrives_at)
        self._blobs.purge(Container.MEDIA, media_prefix(end.artist_id, end.release_id))

    def _forget_uploads(self, end: "_End", *, now: datetime) -> bool:
        """Take the rows of uploads whose links have ended away, and tell whether all have."""
        uploads = list(self._uploads.of_release(end.artist_id, end.release_id))
        ended = [one for one in uploads if one.expires_at + CLOCKS_DIFFER <= now]
        for upload in ended:
            self._uploads.delete(upload)
        return len(ended) == len(uploads)

    def _plan(self, end: "_End", *, at: datetime) -> None:
        facts: dict[str, Value] = {"artist_id": end.artist_id, "deleted_at": end.at}
        self._schedule.put(DueKind.RELEASE_ERASURE, end.release_id, at=at, facts=facts)


@dataclass(frozen=True, slots=True)
class _End:
    """Which release ends, and when its artist said so."""

    artist_id: ArtistId
    release_id: ReleaseId
    at: datetime

    @classmethod
    def of(cls, due: Due) -> Self:
        at = due.facts["deleted_at"]
        if not isinstance(at, datetime):
            raise TypeError("A release's end has a moment.")
        return cls(due.artist_id, ReleaseId(due.subject), at)
