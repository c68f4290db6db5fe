"""Orders for mail: from a message on `emails` to the mail that its room composes.

A room registers a composer for each of its templates; it reads what the order's ids name and gives
a letter, or says why there is none. A fulfiller does the whole order by itself (a confirmation
claims its caps before the mail).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.mail import letters
from shared.mail.letters import Letter, Letterhead
from shared.mail.outbox import Outbox, Template
from shared.mail.postman import MailAway, MailThrottled, Postman
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import GiveUp
from shared.platform.storage.faults import StorageUnavailable

MOST_WAITS = 200  # Of a throttled order; at five seconds and more each, then the queue gives up.
_MOST_WAIT = timedelta(hours=1)
# While the provider or storage is away an order waits longer each time, over 20 hours in all. Its
# key is known to the provider for 24 hours: later, a mail that had gone unheard would go again.
MOST_WAITS_AWAY = 48
_FIRST_WAIT_AWAY = timedelta(seconds=5)
_MOST_WAIT_AWAY = timedelta(minutes=30)
_COUNTS = ("waits", "waits_away")  # As a message names them.
# A state that is announced is written within moments, or never: the writer died in between.
_LOOKS_FOR_THE_STATE = 24
_LOOKS_AGAIN_AFTER = timedelta(seconds=5)


class Skipped(StrEnum):
    """Why an order has no mail. None of these is a fault."""

    SUBJECT_GONE = "subject_gone"  # The row that the mail is about is no longer there.
    NOT_YET = "not_yet"  # The state that the mail tells of is not written; looked for, two minutes.
    STATE_MOVED_ON = "state_moved_on"  # It is no longer in the state that the mail tells of.
    NOT_WANTED = "not_wanted"  # The recipient switched such mails off.
    NO_ADDRESS = "no_address"
    LIMIT_REACHED = "limit_reached"  # The mailbox has had its mails of this kind for today.


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order for one mail: its template and the ids that its composer needs."""

    template: Template
    ids: Mapping[str, str | int]
    waits: int = 0  # How often it has been put off: by the provider's rate, or as not yet so.
    waits_away: int = 0  # The same, because the provider or our storage was away.

    def text(self, name: str) -> str:
        """Return one of the order's ids.

        Raises:
            GiveUp: the order does not name it, and never will.
        """
        value = self.ids.get(name)
        if not isinstance(value, str):
            raise GiveUp("order_malformed")
        return value

    @property
    def idempotency_key(self) -> str:
        """Return the key under which this order is sent once: its template and ids."""
        named = (f"{name}={value}" for name, value in sorted(self.ids.items()))
        return "/".join([self.template.value, *named])


class Composer(Protocol):
    """Reads what an order names, and gives its letter or the reason why there is none."""

    def __call__(self, order: Order, *, now: datetime) -> Letter | Skipped: ...


class Fulfiller(Protocol):
    """Does an order from beginning to end, or says why there is no mail."""

    def __call__(self, order: Order, *, postman: Postman, now: datetime) -> Skipped | None: ...


class ShowBanner(Protocol):
    """Shows an artist in the product what no mail can tell them."""

    def __call__(
        self, artist_id: ArtistId, *, kind: str, text: str, link: str | None, now: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoom:
    """What orders are fulfilled with."""

    postman: Postman
    outbox: Outbox
    head: Letterhead
    composers: Mapping[Template, Composer]
    fulfillers: Mapping[Template, Fulfiller]
    show_banner: ShowBanner | None = None


def read(message: Mapping[str, object]) -> Order:
    """Return the order that a message holds.

    Raises:
        GiveUp: it names no template of ours.
    """
    try:
        template = Template(str(message.get("template")))
    except ValueError:
        raise GiveUp("template_unknown") from None
    beside = {"template", "correlation_id", *_COUNTS}
    ids = {
        name: value
        for name, value in message.items()
        if name not in beside and isinstance(value, str | int)
    }
    waits, away = (message.get(name) for name in _COUNTS)
    return Order(
        template=template,
        ids=ids,
        waits=waits if isinstance(waits, int) else 0,
        waits_away=away if isinstance(away, int) else 0,
    )


def fulfil(order: Order, *, room: MailRoom, now: datetime) -> None:
    """Send what an order asks for, at most once however often it is delivered.

    Raises:
        RetryLater: what it needs is contended, or the provider was away or full for a day.
        GiveUp: nobody composes this template, or the provider will never take the mail.
    """
    try:
        skipped = _fulfiller(order, room)(order, postman=room.postman, now=now)
    except MailThrottled as throttled:
        if order.waits >= MOST_WAITS:
            raise
        waited = replace(order, waits=order.waits + 1)
        _put_off(waited, room, delay=min(throttled.wait, _MOST_WAIT))
        return
    except (MailAway, StorageUnavailable):
        if order.waits_away >= MOST_WAITS_AWAY:
            raise
        waited = replace(order, waits_away=order.waits_away + 1)
        _put_off(waited, room, delay=_wait_away(order.waits_away))
        return
    if skipped is Skipped.NOT_YET and order.waits < _LOOKS_FOR_THE_STATE:
        waited = replace(order, waits=order.waits + 1)
        _put_off(waited, room, delay=_LOOKS_AGAIN_AFTER)
    elif skipped is not None:
        telemetry.event("mail_skipped", template=order.template.value, reason=skipped.value)


def _fulfiller(order: Order, room: MailRoom) -> Fulfiller:
    whole = room.fulfillers.get(order.template)
    if whole is not None:
        return whole
    composer = room.composers.get(order.template)
    if composer is None:
        raise GiveUp("template_has_no_composer")
    return _composed(composer, room)


def _composed(composer: Composer, room: MailRoom) -> Fulfiller:
    def fulfilled(order: Order, *, postman: Postman, now: datetime) -> Skipped | None:
        letter = composer(order, now=now)
        if isinstance(letter, Skipped):
            return letter
        if letter.to is None:
            _shown(letter, room, now=now)
            return Skipped.NO_ADDRESS
        mail = letters.mail(letter, to=letter.to, head=room.head)
        postman.send(mail, idempotency_key=order.idempotency_key)
        telemetry.event("mail_sent", template=order.template.value)
        return None

    return fulfilled


def _wait_away(waits: int) -> timedelta:
    return min(_FIRST_WAIT_AWAY * (1 << min(waits, 16)), _MOST_WAIT_AWAY)


def _put_off(order: Order, room: MailRoom, *, delay: timedelta) -> None:
    counts = dict(zip(_COUNTS, (order.waits, order.waits_away), strict=True))
    room.outbox.put_off(order.template, ids=order.ids, counts=counts, delay=delay)
    attempt = order.waits + order.waits_away
    telemetry.event("mail_put_off", template=order.template.value, attempt=attempt)


def _shown(letter: Letter, room: MailRoom, *, now: datetime) -> None:
    if letter.artist_id is None or room.show_banner is None:
        return
    words = letters.write(letter, room.head)
    room.show_banner(
        letter.artist_id,
        kind=letter.template.value,
        text=words.subject,
        link=words.link,
        now=now,
    )
