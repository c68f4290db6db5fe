"""How exports end: with their week, with the account, and when somebody in them is erased."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.platform.ids import ArtistId
from shared.platform.storage.faults import Changed, Missing
from shared.platform.storage.names import Container
from shared.privacy.exporting import ExportDesk, order_building
from shared.privacy.model import Export, ExportState, export_id_in

_TRIES: Final = 8


def forget(artist_id: ArtistId, *, desk: ExportDesk) -> None:
    """Take away the files in which somebody may be who was erased; begin anew what is under way."""
    for export in list(desk.exports.of_artist(artist_id)):
        if export.state is not ExportState.REQUESTED or not _is_begun_anew(export, desk=desk):
            desk.exports.delete(export)
            desk.blobs.purge(Container.EXPORTS, export.blobs)


def _is_begun_anew(export: Export, *, desk: ExportDesk) -> bool:
    order_building(export.export_id, desk=desk)
    for _ in range(_TRIES):
        stored = desk.exports.find(export.export_id)
        if stored is None or stored.state is not ExportState.REQUESTED:
            return False
        try:
            again = replace(stored, beginnings=stored.beginnings + 1, progress_percent=0)
            desk.exports.replace(again)
        except (Changed, Missing):
            continue
        # Who wrote this and died has nobody else who takes it away.
        desk.blobs.purge(Container.EXPORTS, stored.blob)
        return True
    return False


def erase(artist_id: ArtistId, *, desk: ExportDesk) -> int:
    """Take all exports of an account away with their files, and count the files and rows."""
    rows = sum(desk.exports.delete(one) for one in list(desk.exports.of_artist(artist_id)))
    return rows + desk.blobs.purge(Container.EXPORTS, f"{artist_id}/")


def sweep(*, desk: ExportDesk, now: datetime) -> int:
    """Take away the exports whose week is over, and count them. For the nightly retention.

    Files that are nobody's go too: a builder that dies after an erasure, or after it was overtaken,
    leaves one. Grows with the exports of a week.
    """
    old = [one for one in desk.exports.asked_before(now) if now >= one.expires_at]
    for export in old:
        desk.blobs.purge(Container.EXPORTS, export.blobs)
        desk.exports.delete(export)
    for name in list(desk.blobs.list(Container.EXPORTS, "")):
        owner = desk.exports.find(export_id_in(name))
        if owner is None or owner.blob != name:
            desk.blobs.purge(Container.EXPORTS, name)
    return len(old)
