"""The mail that tells an artist that a blast was paused, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from shared.blasts import reporting
from shared.blasts.desk import Desk
from shared.blasts.model import BlastState, StopReason
from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Template
from shared.platform.ids import ArtistId

_REASONS: Final[Mapping[StopReason, str]] = {
    StopReason.BOUNCES: "too many of the addresses no longer exist",
    StopReason.COMPLAINTS: "some fans reported it as spam",
    StopReason.QUOTA: "our mail provider takes no more mails for now",
    StopReason.PROVIDER_REFUSED: "our mail provider refuses our mails, which we are looking into",
}


class PausedMail:
    """Composes the mail about a paused blast."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Return the letter, or why there is none (any more)."""
        del now
        desk = self._desk
        artist = desk.artists.by_id(ArtistId(order.text("artist_id")))
        blast = artist and desk.blasts.find(artist.artist_id, order.text("blast_id"))
        if artist is None or not blast or not artist.is_open:
            return Skipped.SUBJECT_GONE
        if blast.state is BlastState.SENDING:
            return Skipped.NOT_YET
        reason = _REASONS.get(blast.stopped_for) if blast.stopped_for else None
        if blast.state is not BlastState.PAUSED or reason is None:
            return Skipped.STATE_MOVED_ON
        return Letter(
            template=Template.BLAST_PAUSED,
            to=artist.email,
            artist_id=artist.artist_id,
            facts={
                "artist_name": artist.artist_name,
                "blast_subject": blast.subject,
                "reason_text": reason,
                "accepted": reporting.totals_now(blast, desk=desk).accepted,
                "blast_url": f"{desk.frontend}/blasts/{blast.blast_id}",
            },
        )
