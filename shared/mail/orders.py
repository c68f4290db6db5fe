"""Orders for mail: from a message on `emails` to the mail that its room composes.

A room registers a composer for each of its templates; it reads what the order's ids name and gives
a letter, or says why there is none. A fulfiller does the whole order by itself (a confirmation
claims its caps before the mail).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
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
# While the provider or storage is away an order waits longer each time, over 20 hours in all.
MOST_WAITS_AWAY = 48
_FIRST_WAIT_AWAY = timedelta(seconds=5)
_MOST_WAIT_AWAY = timedelta(minutes=30)
# The provider knows a key for 24 hours: later, a mail that had gone unheard would go again.
_KEY_KNOWN_FOR = timedelta(hours=23)
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
class Waiting:
    """How an order has been put off so far; each is a member of its message."""

    waits: int = 0  # By the provider's rate, or as not yet so.
    waits_away: int = 0  # Because the provider or our storage was away.
    unheard_since: int = 0  # When a call was first left without an answer: epoch seconds, or 0.

    def is_too_late(self, *, now: datetime) -> bool:
        """Tell whether the provider may have forgotten a key under which the mail may have gone."""
        return 0 < self.unheard_since < int((now - _KEY_KNOWN_FOR).timestamp())


_WAITING = tuple(each.name for each in fields(Waiting))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order for one mail: its template and the ids that its composer needs."""

    template: Template
    ids: Mapping[str, str | int]
    waiting: Waiting = Waiting()

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
    beside = {"template", "correlation_id", *_WAITING}
    ids = {
        name: value
        for name, value in message.items()
        if name not in beside and isinstance(value, str | int)
    }
    waited = {name: found for name in _WAITING if isinstance(found := message.get(name), int)}
    return Order(template=template, ids=ids, waiting=Waiting(**waited))


def fulfil(order: Order, *, room: MailRoom, now: datetime) -> None:
    """Send what an order asks for, at most once however often it is delivered.

    Raises:
        RetryLater: what it needs is contended, or the provider was away or full for a day.
        GiveUp: nobody composes this template, the provider will never take the mail, or it may
            have had it so long ago that it would not know it again.
    """
    so_far = order.waiting
    if so_far.is_too_late(now=now):
        raise GiveUp("mail_may_have_gone")
    try:
        skipped = _fulfiller(order, room)(order, postman=room.postman, now=now)
    except MailThrottled as throttled:
        if so_far.waits >= MOST_WAITS:
            raise
        once_more = replace(so_far, waits=so_far.waits + 1)
        _put_off(order, once_more, room, delay=min(throttled.wait, _MOST_WAIT))
        return
    except (MailAway, StorageUnavailable) as away:
        if so_far.waits_away >= MOST_WAITS_AWAY:
            raise
        unheard = isinstance(away, MailAway) and away.may_have_gone
        since = so_far.unheard_since or (int(now.timestamp()) if unheard else 0)
        once_more = replace(so_far, waits_away=so_far.waits_away + 1, unheard_since=since)
        _put_off(order, once_more, room, delay=_wait_away(so_far.waits_away))
        return
    if skipped is Skipped.NOT_YET and so_far.waits < _LOOKS_FOR_THE_STATE:
        once_more = replace(so_far, waits=so_far.waits + 1)
        _put_off(order, once_more, room, delay=_LOOKS_AGAIN_AFTER)
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


def _put_off(order: Order, waiting: Waiting, room: MailRoom, *, delay: timedelta) -> None:
    room.outbox.put_off(order.template, ids=order.ids, waiting=asdict(waiting), delay=delay)
    attempt = waiting.waits + waiting.waits_away
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
