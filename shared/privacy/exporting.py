"""An artist's exports: asking for one, building it in the queue, handing it out.

The name of the file follows from the export's id and how often it was begun, and the file appears
whole or not at all; so a message that comes twice, or comes again after a crash, builds the same
file over itself, and the state is written by its ETag once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import orjson

from shared.artists.audit import AuditTrail
from shared.artists.store import ArtistStore
from shared.fans.exporting import PIECE_FANS
from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Outbox, Template
from shared.platform import pages, telemetry
from shared.platform.clock import instant
from shared.platform.ids import ArtistId, ExportId, Ids, is_fresh, is_id
from shared.platform.problems import NotFound, RetryLater, TooMany
from shared.platform.signing import Signer, TokenBroken, TokenPart
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.block_writer import BlockWriter
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Container, Queue
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables
from shared.privacy import datamap, gathering
from shared.privacy.archive import Archive, ManifestKey
from shared.privacy.export_store import ExportStore
from shared.privacy.model import EXPORT_LINK_FOR, Export, ExportKind, ExportState
from shared.privacy.pages import TEMPLATES
from shared.privacy.progress import DONE_PERCENT, Progress

AT_ONCE: Final = 5  # Exports of an artist that wait at the same time.
_WRITTEN_WITHIN: Final = timedelta(seconds=3)
_BLOB_LINK_FOR: Final = timedelta(minutes=10)
_PURPOSE: Final = "export-file"
_TRIES: Final = 8
_MEDIA: Final[Mapping[ExportKind, str]] = {
    ExportKind.ACCOUNT: "application/zip",
    ExportKind.FANS_CSV: "text/csv",
    ExportKind.FANS_JSONL: "application/jsonl",
}

# The fans' room writes its list itself: all fans and every field, whatever their status.
WriteFans = Callable[[ArtistId], Iterable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDesk:
    """What exports are made of and with."""

    exports: ExportStore
    artists: ArtistStore
    tables: Tables
    blobs: Blobs
    queues: Queues
    outbox: Outbox
    audit: AuditTrail
    fans_csv: WriteFans
    fans_jsonl: WriteFans
    count_fans: Callable[[ArtistId], int]
    signer: Signer
    manifest_key: Callable[[], ManifestKey]
    public_base_url: str
    app_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """An export as its artist sees it, with a link when there is a file."""

    export: Export
    url: str | None = None
    expires_at: datetime | None = None


def ask(
    artist_id: ArtistId, kind: ExportKind, *, desk: ExportDesk, now: datetime, ids: Ids
) -> Export:
    """Ask for an export; the queue builds it. A fan list that is being built is not built again.

    Raises:
        TooMany: five of this artist are being built.
    """
    waiting = [one for one in desk.exports.of_artist(artist_id) if _waits(one, now=now)]
    same = next((one for one in waiting if one.kind is kind is not ExportKind.ACCOUNT), None)
    if same is not None:
        return same
    if len(waiting) >= AT_ONCE:
        raise TooMany("Other exports are being built.", retry_after=timedelta(minutes=1))
    export = Export(
        export_id=ExportId(ids.make("exp", now=now)),
        artist_id=artist_id,
        kind=kind,
        state=ExportState.REQUESTED,
        requested_at=now,
    )
    # The message goes first: a crash leaves one that finds nothing, never an export that waits.
    order_building(export.export_id, desk=desk)
    try:
        export = desk.exports.add(export)
    except AlreadyExists:
        return desk.exports.find(export.export_id) or export
    desk.audit.record(
        artist_id,
        "export_requested",
        now=now,
        ids=ids,
        once=export.export_id,
        export_id=export.export_id,
        kind=kind.value,
    )
    return export


def read(
    export_id: str, *, artist_id: ArtistId, session_id: str, desk: ExportDesk, now: datetime
) -> Handout:
    """Return an own export, with a link for this session when the file is there.

    Raises:
        NotFound: it is not there, or not theirs, or its week is over.
    """
    export = desk.exports.find(export_id)
    if export is None or export.artist_id != artist_id or now >= export.expires_at:
        raise NotFound
    if not export.is_readable(now=now):
        return Handout(export=export)
    until = min(now + EXPORT_LINK_FOR, export.expires_at)
    parts: list[TokenPart] = [export.export_id, artist_id, session_id, int(until.timestamp())]
    token = desk.signer.sign(parts, purpose=_PURPOSE)
    return Handout(
        export=export, url=f"{desk.public_base_url}/api/exports/{token}", expires_at=until
    )


def hand_out(token: str, *, desk: ExportDesk, now: datetime) -> str:
    """Return the address of an export's file, good for ten minutes.

    The link that the artist has is ours, so that it ends with the account and with the file.

    Raises:
        NotFound: the link is not ours, has ended, or the file is gone.
    """
    try:
        parts = desk.signer.read(token, purpose=_PURPOSE)
    except TokenBroken:
        raise NotFound from None
    match parts:
        case [str(export_id), str(artist_id), str(), int(until)] if now.timestamp() < until:
            export = desk.exports.find(export_id)
        case _:
            raise NotFound("This link has ended. Read the export again for a new one.")
    if export is None or export.artist_id != artist_id or not export.is_readable(now=now):
        raise NotFound("The file is gone.")
    return desk.blobs.download_link(
        Container.EXPORTS, export.blob, ttl=_BLOB_LINK_FOR, filename=export.filename
    )


def order_building(export_id: str, *, desk: ExportDesk) -> None:
    """Send the message that builds an export, in time for the row that is written next."""
    desk.queues.send(Queue.EXPORTS, {"export_id": export_id}, delay=_WRITTEN_WITHIN)


def build(export_id: str, *, desk: ExportDesk, now: datetime) -> None:
    """Build the file of an export. Safe twice, at once, and after a crash."""
    export = desk.exports.find(export_id)
    if export is None and is_id(export_id, prefix="exp") and is_fresh(export_id, now=now):
        # Not written yet, or erased at once: the row comes within moments, or never.
        order_building(export_id, desk=desk)
        return
    if export is None or export.state is not ExportState.REQUESTED:
        telemetry.event("export_skipped", reason="gone_or_done")
        return
    artist = desk.artists.by_id(export.artist_id)
    if artist is None:
        telemetry.event("export_skipped", export_id=export.export_id, reason="account_gone")
        return
    size = _written(export, desk=desk, now=now)
    desk.outbox.announce(
        Template.EXPORT_READY, artist_id=export.artist_id, export_id=export.export_id
    )
    _settle(export, size, desk=desk, now=now)


def _settle(export: Export, size: int, *, desk: ExportDesk, now: datetime) -> None:
    """Write that the file is there, once; another builder's progress is no reason not to.

    Raises:
        RetryLater: others kept telling their progress.
    """
    for _ in range(_TRIES):
        stored = desk.exports.find(export.export_id)
        if stored is None:
            break
        if stored.beginnings != export.beginnings:
            # Somebody who may be in this file was erased, and another is to be built. The message
            # of that may be this very one, where the row was written later than it came.
            desk.blobs.purge(Container.EXPORTS, export.blob)
            if stored.state is ExportState.REQUESTED:
                order_building(export.export_id, desk=desk)
            telemetry.event("export_skipped", export_id=export.export_id, reason="begun_anew")
            return
        if stored.state is not ExportState.REQUESTED:
            telemetry.event("export_skipped", export_id=export.export_id, reason="built_elsewhere")
            return
        ready = replace(
            stored,
            state=ExportState.READY,
            ready_at=now,
            size_bytes=size,
            progress_percent=DONE_PERCENT,
        )
        try:
            desk.exports.replace(ready)
        except (Changed, Missing):
            continue
        telemetry.event("export_built", export_id=export.export_id, size_bytes=size)
        return
    else:
        raise RetryLater("export_contended")
    # The account was erased meanwhile: its file must not outlive it.
    desk.blobs.purge(Container.EXPORTS, export.blobs)
    telemetry.event("export_dropped", export_id=export.export_id, reason="erased_meanwhile")


def compose(order: Order, *, desk: ExportDesk, now: datetime) -> Letter | Skipped:
    """Return the mail that tells that an export is ready: a link to the front end, not the file."""
    export = desk.exports.find(order.text("export_id"))
    artist = desk.artists.by_id(ArtistId(order.text("artist_id")))
    if export is None or artist is None or export.artist_id != artist.artist_id:
        return Skipped.SUBJECT_GONE
    if export.state is ExportState.REQUESTED:
        return Skipped.NOT_YET
    if not export.is_readable(now=now):
        return Skipped.STATE_MOVED_ON
    return Letter(
        template=Template.EXPORT_READY,
        to=artist.email,
        artist_id=artist.artist_id,
        facts={
            "artist_name": artist.artist_name,
            "export_url": f"{desk.app_url}/exports/{export.export_id}",
        },
    )


def _waits(export: Export, *, now: datetime) -> bool:
    is_young = now - export.requested_at < timedelta(hours=1)
    return export.state is ExportState.REQUESTED and is_young


def _written(export: Export, *, desk: ExportDesk, now: datetime) -> int:
    with desk.blobs.writer(
        Container.EXPORTS, export.blob, content_type=_MEDIA[export.kind], overwrite=True
    ) as blob:
        if export.kind is ExportKind.ACCOUNT:
            _write_account(blob, export, desk=desk, now=now)
        else:
            _write_list(blob, export, desk=desk)
    facts = desk.blobs.properties(Container.EXPORTS, export.blob)
    return facts.size if facts else 0


def _write_list(blob: BlockWriter, export: Export, *, desk: ExportDesk) -> None:
    progress = _progress(export, parts=_fan_pieces(export, desk=desk), desk=desk)
    write = desk.fans_csv if export.kind is ExportKind.FANS_CSV else desk.fans_jsonl
    blob.write_all(progress.through(write(export.artist_id)))


def _write_account(blob: BlockWriter, export: Export, *, desk: ExportDesk, now: datetime) -> None:
    contents = _contents(export, desk=desk, now=now)
    parts = len(contents) + 2 * _fan_pieces(export, desk=desk)
    progress = _progress(export, parts=parts, desk=desk)
    archive = Archive(blob, made_at=now)
    for name, pieces in contents:
        archive.add(name, progress.through(pieces))
    about = {
        "export_id": export.export_id,
        "artist_id": export.artist_id,
        "made_at": instant(now),
    }
    archive.close(about, key=desk.manifest_key())


def _fan_pieces(export: Export, *, desk: ExportDesk) -> int:
    return -(-desk.count_fans(export.artist_id) // PIECE_FANS)


def _progress(export: Export, *, parts: int, desk: ExportDesk) -> Progress:
    return Progress(parts=parts, tell=lambda percent: desk.exports.note_progress(export, percent))


def _contents(
    export: Export, *, desk: ExportDesk, now: datetime
) -> list[tuple[str, Iterable[bytes]]]:
    """Return the files of an account's export by name; each is read when it is written."""
    found, owner = datamap.read(), export.artist_id
    tables = [
        (f"data/{store.place}.json", gathering.table_json(owner, store, tables=desk.tables))
        for store in found.of_artist()
    ]
    lists = [("fans/fans.csv", desk.fans_csv(owner)), ("fans/fans.jsonl", desk.fans_jsonl(owner))]
    about = [
        ("about/fields.json", [orjson.dumps(gathering.described(found))]),
        ("index.html", [_index(export, desk=desk, now=now)]),
    ]
    media = [
        ("files/" + name.removeprefix(f"{owner}/"), _blob(name, desk=desk))
        for name in desk.blobs.list(Container.MEDIA, f"{owner}/")
    ]
    return [*tables, *lists, *about, *media]


def _blob(name: str, *, desk: ExportDesk) -> Iterator[bytes]:
    try:
        yield from desk.blobs.stream(Container.MEDIA, name)
    except Missing:
        telemetry.event("export_file_skipped", reason="deleted_meanwhile")


def _index(export: Export, *, desk: ExportDesk, now: datetime) -> bytes:
    artist = desk.artists.by_id(export.artist_id)
    html = pages.renderer(TEMPLATES)(
        "export_index.html",
        title="Everything that we hold of you",
        artist=artist,
        export=export,
        stores=datamap.read().of_artist(),
        processors=datamap.read().processors,
        made_at=instant(now),
    )
    return html.encode()
