"""The mail that tells of a deletion, and how to undo it."""

from dataclasses import dataclass
from datetime import datetime

from shared.artists.store import ArtistStore
from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Template
from shared.platform.ids import ArtistId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingMail:
    """Composes `deletion_scheduled`."""

    artists: ArtistStore
    app_url: str  # The front end, where an account is restored.

    def compose(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Return the mail, or why there is none: restored since, or on its way out already."""
        del now
        artist = self.artists.by_id(ArtistId(order.text("artist_id")))
        if artist is None:
            return Skipped.SUBJECT_GONE
        deletion = artist.deletion
        if deletion is None or deletion.erasure_id != order.text("erasure_id"):
            return Skipped.STATE_MOVED_ON
        return Letter(
            template=Template.DELETION_SCHEDULED,
            to=artist.email,
            artist_id=artist.artist_id,
            facts={
                "artist_name": artist.artist_name,
                "purge_after": _day(deletion.purge_after),
                "purge_deadline": _day(deletion.purge_deadline),
                "restore_url": f"{self.app_url}/account",
                "erasure_id": deletion.erasure_id,
            },
        )


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
