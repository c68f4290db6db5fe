"""Drafting: making, changing, listing and deleting blasts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.blasts import forgetting, looks, stopping
from shared.blasts.desk import Desk
from shared.blasts.model import Blast
from shared.blasts.schemas import BlastChange, BlastRequest
from shared.fans.selection import Selection
from shared.platform import etags
from shared.platform.cursors import Cursors
from shared.platform.ids import ArtistId, BlastId, Ids, ReleaseId
from shared.platform.problems import Conflict, Invalid, NotFound, StalePrecondition
from shared.platform.storage.faults import Changed, Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastPage:
    """One page of an artist's blasts."""

    blasts: list[Blast]
    next_cursor: str | None


def create(
    request: BlastRequest, *, artist_id: ArtistId, desk: Desk, ids: Ids, now: datetime
) -> Blast:
    """Keep a new draft.

    Raises:
        Invalid: it names a release that is not there.
    """
    release_id = _release(request.release_id, artist_id=artist_id, desk=desk)
    cta = request.call_to_action
    return desk.blasts.add(
        Blast(
            blast_id=BlastId(ids.make("bls", now=now)),
            artist_id=artist_id,
            subject=request.subject,
            preview_text=request.preview_text,
            body_markdown=request.body_markdown,
            segment=request.segment.selection() if request.segment else Selection(),
            release_id=release_id,
            call_to_action=cta.value() if cta else None,
            created_at=now,
            updated_at=now,
        )
    )


def read(blast_id: str, *, artist_id: ArtistId, desk: Desk) -> Blast:
    """Return an artist's blast.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    blast = desk.blasts.find(artist_id, blast_id)
    if blast is None:
        raise NotFound
    return blast


def page(
    *, artist_id: ArtistId, desk: Desk, cursors: Cursors, cursor: str | None, limit: int
) -> BlastPage:
    """Return a page of an artist's blasts, newest first.

    Raises:
        Invalid: not a cursor of this list.
    """
    scope = f"blasts|{artist_id}"
    position = cursors.read(cursor, scope=scope)
    after = str(position[0]) if position else None
    found = list(desk.blasts.newest(artist_id, count=limit + 1, after=after))
    shown = found[:limit]
    more = len(found) > limit
    next_cursor = cursors.make([shown[-1].blast_id], scope=scope) if more else None
    return BlastPage(blasts=shown, next_cursor=next_cursor)


def change(
    blast: Blast, request: BlastChange, *, if_match: str | None, desk: Desk, now: datetime
) -> Blast:
    """Change a draft.

    Raises:
        Conflict: it is no draft any more (`invalid_state`).
        StalePrecondition: somebody changed it since it was read.
        Invalid: it names a release that is not there.
    """
    if not blast.may_be_edited:
        raise Conflict("Only a draft can be changed.", code="invalid_state")
    etags.require_match(if_match, etags.strong(blast.version))
    try:
        changes = _changes(request, blast, desk=desk)
        return desk.blasts.replace(replace(blast, **changes, updated_at=now))
    except (Changed, Missing):
        raise StalePrecondition("It was changed in the meantime. Read it again.") from None


def delete(blast: Blast, *, if_match: str | None, desk: Desk, now: datetime) -> None:
    """Delete a blast with its ledger; its report goes with it.

    A look is ordered first: it takes the ledger away, should this die once the blast is gone.

    Raises:
        Conflict: it is scheduled or sending (`invalid_state`).
        StalePrecondition: somebody changed it since it was read.
    """
    if not blast.may_be_deleted:
        raise Conflict("Cancel it first: it is on its way.", code="invalid_state")
    etags.require_match(if_match, etags.strong(blast.version))
    if blast.started_at is not None:
        stopping.watch(blast, desk=desk, at=looks.beside_looks(blast.blast_id, now=now))
    try:
        desk.blasts.delete(blast)
    except Changed:
        raise StalePrecondition("It was changed in the meantime. Read it again.") from None
    forgetting.delete_run(blast, desk=desk)


def _changes(request: BlastChange, blast: Blast, *, desk: Desk) -> Mapping[str, Any]:
    changes: dict[str, Any] = {}
    for name in request.model_fields_set:
        given = getattr(request, name)
        if name == "segment":
            changes[name] = given.selection() if given else Selection()
        elif name == "call_to_action":
            changes[name] = given.value() if given else None
        elif name == "release_id":
            changes[name] = _release(given, artist_id=blast.artist_id, desk=desk)
        else:
            changes[name] = given
    return changes


def _release(release_id: str | None, *, artist_id: ArtistId, desk: Desk) -> ReleaseId | None:
    if release_id is None:
        return None
    release = desk.releases.find(artist_id, release_id)
    if release is None:
        raise Invalid.field("release_id", "There is no such release of yours.")
    return release.release_id
