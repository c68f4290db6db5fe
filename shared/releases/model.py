"""A release, its files, and a file on its way in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from shared.artists.model import AccountState, Artist, Link
from shared.campaigns.facts import Kind, ReleaseState
from shared.platform.ids import ArtistId, ReleaseId, UploadId

# A SAS for an upload lives an hour (privacy.md, A25), a link to read ten minutes.
UPLOAD_LINK_FOR: Final = timedelta(hours=1)
DOWNLOAD_LINK_FOR: Final = timedelta(minutes=10)
# What was promised can be completed for a day, and is swept an hour later: no request runs so long.
PROMISE_KEPT_FOR: Final = timedelta(hours=24)
SWEPT_AFTER: Final = PROMISE_KEPT_FOR + timedelta(hours=1)
CLOCKS_DIFFER: Final = timedelta(minutes=5)
RENDITION_SIZES: Final = (300, 1000)
WHOLE: Final = Decimal("100.00")
EARLIEST_DAY: Final = date(1900, 1, 1)
YEARS_AHEAD: Final = 5


class FileKind(StrEnum):
    """What a file is to its release."""

    AUDIO = "audio"
    ARTWORK = "artwork"


# product.md, Releases and files: megabytes are decimal.
LARGEST_BYTES: Final[Mapping[FileKind, int]] = {
    FileKind.AUDIO: 500_000_000,
    FileKind.ARTWORK: 25_000_000,
}


class UploadState(StrEnum):
    """How far a promised file is."""

    PROMISED = "promised"
    COMPLETED = "completed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborator:
    """Somebody who took part. The artist answers for having told them."""

    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One person's share of the royalties; `percent` is a decimal text such as `33.33`."""

    name: str
    role: str
    percent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What the checks found in a file, as it is stored."""

    content_type: str
    extension: str
    duration_seconds: float | None = None
    sample_rate_hz: int | None = None
    width_px: int | None = None
    height_px: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A checked file of a release. Size and SHA-256 are of the stored bytes."""

    upload_id: UploadId
    kind: FileKind
    filename: str
    size_bytes: int
    sha256: str
    facts: FileFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release of an artist. `version` is the row's ETag; None before it is stored."""

    release_id: ReleaseId
    artist_id: ArtistId
    title: str
    kind: Kind
    created_at: datetime
    updated_at: datetime
    genre: str | None = None
    mood_tags: tuple[str, ...] = ()
    release_date: date | None = None
    isrc: str | None = None
    upc: str | None = None
    language: str | None = None
    explicit: bool = False
    cover: bool = False
    samples: bool = False
    instrumental: bool = False
    ai_voice: bool = False
    rights_cleared: bool = False
    clean_edit: bool = False
    splits_disputed: bool = False
    delivered_to_distributor: bool = False
    monthly_listeners: int | None = None
    active_listeners: int | None = None
    collaborators: tuple[Collaborator, ...] = ()
    royalty_splits: tuple[Split, ...] = ()
    links: tuple[Link, ...] = ()
    notes: str | None = None
    state: ReleaseState = ReleaseState.DRAFT
    audio: MediaFile | None = None
    artwork: MediaFile | None = None
    version: str | None = None

    def file(self, kind: FileKind) -> MediaFile | None:
        """Return the file of a kind, or None."""
        return self.audio if kind is FileKind.AUDIO else self.artwork

    def with_file(self, kind: FileKind, file: MediaFile | None, *, now: datetime) -> "Release":
        """Return the release with another file of a kind, or without."""
        if kind is FileKind.AUDIO:
            return replace(self, audio=file, updated_at=now)
        return replace(self, artwork=file, updated_at=now)

    def changed(self, changes: Mapping[str, Any], *, now: datetime) -> "Release":
        """Return the release with other facts.

        Where the state is not said, a release that gets a date is scheduled by it, and one that
        loses its date is a draft again; what is out stays out.
        """
        merged = replace(self, **changes, updated_at=now)
        if "state" in changes or self.state is ReleaseState.LIVE:
            return merged
        if merged.release_date is None:
            return replace(merged, state=ReleaseState.DRAFT)
        if self.release_date is None:
            return replace(merged, state=ReleaseState.SCHEDULED)
        return merged

    def is_news_after(self, before: "Release | None") -> bool:
        """Tell whether plans must look again: the day or the state is another."""
        return before is not None and (
            before.release_date != self.release_date or before.state is not self.state
        )


def impossible(release: Release, *, before: Release | None) -> list[tuple[str, str]]:
    """Return what does not go together, as field and sentence; empty when all is well."""
    wrong = []
    if release.state is ReleaseState.LIVE and not release.links:
        wrong.append(("links", "Say with at least one link where it is out."))
    if release.state is ReleaseState.SCHEDULED and release.release_date is None:
        wrong.append(("release_date", "A scheduled release has a date."))
    known_day = before is not None and before.release_date == release.release_date
    if release.release_date is not None and not known_day:
        wrong += _outside(release.release_date, today=release.updated_at.date())
    return wrong


def _outside(day: date, *, today: date) -> list[tuple[str, str]]:
    last = date(today.year + YEARS_AHEAD, 12, 31)
    if EARLIEST_DAY <= day <= last:
        return []
    return [("release_date", f"A release date lies between {EARLIEST_DAY} and {last}.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was promised.

    `reasons` are those of a refusal, as field and sentence. `replaces` is the upload whose file
    this one takes the place of: written down first, so that the old file is found and goes.
    """

    upload_id: UploadId
    artist_id: ArtistId
    release_id: ReleaseId
    kind: FileKind
    filename: str
    content_type: str
    size_bytes: int
    created_at: datetime
    expires_at: datetime
    state: UploadState = UploadState.PROMISED
    reasons: tuple[tuple[str, str], ...] = ()
    file: MediaFile | None = None
    replaces: UploadId | None = None

    def is_due(self, *, now: datetime) -> bool:
        """Tell whether its row and what it left may go: nobody can write or complete it now."""
        if self.state is UploadState.PROMISED:
            return now >= self.created_at + SWEPT_AFTER
        return now >= self.expires_at + CLOCKS_DIFFER

    @property
    def arrives_at(self) -> str:
        """Return the name in `uploads` where the client puts it. The client gives no part of it."""
        return f"{self.artist_id}/{self.upload_id}"

    @property
    def kept_at(self) -> str:
        """Return the name in `media` where the checked file lies."""
        return kept_at(self.artist_id, self.release_id, kind=self.kind, upload_id=self.upload_id)


def kept_at(
    artist_id: ArtistId, release_id: ReleaseId, *, kind: FileKind, upload_id: UploadId
) -> str:
    """Return the name in `media` where a checked file lies; its renditions' names begin so, too."""
    return f"{media_prefix(artist_id, release_id)}{kind.value}-{upload_id}"


def media_prefix(artist_id: ArtistId, release_id: ReleaseId) -> str:
    """Return how the names of all a release's files begin."""
    return f"{artist_id}/{release_id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class FanCounts:
    """How many fans may be mailed, in all and in the place with most of them."""

    total: int = 0
    largest_place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRelease:
    """What the public page shows of a release."""

    release_id: ReleaseId
    title: str
    kind: Kind
    release_date: date | None
    is_live: bool
    links: tuple[Link, ...]
    artwork_path: str | None  # Of the 1000 px rendition; None without artwork.


def has_open_page(artist: Artist) -> bool:
    """Tell whether the public sees this artist's releases."""
    return artist.state is AccountState.OPEN
