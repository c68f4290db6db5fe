"""A message of the queue `fan-walks`: a walk's step, a count's step, or care after an erasure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.fans.bulk_deletion import BulkDeletion
from shared.fans.erasing import AFTERCARE, Forget, look_after
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
    artist_id: ArtistId, walk_id: str, *, hashes: Sequence[str], work: ListWork, now: datetime
) -> None:
    """Do what a message asks for."""
    if walk_id == AFTERCARE:
        look_after(artist_id, hashes, eraser=work.deletion.eraser, forget=work.forget)
    elif walk_id.startswith(COUNT):
        work.counts.step(artist_id, walk_id, now=now)
    else:
        work.walks.step(artist_id, walk_id, deletion=work.deletion)
