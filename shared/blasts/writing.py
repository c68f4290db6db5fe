"""Writing: a blast as it would go now, with its artist's and release's facts."""

from typing import Final

from shared.artists.model import Artist
from shared.blasts import composing
from shared.blasts.composing import Composed
from shared.blasts.desk import Desk
from shared.blasts.model import Blast, Content
from shared.platform.problems import Conflict

# HTML and text of one mail, in bytes: a call holds a hundred. 16,000 emoji fit, with their frame.
MOST_BYTES: Final = 160 * 1024


def written(blast: Blast, *, artist: Artist, desk: Desk) -> Composed:
    """Return a blast as it would go now, small enough to be mailed.

    Raises:
        Conflict: it is too large (`mail_too_large`); its fields and marks make it grow.
    """
    composed = drafted(blast, artist=artist, desk=desk)
    if size(composed.content) > MOST_BYTES:
        raise Conflict(
            "This mail is too large once it is laid out. Shorten its text or its links.",
            code="mail_too_large",
        )
    return composed


def size(content: Content) -> int:
    """Return how many bytes one mail's words take."""
    return len(content.html.encode()) + len(content.text.encode())


def drafted(blast: Blast, *, artist: Artist, desk: Desk) -> Composed:
    """Return a blast as it would go now, whatever its size."""
    release = desk.releases.find(artist.artist_id, blast.release_id) if blast.release_id else None
    return composing.composed(
        blast,
        artist=artist,
        release=release,
        key_id=desk.signer().current_key_id,
        stationery=desk.stationery,
    )
