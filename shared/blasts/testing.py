"""Test mails: a blast to its own artist, ten an hour, with links that change nothing."""

from datetime import datetime
from typing import Final

from shared.artists.model import Artist
from shared.blasts import composing, mailing, writing
from shared.blasts.desk import Desk
from shared.blasts.model import TESTS_AN_HOUR, Blast
from shared.fans.tokens import FanRef
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Template
from shared.mail.postman import Mail, Postman, Stream
from shared.platform import telemetry
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Conflict, TooMany

_NOBODY: Final = "0" * 32  # No address has this hash: the fan's pages say "done" and do nothing.


def order_test(blast: Blast, *, artist: Artist, desk: Desk, ids: Ids, now: datetime) -> None:
    """Order a test mail of a blast to the artist's verified address.

    Raises:
        Conflict: the account has no address (`no_email_address`), or the blast is too large to go
            (`mail_too_large`).
        TooMany: ten were ordered within the last hour.
    """
    if artist.email is None:
        raise Conflict("Your sign-in gives no e-mail address.", code="no_email_address")
    if blast.content is None:
        writing.written(blast, artist=artist, desk=desk)
    reference = ids.token(8)
    free_at = desk.blasts.claim_test(artist.artist_id, reference, now=now)
    if free_at is not None:
        raise TooMany(
            f"{TESTS_AN_HOUR} test mails in an hour are the most.", retry_after=free_at - now
        )
    desk.outbox.order(
        Template.BLAST_TEST,
        artist_id=artist.artist_id,
        blast_id=blast.blast_id,
        reference=reference,
    )


class TestMails:
    """Sends the test mails that were ordered."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, order: Order, *, postman: Postman, now: datetime) -> None:
        """Send one; a blast or artist that is gone by now is skipped."""
        del now
        artist = self._desk.artists.by_id(ArtistId(order.text("artist_id")))
        blast = artist and self._desk.blasts.find(artist.artist_id, order.text("blast_id"))
        if artist is None or not blast or artist.email is None:
            reason = Skipped.SUBJECT_GONE.value
            telemetry.event("mail_skipped", template=order.template.value, reason=reason)
            return
        mail = test_mail(blast, artist=artist, to=artist.email, desk=self._desk)
        postman.send(mail, idempotency_key=order.idempotency_key)
        telemetry.event("mail_sent", template=order.template.value)


def test_mail(blast: Blast, *, artist: Artist, to: str, desk: Desk) -> Mail:
    """Return a blast as its own artist gets it to look at."""
    content = blast.content or writing.drafted(blast, artist=artist, desk=desk).content
    token = desk.tokens.fan(FanRef(artist.artist_id, _NOBODY), key_id=content.key_id)
    base = desk.stationery.public_base_url
    return Mail(
        to=to,
        subject=f"[Test] {content.subject}",
        html=composing.for_reader(content.html, token),
        text=composing.for_reader(content.text, token),
        from_name=artist.artist_name,
        stream=Stream.FANS,
        reply_to=content.reply_to,
        headers=mailing.headers(content, f"{base}/f/{token}/unsubscribe"),
        tags={"kind": Template.BLAST_TEST.value},
    )
