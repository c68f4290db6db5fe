"""The room of releases over a real Azurite, and a process that dies at a chosen storage call."""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from shared.artists.audit import AuditTrail
from shared.artists.model import Artist, SignIn
from shared.platform.ids import ArtistId, Ids, ReleaseId
from shared.platform.schedule import Due, Schedule
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import Container
from shared.platform.storage.tables import Tables
from shared.releases import drafting, uploading
from shared.releases.announcing import Announcer
from shared.releases.erasure import ReleaseEraser
from shared.releases.model import FileKind, Release
from shared.releases.schemas import ReleaseChange, ReleaseRequest, UploadRequest
from shared.releases.store import ReleaseStore, UploadStore
from shared.releases.uploading import FileStores, Kept

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone."""


# What only looks leaves nothing behind: to die after it is to die after the write before.
READS = frozenset(
    {"get", "query", "page", "raw_pages", "by_id", "account", "find", "read", "every", "due"}
    | {"properties", "download", "read_range", "stream", "list", "payload", "table"}
)


class Steps:
    """Counts calls, and dies just after a chosen one of those that may change something.

    To die just before the next one is the same, for whoever comes later.
    """

    def __init__(self, die_at: int | None = None) -> None:
        self.done = 0
        self._writes = 0
        self._die_at = die_at

    def through(self, real: Any) -> Any:
        """Return something that does the same, step by step."""
        steps = self

        class Stepping:
            def __getattr__(self, name: str) -> Any:
                found = getattr(real, name)
                return steps._counted(found, name) if callable(found) else found

        return Stepping()

    def _counted(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.done += 1
            answer = call(*args, **kwargs)
            if name not in READS:
                self._writes += 1
                if self._writes == self._die_at:
                    raise Killed
            return answer

        return counted


@dataclass(slots=True)
class Room:
    """One artist's releases."""

    account: StorageAccount
    artist_id: ArtistId
    ids: Ids = field(default_factory=Ids)
    now: datetime = NOW
    told: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def stores(self) -> FileStores:
        tables = Tables(self.account)
        return FileStores(
            releases=ReleaseStore(tables),
            uploads=UploadStore(tables),
            blobs=Blobs(self.account),
        )

    @property
    def schedule(self) -> Schedule:
        return Schedule(Tables(self.account))

    def dying(self, steps: Steps) -> FileStores:
        real = self.stores
        return FileStores(
            releases=steps.through(real.releases),
            uploads=steps.through(real.uploads),
            blobs=steps.through(real.blobs),
        )

    def announcer(self, steps: Steps | None = None) -> Announcer:
        schedule = (steps or Steps()).through(self.schedule)
        return Announcer(
            cast(Schedule, schedule),
            self.stores.releases,
            ids=self.ids,
            on_changed=[self._on_changed],
        )

    def eraser(self, steps: Steps | None = None) -> ReleaseEraser:
        counted = steps or Steps()
        return ReleaseEraser(
            stores=self.dying(counted),
            schedule=cast(Schedule, counted.through(self.schedule)),
            audit=AuditTrail(Tables(self.account)),
            ids=self.ids,
            on_deleted=[self._on_deleted],
        )

    def _on_changed(self, release: Release, /, *, ids: Ids, now: datetime) -> None:
        del ids, now
        self.told.append((str(release.release_date), release.state.value))

    def _on_deleted(self, artist_id: ArtistId, release_id: ReleaseId, /) -> None:
        assert artist_id == self.artist_id
        self.gone.append(release_id)

    @property
    def artist(self) -> Artist:
        return Artist(
            artist_id=self.artist_id,
            clerk_user_id="user_1",
            clerk_updated_at=1,
            email=None,
            sign_in=SignIn(),
            artist_name="Ada",
            slug="ada",
            time_zone="Pacific/Auckland",
            age_checked_at=self.now,
            created_at=self.now,
        )

    def release(self, **fields: object) -> Release:
        body = {"title": "First Light", "kind": "single", **fields}
        request = ReleaseRequest.model_validate_json(as_json(body))
        return drafting.create(
            request,
            artist_id=self.artist_id,
            releases=self.stores.releases,
            ids=self.ids,
            now=self.now,
        )

    def change(
        self,
        release_id: str,
        *,
        if_match: str | None = None,
        steps: Steps | None = None,
        **fields: object,
    ) -> Release:
        return drafting.change(
            release_id,
            ReleaseChange.model_validate_json(as_json(fields)),
            artist_id=self.artist_id,
            if_match=if_match,
            releases=self.stores.releases,
            announcer=self.announcer(steps),
            ids=self.ids,
            now=self.now,
        )

    def read(self, release_id: str) -> Release | None:
        return self.stores.releases.find(self.artist_id, release_id)

    def sent(
        self,
        release_id: str,
        data: bytes,
        *,
        kind: str = "audio",
        content_type: str = "audio/wav",
        promised: int | None = None,
    ) -> str:
        """Announce a file, PUT it to its link, and return the upload's id."""
        request = UploadRequest(
            kind=FileKind(kind),
            filename="C:\\Users\\ada\\song.wav",
            content_type=content_type,
            size_bytes=len(data) if promised is None else promised,
        )
        upload, link = uploading.promise(
            release_id,
            request,
            artist_id=self.artist_id,
            stores=self.stores,
            ids=self.ids,
            now=self.now,
        )
        assert put(link.url, data) == 201
        return upload.upload_id

    def complete(self, release_id: str, upload_id: str, *, steps: Steps | None = None) -> Kept:
        return uploading.complete(
            release_id,
            upload_id,
            artist_id=self.artist_id,
            stores=self.dying(steps or Steps()),
            now=self.now,
        )

    def blobs(self, container: Container) -> list[str]:
        return list(self.stores.blobs.list(container, f"{self.artist_id}/"))

    def due(self) -> list[Due]:
        return [
            due
            for due in self.schedule.due(now=self.now)
            if due.facts.get("artist_id") == self.artist_id
        ]


def put(url: str, data: bytes, headers: Mapping[str, str] | None = None) -> int:
    given = {"x-ms-blob-type": "BlockBlob", **(headers or {})}
    request = urllib.request.Request(url, data=data, method="PUT", headers=given)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def as_json(body: Mapping[str, object]) -> bytes:
    import orjson

    return orjson.dumps(body)


def new_room(account: StorageAccount) -> Room:
    ids = Ids()
    return Room(account=account, artist_id=ArtistId(ids.make("art", now=NOW)), ids=ids)


def later(room: Room, moment: datetime) -> Room:
    """Return the same room at another moment."""
    return replace(room, now=moment)
