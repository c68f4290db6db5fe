"""What is answered about releases and their files."""

from datetime import date

from shared.campaigns.catalogue import Channel
from shared.campaigns.dial import DialDay, Door
from shared.campaigns.facts import Kind, ReleaseState
from shared.campaigns.readiness import Missing
from shared.platform.clock import instant
from shared.platform.schemas import Answer
from shared.releases.links import Link
from shared.releases.model import FileKind, MediaFile, Release, Upload


class ReleaseLinkView(Answer):
    """Where the release can be heard or bought."""

    label: str
    url: str


class CollaboratorView(Answer):
    """Somebody who took part."""

    name: str
    role: str


class SplitView(Answer):
    """A share of the royalties, in percent as a text."""

    name: str
    role: str
    percent: str


class FileView(Answer):
    """A checked file. Size and SHA-256 are of the file as it can be downloaded."""

    kind: FileKind
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    duration_seconds: float | None
    sample_rate_hz: int | None
    width_px: int | None
    height_px: int | None
    warnings: list[str]

    @classmethod
    def of(cls, file: MediaFile) -> "FileView":
        """Return what the artist sees of a file."""
        facts = file.facts
        return cls(
            kind=file.kind,
            filename=file.filename,
            content_type=facts.content_type,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            duration_seconds=facts.duration_seconds,
            sample_rate_hz=facts.sample_rate_hz,
            width_px=facts.width_px,
            height_px=facts.height_px,
            warnings=list(facts.warnings),
        )


class ReleaseFilesView(Answer):
    """A release's files."""

    audio: FileView | None
    artwork: FileView | None


class ReleaseView(Answer):
    """A release."""

    id: str
    state: ReleaseState
    title: str
    kind: Kind
    genre: str | None
    mood_tags: list[str]
    release_date: date | None
    isrc: str | None
    upc: str | None
    language: str | None
    explicit: bool
    cover: bool
    samples: bool
    instrumental: bool
    ai_voice: bool
    rights_cleared: bool
    clean_edit: bool
    splits_disputed: bool
    delivered_to_distributor: bool
    monthly_listeners: int | None
    active_listeners: int | None
    collaborators: list[CollaboratorView]
    royalty_splits: list[SplitView]
    links: list[ReleaseLinkView]
    notes: str | None
    files: ReleaseFilesView
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, release: Release) -> "ReleaseView":
        """Return what the artist sees of a release."""
        return cls(
            id=release.release_id,
            state=release.state,
            title=release.title,
            kind=release.kind,
            genre=release.genre,
            mood_tags=list(release.mood_tags),
            release_date=release.release_date,
            isrc=release.isrc,
            upc=release.upc,
            language=release.language,
            explicit=release.explicit,
            cover=release.cover,
            samples=release.samples,
            instrumental=release.instrumental,
            ai_voice=release.ai_voice,
            rights_cleared=release.rights_cleared,
            clean_edit=release.clean_edit,
            splits_disputed=release.splits_disputed,
            delivered_to_distributor=release.delivered_to_distributor,
            monthly_listeners=release.monthly_listeners,
            active_listeners=release.active_listeners,
            collaborators=[
                CollaboratorView(name=one.name, role=one.role) for one in release.collaborators
            ],
            royalty_splits=[
                SplitView(name=one.name, role=one.role, percent=one.percent)
                for one in release.royalty_splits
            ],
            links=[ReleaseLinkView(label=link.label, url=link.url) for link in release.links],
            notes=release.notes,
            files=ReleaseFilesView(
                audio=FileView.of(release.audio) if release.audio else None,
                artwork=FileView.of(release.artwork) if release.artwork else None,
            ),
            created_at=instant(release.created_at),
            updated_at=instant(release.updated_at),
        )


class ReleaseListView(Answer):
    """A page of releases, newest first."""

    items: list[ReleaseView]
    next_cursor: str | None


class UploadView(Answer):
    """Where to PUT the file, with which headers, and until when."""

    id: str
    put_url: str
    headers: dict[str, str]
    expires_at: str

    @classmethod
    def of(cls, upload: Upload, link: Link) -> "UploadView":
        """Return what a client needs to send the file."""
        return cls(
            id=upload.upload_id,
            put_url=link.url,
            headers={"x-ms-blob-type": "BlockBlob", "Content-Type": upload.content_type},
            expires_at=instant(link.expires_at),
        )


class FileLinkView(Answer):
    """A link that reads exactly one file."""

    url: str
    expires_at: str

    @classmethod
    def of(cls, link: Link) -> "FileLinkView":
        """Return the link and its end."""
        return cls(url=link.url, expires_at=instant(link.expires_at))


class MissingView(Answer):
    """What is missing, and the keys of the actions that wait for it."""

    field: str
    detail: str
    blocks: list[str]


class ReadinessView(Answer):
    """Whether everything is there, and what is not."""

    ready: bool
    missing: list[MissingView]

    @classmethod
    def of(cls, missing: tuple[Missing, ...]) -> "ReadinessView":
        """Return what the artist sees."""
        return cls(
            ready=not missing,
            missing=[
                MissingView(field=one.field, detail=one.detail, blocks=list(one.blocks))
                for one in missing
            ],
        )


class DialDoorView(Answer):
    """A channel with a lead time: open for `days_left` more days, or closed with a reason."""

    key: str
    channel: Channel
    title: str
    needed_days: int
    days_left: int | None
    code: str | None
    reason: str | None
    reopens_if_release_on_or_after: date | None

    @classmethod
    def of(cls, door: Door) -> "DialDoorView":
        """Return what the artist sees of a door."""
        return cls(
            key=door.key,
            channel=door.channel,
            title=door.title,
            needed_days=door.needed_days,
            days_left=door.days_left,
            code=door.code.value if door.code else None,
            reason=door.reason,
            reopens_if_release_on_or_after=door.reopens_if_release_on_or_after,
        )


class DialDayView(Answer):
    """One possible release date with its doors."""

    release_date: date
    open: list[DialDoorView]
    closed: list[DialDoorView]


class DateDialView(Answer):
    """The doors of each possible release date."""

    dates: list[DialDayView]

    @classmethod
    def of(cls, days: tuple[DialDay, ...]) -> "DateDialView":
        """Return what the artist sees of the dial."""
        return cls(
            dates=[
                DialDayView(
                    release_date=day.release_date,
                    open=[DialDoorView.of(door) for door in day.open],
                    closed=[DialDoorView.of(door) for door in day.closed],
                )
                for day in days
            ]
        )
