"""Reading the list as the artist sees it: a page, and one fan."""

from dataclasses import dataclass

from shared.fans import listing
from shared.fans.keys import hash_of
from shared.fans.model import Fan, FanStatus
from shared.fans.queries import FanQuery
from shared.fans.schemas import FanDetail, FanList, FanView
from shared.fans.store import FanStore
from shared.fans.suppressions import Refusal, Suppressions
from shared.platform import etags
from shared.platform.cursors import Cursors
from shared.platform.ids import ArtistId
from shared.platform.problems import NotFound


@dataclass(frozen=True, slots=True)
class FanRead:
    """One fan, and the ETag of what is shown: what an artist cannot see does not move it."""

    view: FanDetail
    etag: str


def listed(artist_id: ArtistId, asked: FanQuery, *, fans: FanStore, cursors: Cursors) -> FanList:
    """Return one page of the list.

    Raises:
        Invalid: the cursor is none of this list's.
    """
    scope = f"fans|{artist_id}"
    page = listing.page(
        artist_id,
        asked.selection(),
        limit=asked.limit,
        position=cursors.read(asked.cursor, scope=scope),
        fans=fans,
    )
    return FanList(
        items=[FanView.of(fan) for fan in page.fans],
        next_cursor=cursors.make(page.position, scope=scope) if page.position else None,
    )


def one(artist_id: ArtistId, fan_id: str, *, fans: FanStore, suppressions: Suppressions) -> FanRead:
    """Return a fan with its history.

    Raises:
        NotFound: no such fan, or not this artist's.
    """
    fan = found(artist_id, fan_id, fans=fans)
    suppressions.refresh()
    refusal = suppressions.reason(fan.mailbox)
    view = FanDetail.with_history(fan, suppressed=_why_suppressed(fan, refusal))
    return FanRead(view, etags.strong(view.model_dump_json()))


def found(artist_id: ArtistId, fan_id: str, *, fans: FanStore) -> Fan:
    """Return a fan by its id.

    Raises:
        NotFound: no such fan, or not this artist's.
    """
    hashed = hash_of(fan_id)
    lock = fans.lock(artist_id, hashed) if hashed else None
    fan = fans.fan(artist_id, lock) if lock else None
    if fan is None:
        raise NotFound
    return fan


def _why_suppressed(fan: Fan, refusal: Refusal | None) -> str | None:
    if fan.status in {FanStatus.BOUNCED, FanStatus.COMPLAINED, FanStatus.UNSUBSCRIBED}:
        return fan.status.value
    return refusal.name.lower() if refusal else None
