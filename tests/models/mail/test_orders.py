"""Orders: what a message asks for, under which key, and what is never done in silence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.mail import orders
from shared.mail.letters import Letter, Letterhead
from shared.mail.orders import MOST_WAITS_AWAY, MailRoom, Order, Skipped
from shared.mail.outbox import Template
from shared.mail.postman import Mail, MailAway, MailThrottled
from shared.platform.ids import ArtistId
from shared.platform.problems import GiveUp, RetryLater

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WAITED_ONCE = {"waits": 1, "waits_away": 0, "unheard_since": 0}
FACTS = {"artist_name": "Ada", "export_url": "https://app.example/exports/exp_1"}


class Recorder:
    """Stands at the room's edges: what was sent, put off and shown."""

    def __init__(self, *, throttled: bool = False, away: bool = False) -> None:
        self.sent: list[tuple[Mail, str]] = []
        self.put: list[dict[str, Any]] = []
        self.banners: list[dict[str, Any]] = []
        self.throttled = throttled
        self.away = away

    def send(self, mail: Mail, *, idempotency_key: str) -> None:
        if self.throttled:
            raise MailThrottled("mail_throttled", wait=timedelta(seconds=7))
        if self.away:
            raise MailAway("resend_away", may_have_gone=True)
        self.sent.append((mail, idempotency_key))

    def put_off(self, template: Template, **order: Any) -> None:
        self.put.append({"template": template, **order})

    def show(self, artist_id: ArtistId, **banner: Any) -> None:
        self.banners.append({"artist_id": artist_id, **banner})


def room(recorder: Recorder, letter: Letter | Skipped) -> MailRoom:
    def compose(order: Order, *, now: datetime) -> Letter | Skipped:
        del order, now
        return letter

    return MailRoom(
        postman=recorder,  # type: ignore[arg-type]  # It has what is used of one.
        outbox=recorder,  # type: ignore[arg-type]  # As above.
        head=Letterhead(public_base_url="https://a.example", privacy_contact="p@a.example"),
        composers={Template.EXPORT_READY: compose},
        fulfillers={},
        show_banner=recorder.show,
    )


def order(**ids: str) -> Order:
    return orders.read({"template": "export_ready", "correlation_id": "c", **ids})


def test_the_ids_make_the_key_and_the_correlation_id_does_not() -> None:
    asked = order(export_id="exp_1", artist_id="art_1")
    assert asked.idempotency_key == "export_ready/artist_id=art_1/export_id=exp_1"
    again = orders.read({"template": "export_ready", "export_id": "exp_1", "artist_id": "art_1"})
    assert again.idempotency_key == asked.idempotency_key


def test_an_order_is_written_and_sent() -> None:
    recorder = Recorder()
    letter = Letter(template=Template.EXPORT_READY, to="ada@b.example", facts=FACTS)
    orders.fulfil(order(export_id="exp_1"), room=room(recorder, letter), now=NOW)
    ((mail, key),) = recorder.sent
    assert (mail.to, mail.subject) == ("ada@b.example", "Your export is ready")
    assert key == "export_ready/export_id=exp_1"


def test_an_artist_without_an_address_gets_a_banner() -> None:
    recorder = Recorder()
    letter = Letter(
        template=Template.EXPORT_READY, to=None, facts=FACTS, artist_id=ArtistId("art_1")
    )
    orders.fulfil(order(), room=room(recorder, letter), now=NOW)
    (banner,) = recorder.banners
    assert (banner["kind"], banner["text"]) == ("export_ready", "Your export is ready")
    assert banner["link"] == FACTS["export_url"]
    assert recorder.sent == []


def test_a_throttled_order_is_put_off_by_a_new_message() -> None:
    recorder = Recorder(throttled=True)
    letter = Letter(template=Template.EXPORT_READY, to="ada@b.example", facts=FACTS)
    orders.fulfil(order(export_id="exp_1"), room=room(recorder, letter), now=NOW)
    (put,) = recorder.put
    assert put["ids"] == {"export_id": "exp_1"}
    assert (put["waiting"], put["delay"]) == (WAITED_ONCE, timedelta(seconds=7))


def test_while_the_provider_is_away_an_order_waits_most_of_the_day_that_its_key_is_known() -> None:
    recorder = Recorder(away=True)
    letter = Letter(template=Template.EXPORT_READY, to="ada@b.example", facts=FACTS)
    asked = {"template": "export_ready", "export_id": "exp_1"}
    for waits in range(MOST_WAITS_AWAY):
        again = orders.read({**asked, "waits": 100, "waits_away": waits})
        orders.fulfil(again, room=room(recorder, letter), now=NOW)
    last = orders.read({**asked, "waits_away": MOST_WAITS_AWAY})
    with pytest.raises(RetryLater):
        orders.fulfil(last, room=room(recorder, letter), now=NOW)
    delays = [put["delay"] for put in recorder.put]
    assert delays == sorted(delays)
    assert delays[0] < timedelta(seconds=10)
    assert timedelta(hours=18) < sum(delays, timedelta()) < timedelta(hours=23)


def test_a_mail_that_may_have_gone_is_not_sent_again_once_its_key_is_forgotten() -> None:
    recorder = Recorder(away=True)
    letter = Letter(template=Template.EXPORT_READY, to="ada@b.example", facts=FACTS)
    orders.fulfil(order(export_id="exp_1"), room=room(recorder, letter), now=NOW)
    (put,) = recorder.put
    assert put["waiting"]["unheard_since"] == int(NOW.timestamp())
    recorder.away = False
    asked = orders.read({"template": "export_ready", **put["ids"], **put["waiting"]})
    with pytest.raises(GiveUp):
        orders.fulfil(asked, room=room(recorder, letter), now=NOW + timedelta(hours=24))
    assert recorder.sent == []
    orders.fulfil(asked, room=room(recorder, letter), now=NOW + timedelta(hours=22))
    assert len(recorder.sent) == 1


def test_a_mail_about_what_is_not_written_yet_is_put_off_and_in_the_end_skipped() -> None:
    recorder = Recorder()
    composed = room(recorder, Skipped.NOT_YET)
    waits = 0
    while len(recorder.put) == waits:
        again = orders.read({"template": "export_ready", "export_id": "exp_1", "waits": waits})
        orders.fulfil(again, room=composed, now=NOW)
        waits += 1
    waited = sum((put["delay"] for put in recorder.put), timedelta())
    assert [put["waiting"]["waits"] for put in recorder.put] == list(range(1, waits))
    assert waited == timedelta(minutes=2)
    assert recorder.sent == []


def test_what_is_gone_is_skipped_and_what_nobody_writes_is_given_up() -> None:
    recorder = Recorder()
    orders.fulfil(order(), room=room(recorder, Skipped.SUBJECT_GONE), now=NOW)
    assert recorder.sent == []
    with pytest.raises(GiveUp):
        orders.read({"template": "nonsense"})
    asked = orders.read({"template": "plan_ready"})
    with pytest.raises(GiveUp):
        orders.fulfil(asked, room=room(recorder, Skipped.SUBJECT_GONE), now=NOW)
