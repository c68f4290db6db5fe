"""Deleting fans for the artist: one by the id, or all that a filter fits."""

from datetime import datetime

from shared.fans import reading
from shared.fans.bulk_deletion import WITHIN_ANSWER, BulkDeletion
from shared.fans.erasing import FanEraser
from shared.fans.schemas import FanDeletionRequest, FanDeletionView
from shared.fans.walks import FanWalks
from shared.platform import etags
from shared.platform.ids import ArtistId, Ids


def delete_one(
    artist_id: ArtistId, fan_id: str, *, if_match: str | None, eraser: FanEraser
) -> None:
    """Delete a fan, really.

    Raises:
        NotFound: no such fan, or not this artist's.
        StalePrecondition: If-Match names another version.
    """
    lock, fan = reading.found(artist_id, fan_id, fans=eraser.fans)
    etags.require_match(if_match, reading.etag_of(lock))
    eraser.erase(artist_id, fan.hashed)


def delete_many(
    artist_id: ArtistId,
    request: FanDeletionRequest,
    *,
    deletion: BulkDeletion,
    walks: FanWalks,
    ids: Ids,
    now: datetime,
) -> FanDeletionView:
    """Delete all fans that a filter fits: a thousand at once, more by a queue.

    Raises:
        Conflict: they are not as many as expected.
    """
    wanted = request.filter.selection()
    matched = deletion.expect(artist_id, wanted, expected=request.expected_count)
    if matched > WITHIN_ANSWER:
        walks.begin_deletion(artist_id, wanted, ids=ids, now=now)
        return FanDeletionView(state="working", matched=matched)
    deletion.delete(artist_id, wanted, most=matched)
    return FanDeletionView(state="done", matched=matched)
