"""Writing: a blast as it would go now, with its artist's and release's facts."""

from shared.artists.model import Artist
from shared.blasts import composing
from shared.blasts.composing import Composed
from shared.blasts.desk import Desk
from shared.blasts.model import Blast


def written(blast: Blast, *, artist: Artist, desk: Desk) -> Composed:
    """Return a blast as it would go now, with its release's facts."""
    release = desk.releases.find(artist.artist_id, blast.release_id) if blast.release_id else None
    return composing.composed(
        blast,
        artist=artist,
        release=release,
        key_id=desk.signer().current_key_id,
        stationery=desk.stationery,
    )
