"""Deleting fans for the artist: one by the id, or all that a filter fits.

Each deletion is in the trail before a row goes, so that a crash in between leaves an entry too many
and never a deletion that nobody can explain.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.artists.audit import AuditTrail
from shared.fans import reading
from shared.fans.bulk_deletion import WITHIN_ANSWER, BulkDeletion
from shared.fans.erasing import FanEraser
from shared.fans.queries import FanDeletionRequest
from shared.fans.schemas import FanDeletionView
from shared.fans.suppressions import Suppressions
from shared.fans.walks import FanWalks
from shared.platform import etags
from shared.platform.ids import ArtistId, Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionDesk:
    """What deleting fans needs."""

    eraser: FanEraser
    bulk: BulkDeletion
    walks: FanWalks
    suppressions: Suppressions
    audit: AuditTrail


def delete_one(
    artist_id: ArtistId,
    fan_id: str,
    *,
    if_match: str | None,
    desk: DeletionDesk,
    now: datetime,
    ids: Ids,
) -> None:
    """Delete a fan, really.

    Raises:
        NotFound: no such fan, or not this artist's.
        StalePrecondition: If-Match names another version.
    """
    fans = desk.eraser.fans
    fan = reading.found(artist_id, fan_id, fans=fans)
    if if_match is not None:
        seen = reading.one(artist_id, fan_id, fans=fans, suppressions=desk.suppressions)
        etags.require_match(if_match, seen.etag)
    desk.audit.record(artist_id, "fan_deleted", now=now, ids=ids, count=1)
    desk.eraser.erase(artist_id, fan.hashed)


def delete_many(
    artist_id: ArtistId,
    request: FanDeletionRequest,
    *,
    desk: DeletionDesk,
    now: datetime,
    ids: Ids,
) -> FanDeletionView:
    """Delete all fans that a filter fits: a thousand at once, more by a queue.

    Raises:
        Conflict: they are not as many as expected.
    """
    asked = request.filter.selection()
    matched = desk.bulk.expect(artist_id, asked, expected=request.expected_count)
    desk.audit.record(artist_id, "fans_deleted", now=now, ids=ids, count=matched)
    if matched > WITHIN_ANSWER:
        desk.walks.begin_deletion(artist_id, asked, ids=ids, now=now)
        return FanDeletionView(state="working", matched=matched)
    # Who signs up from here on was not seen by the artist, and is not meant.
    seen = replace(asked, until=min(asked.until or now, now))
    desk.bulk.delete(artist_id, seen, most=matched)
    return FanDeletionView(state="done", matched=matched)
