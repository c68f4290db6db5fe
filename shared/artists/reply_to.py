"""The address for fans' replies: it counts once somebody who reads it has said so.

The address that Clerk has verified for the account counts at once. Any other one waits for a click
in the mail that goes to it. The order for that mail goes out before the profile is written: a
composer that does not find the address waiting sends nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.artists.model import Artist, PendingReplyTo, same_address
from shared.artists.store import ArtistStore
from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Outbox, Template
from shared.platform.addresses import EmailAddress, mailbox_hash
from shared.platform.ids import ArtistId, Ids
from shared.platform.limits import Limits
from shared.platform.problems import Conflict, NotFound, TooMany
from shared.platform.signing import Signer, TokenBroken
from shared.platform.storage.faults import Changed, Missing

PURPOSE = "reply-to"
MOST_ASKS = 5  # Of one artist in a day …
MOST_MAILS = 3  # … and to one mailbox, over all artists: none of them has proved that it is theirs.
ASKS_COUNTED_FOR = timedelta(hours=24)
_WRITTEN_WITHIN = timedelta(seconds=5)
_TRIES = 4


class Outcome(StrEnum):
    """What a confirmation's link leads to."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"  # Too late, replaced by another address, or the account is gone.


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A confirmation's state, for its page."""

    outcome: Outcome
    artist_name: str = ""


def asked(artist: Artist, address: str | None, *, now: datetime, ids: Ids) -> Artist:
    """Return the profile as it is after asking for a reply address (None: none any more).

    Raises:
        TooMany: five other addresses were mailed within a day.
    """
    if address is None:
        return replace(artist, reply_to=None, pending_reply_to=None)
    if artist.reply_to is not None and same_address(artist.reply_to, address):
        return replace(artist, pending_reply_to=None)
    if artist.owns_address(address):
        return replace(artist, reply_to=address, pending_reply_to=None)
    waiting = artist.pending_reply_to
    if waiting and same_address(waiting.address, address) and waiting.is_open(now=now):
        return artist
    pending = PendingReplyTo(address=address, reference=ids.token(12), asked_at=now)
    return _counted(replace(artist, pending_reply_to=pending), now=now)


def _counted(artist: Artist, *, now: datetime) -> Artist:
    # The mail goes to an address that nobody has confirmed, and carries the artist's name.
    since = artist.reply_to_asks_since
    if since is None or now >= since + ASKS_COUNTED_FOR:
        return replace(artist, reply_to_asks=1, reply_to_asks_since=now)
    if artist.reply_to_asks >= MOST_ASKS:
        raise TooMany(
            "Too many new reply addresses within a day.", retry_after=since + ASKS_COUNTED_FOR - now
        )
    return replace(artist, reply_to_asks=artist.reply_to_asks + 1)


def order_confirmation(wanted: Artist, *, before: Artist | None, outbox: Outbox) -> None:
    """Order the mail to an address that now waits; called before the profile is written."""
    pending = wanted.pending_reply_to
    if pending is None or (before is not None and before.pending_reply_to == pending):
        return
    outbox.order(
        Template.REPLY_TO_CONFIRMATION,
        delay=_WRITTEN_WITHIN,
        artist_id=wanted.artist_id,
        reference=pending.reference,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToLinks:
    """Makes and reads the links of confirmations; composes their mail."""

    artists: ArtistStore
    limits: Limits
    mailbox_key: bytes
    signer: Signer
    base_url: str

    def compose(self, order: Order, *, now: datetime) -> Letter | Skipped:
        """Return the mail that asks for the click, or why there is none any more."""
        artist = self.artists.by_id(ArtistId(order.text("artist_id")))
        if artist is None:
            return Skipped.SUBJECT_GONE
        pending = artist.pending_reply_to
        waits = pending is not None and pending.reference == order.text("reference")
        if pending is None or not waits or not pending.is_open(now=now) or not artist.is_open:
            return Skipped.STATE_MOVED_ON
        mailbox = mailbox_hash(EmailAddress.parse(pending.address).normalised, key=self.mailbox_key)
        if not self.limits.grant(f"r|{mailbox}", pending.reference, most=MOST_MAILS, now=now):
            return Skipped.LIMIT_REACHED
        token = self.signer.sign([artist.artist_id, pending.reference], purpose=PURPOSE)
        return Letter(
            template=Template.REPLY_TO_CONFIRMATION,
            to=pending.address,
            facts={
                "artist_name": artist.artist_name,
                "confirm_url": f"{self.base_url}/m/{token}",
            },
        )

    def look(self, token: str, *, now: datetime) -> Confirmation:
        """Return what a link leads to; changes nothing.

        Raises:
            NotFound: not a link of ours.
        """
        artist, reference = self._read(token)
        return _state(artist, reference, now=now)

    def confirm(self, token: str, *, now: datetime) -> Confirmation:
        """Let a waiting address count; confirming again is fine.

        Raises:
            NotFound: not a link of ours.
        """
        for _ in range(_TRIES):
            artist, reference = self._read(token)
            found = _state(artist, reference, now=now)
            if artist is None or found.outcome is not Outcome.WAITING:
                return found
            pending = artist.pending_reply_to
            confirmed = replace(
                artist,
                reply_to=pending.address if pending else None,
                reply_to_reference=reference,
                pending_reply_to=None,
            )
            try:
                self.artists.replace(confirmed)
            except (Changed, Missing):
                continue
            return _state(confirmed, reference, now=now)
        raise Conflict("The profile is being changed just now. Please try again.")

    def _read(self, token: str) -> tuple[Artist | None, str]:
        try:
            artist_id, reference = self.signer.read(token, purpose=PURPOSE)
        except (TokenBroken, ValueError):
            raise NotFound from None
        return self.artists.by_id(ArtistId(str(artist_id))), str(reference)


def _state(artist: Artist | None, reference: str, *, now: datetime) -> Confirmation:
    if artist is None or not artist.is_open:
        return Confirmation(outcome=Outcome.EXPIRED)
    pending = artist.pending_reply_to
    if artist.reply_to is not None and artist.reply_to_reference == reference:
        return Confirmation(outcome=Outcome.CONFIRMED, artist_name=artist.artist_name)
    if pending is not None and pending.reference == reference and pending.is_open(now=now):
        return Confirmation(outcome=Outcome.WAITING, artist_name=artist.artist_name)
    return Confirmation(outcome=Outcome.EXPIRED)
