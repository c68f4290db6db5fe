"""A message of the queue `fan-walks`: a walk's step, a count's step, or care after an erasure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.fans.bulk_deletion import BulkDeletion
from shared.fans.erasing import AFTERCARE, Forget, look_after
from shared.fans.keys import is_hash
from shared.fans.segment_counts import COUNT, SegmentCounts
from shared.fans.walks import FanWalks
from shared.platform.ids import ArtistId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWork:
    """What work on whole lists is done with."""

    walks: FanWalks
    counts: SegmentCounts
    deletion: BulkDeletion
    forget: Sequence[Forget]


def go_on(
    artist_id: ArtistId,
    walk_id: str,
    *,
    message: Mapping[str, Any],
    work: ListWork,
    now: datetime,
) -> None:
    """Do what a message asks for."""
    if walk_id == AFTERCARE:
        look_after(
            artist_id,
            [hashed for hashed in str(message["fans"]).split(",") if is_hash(hashed)],
            looks=int(message.get("looks", 0)),
            eraser=work.deletion.eraser,
            forget=work.forget,
        )
    elif walk_id.startswith(COUNT):
        work.counts.step(artist_id, walk_id, now=now)
    else:
        work.walks.step(artist_id, walk_id, deletion=work.deletion, now=now)
