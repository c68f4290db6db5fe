"""Blasts over HTTP: to everyone who should, once, and to nobody else."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.demo.client import Answer
from tests.world import Artist, Mail, World

BODY = {
    "subject": "Slow Fire is out 🔥",
    "preview_text": "Listen first",
    "body_markdown": "Hi from {{artist_name}}. It is **out**: [listen](https://music.example/slow)",
}


def fans_of(world: World, artist: Artist, *names: str) -> list[str]:
    addresses = [f"{name}-{artist.slug}@fan-mail.dev" for name in names]
    for address in addresses:
        assert world.sign_up(artist, address).status == 202
    world.idle()
    for address in addresses:
        assert world.form(world.mails(address)[0].link("confirm")).status in {200, 303}
    return addresses


def draft(artist: Artist, **fields: object) -> str:
    made = artist.post("/api/blasts", {**BODY, **fields})
    assert made.status == 201, made.text
    return str(made["id"])


def send(artist: Artist, blast: str, expected: int, **fields: object) -> Answer:
    return artist.post(f"/api/blasts/{blast}/send", {"expected_recipients": expected, **fields})


def sent(world: World, artist: Artist, blast: str, expected: int) -> None:
    assert send(artist, blast, expected).status == 202
    world.idle()


def report(artist: Artist, blast: str) -> dict[str, Any]:
    got = artist.get(f"/api/blasts/{blast}/report").json
    suppressed = sum(got["suppressed"].values())
    told = got["accepted"] + suppressed + got["failed"] + got["uncertain"] + got["pending"]
    assert got["chosen"] == told
    return dict(got)


def state(artist: Artist, blast: str) -> str:
    return str(artist.get(f"/api/blasts/{blast}")["state"])


def blast_mails(world: World, addresses: Sequence[str], subject: str) -> list[list[Mail]]:
    return [
        [mail for mail in world.mails(address) if mail.subject == subject] for address in addresses
    ]


def test_everybody_subscribed_gets_it_once_with_all_that_the_law_and_mailboxes_ask_for(
    world: World,
) -> None:
    artist = world.artist("Björk & Co")
    here = fans_of(world, artist, "a", "b", "c")
    gone = fans_of(world, artist, "gone")[0]
    world.form(world.mails(gone)[0].link("unsubscribe"), "List-Unsubscribe=One-Click")
    world.idle()
    blast = draft(artist)
    sent(world, artist, blast, 3)
    assert state(artist, blast) == "sent"
    assert report(artist, blast)["accepted"] == 3
    assert report(artist, blast)["delivered"] == 3
    assert [len(got) for got in blast_mails(world, [*here, gone], BODY["subject"])] == [1, 1, 1, 0]
    mail = blast_mails(world, here, BODY["subject"])[0][0]
    path = mail.link("unsubscribe")
    assert mail.headers["List-Unsubscribe"].endswith(f"{path}>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "1 Street, 10115 Berlin" in mail.text
    assert mail.link("data")
    assert "Auto-Submitted" not in mail.headers
    assert "@fans." in mail.members["from"]
    assert "Björk & Co. It is out: listen (https://music.example/slow)" in mail.text


def test_leaving_by_the_blast_s_link_is_counted_in_its_report(world: World) -> None:
    artist = world.artist()
    here = fans_of(world, artist, "a", "b")
    blast = draft(artist)
    sent(world, artist, blast, 2)
    mail = blast_mails(world, here, BODY["subject"])[0][0]
    for _ in range(2):
        left = world.form(mail.link("unsubscribe"), "List-Unsubscribe=One-Click")
        assert left.status == 200
    world.idle()
    assert artist.fans()[here[0]] == "unsubscribed"
    got = report(artist, blast)
    assert (got["unsubscribed"], got["delivered"], got["accepted"]) == (1, 2, 2)


def test_bounces_and_complaints_suppress_the_fan_and_stand_in_the_report(world: World) -> None:
    artist = world.artist()
    names = ("bounced+1", "complained+2", "softbounced+3", "fine")
    world.control("POST", "/config", {"resend_webhooks": False})
    bounced, complained, soft, fine = fans_of(world, artist, *names)
    world.control("DELETE", "/config")
    blast = draft(artist)
    sent(world, artist, blast, 4)
    states = artist.fans()
    assert [states[who] for who in (bounced, complained, soft, fine)] == [
        "bounced", "complained", "subscribed", "subscribed",
    ]  # fmt: skip
    got = report(artist, blast)
    assert (got["accepted"], got["bounced"], got["complained"]) == (4, 2, 1)
    again = draft(artist, subject="Another")
    sent(world, artist, again, 2)
    assert blast_mails(world, [bounced, complained], "Another") == [[], []]


def test_a_repeated_and_reordered_webhook_changes_nothing(world: World) -> None:
    artist = world.artist()
    (here,) = fans_of(world, artist, "a")
    blast = draft(artist)
    sent(world, artist, blast, 1)
    mail = blast_mails(world, [here], BODY["subject"])[0][0]
    before = {**report(artist, blast), "as_of": ""}
    for kind in ("email.delivered", "email.sent", "email.delivery_delayed", "email.delivered"):
        order = {"type": kind, "email_id": mail.members["id"], "repeat": 2}
        world.control("POST", "/resend/events", order)
    world.idle()
    assert {**report(artist, blast), "as_of": ""} == before
    forged = world.call("POST", "/api/webhooks/resend", {"type": "email.delivered"})
    assert (forged.status, forged["code"]) == (400, "invalid_signature")


def test_a_scheduled_blast_goes_at_its_minute_and_is_a_draft_again_when_cancelled(
    world: World,
) -> None:
    artist = world.artist()
    (here,) = fans_of(world, artist, "a")
    then = datetime.now(UTC) + timedelta(days=40)
    blast = draft(artist)
    assert send(artist, blast, 1, send_at=then.isoformat()).status == 202
    assert state(artist, blast) == "scheduled"
    assert (
        artist.call("PATCH", f"/api/blasts/{blast}", {"subject": "No"})["code"] == "invalid_state"
    )
    assert artist.call("DELETE", f"/api/blasts/{blast}")["code"] == "invalid_state"
    assert artist.post(f"/api/blasts/{blast}/cancel")["state"] == "draft"
    assert send(artist, blast, 1, send_at=then.isoformat()).status == 202
    world.timer("dispatch")
    world.idle()
    assert state(artist, blast) == "scheduled"
    world.at(then + timedelta(minutes=1))
    artist.token = world.token(artist.user_id)
    world.timer("dispatch")
    world.idle()
    assert state(artist, blast) == "sent"
    assert len(blast_mails(world, [here], BODY["subject"])[0]) == 1


def test_every_refusal_of_a_send_says_why(world: World) -> None:
    artist = world.artist(postal_address=None)
    blast = draft(artist)
    assert send(artist, blast, 0)["code"] == "sender_incomplete"
    assert artist.call("PATCH", "/api/me", {"postal_address": "1 Street"}).status == 200
    assert send(artist, blast, 0)["code"] == "no_recipients"
    fans_of(world, artist, "a")
    changed = send(artist, blast, 9)
    assert (changed.status, changed["code"], changed["recipients"]) == (
        409,
        "recipients_changed",
        1,
    )
    stale = world.token(artist.user_id, fva=[11, -1])
    answer = world.call(
        "POST",
        f"/api/blasts/{blast}/send",
        {"expected_recipients": 1},
        {"Authorization": f"Bearer {stale}"},
    )
    assert (answer.status, answer["code"]) == (403, "reauthentication_required")
    sent(world, artist, blast, 1)
    assert send(artist, blast, 1)["code"] == "invalid_state"
    assert artist.post(f"/api/blasts/{blast}/resume")["code"] == "invalid_state"
    assert artist.post(f"/api/blasts/{blast}/cancel")["code"] == "invalid_state"


def test_a_draft_is_nobody_else_s_and_says_what_is_wrong_with_it(world: World) -> None:
    artist, other = world.artist(), world.artist("Bo")
    blast = draft(artist)
    for method, path in [
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/preview"), ("POST", "/test"),
        ("POST", "/cancel"), ("POST", "/resume"), ("GET", "/report"),
    ]:  # fmt: skip
        body = {"subject": "x"} if method == "PATCH" else None
        assert other.call(method, f"/api/blasts/{blast}{path}", body).status == 404
    wrong = artist.post(
        "/api/blasts",
        {"subject": "a\r\nBcc: b", "call_to_action": {"label": "x", "url": "http://x"}},
    )
    assert wrong.status == 422
    assert {error["field"] for error in wrong["errors"]} == {"subject", "call_to_action.url"}
    assert artist.post("/api/blasts", {**BODY, "release_id": "rel_x"}).status == 422


@pytest.mark.parametrize(
    "segment",
    [
        {"since": "2026-11-01", "until": "2026-12-01"},
        {"since": "2026-11-01T10:30:00Z", "until": "2026-12-01T22:59:59Z"},
    ],
)
def test_a_segment_is_answered_as_it_can_be_asked_for_again(
    world: World, segment: dict[str, str]
) -> None:
    artist = world.artist()
    blast = draft(artist, segment=segment)
    for _ in range(2):
        read = artist.get(f"/api/blasts/{blast}")["segment"]
        assert {name: text for name, text in read.items() if text} == segment
        assert artist.call("PATCH", f"/api/blasts/{blast}", {"segment": segment}).status == 200


def test_the_preview_is_what_goes(world: World) -> None:
    artist = world.artist()
    (here,) = fans_of(world, artist, "a")
    blast = draft(
        artist, body_markdown="# Hi\n\n<script>x</script> {{7*7}} <!--", subject="FREE MONEY NOW"
    )
    preview = artist.get(f"/api/blasts/{blast}/preview").json
    assert preview["recipients"] == 1
    codes = {warning["code"] for warning in preview["warnings"]}
    assert codes == {"spam_trigger_subject", "shown_as_typed"}
    sent(world, artist, blast, 1)
    mail = blast_mails(world, [here], "FREE MONEY NOW")[0][0]
    token = mail.link("unsubscribe").split("/")[2]
    assert mail.html == preview["html"].replace("/f/preview/", f"/f/{token}/")
    assert mail.text == preview["text"].replace("/f/preview/", f"/f/{token}/")
    assert "<script" not in mail.html
    assert "{{7*7}}" in mail.text


def test_a_test_goes_to_the_artist_alone_ten_times_an_hour(world: World) -> None:
    artist = world.artist()
    (here,) = fans_of(world, artist, "a")
    blast = draft(artist)
    for _ in range(10):
        assert artist.post(f"/api/blasts/{blast}/test").status == 202
    limited = artist.post(f"/api/blasts/{blast}/test")
    assert (limited.status, "Retry-After" in limited.headers) == (429, True)
    world.idle()
    tests = [mail for mail in world.mails(artist.email) if mail.subject.startswith("[Test]")]
    assert len(tests) == 10
    assert blast_mails(world, [here], BODY["subject"]) == [[]]
    assert world.form(tests[0].link("unsubscribe")).status == 200
    world.idle()
    assert artist.fans() == {here: "subscribed"}


def test_a_refused_key_pauses_and_a_resume_sends_to_whom_is_left(world: World) -> None:
    artist = world.artist()
    here = fans_of(world, artist, "a", "b")
    blast = draft(artist)
    world.faults(service="resend", path="/emails/batch", status=401)
    sent(world, artist, blast, 2)
    assert state(artist, blast) == "paused"
    assert report(artist, blast)["pending"] == 2
    assert any("is paused" in mail.subject for mail in world.mails(artist.email))
    world.control("DELETE", "/faults")
    assert artist.post(f"/api/blasts/{blast}/resume")["state"] == "sending"
    world.idle()
    assert state(artist, blast) == "sent"
    assert [len(got) for got in blast_mails(world, here, BODY["subject"])] == [1, 1]


def test_a_rate_limit_and_a_bad_address_delay_and_fail_alone(world: World) -> None:
    artist = world.artist()
    here = fans_of(world, artist, "a", "b", "c")
    blast = draft(artist)
    limit = {"retry-after": "1"}
    world.faults(service="resend", path="/emails/batch", status=429, headers=limit, times=2)
    sent(world, artist, blast, 3)
    assert report(artist, blast)["accepted"] == 3
    assert [len(got) for got in blast_mails(world, here, BODY["subject"])] == [1, 1, 1]


def test_an_answer_that_is_lost_is_asked_again_under_the_same_key(world: World) -> None:
    artist = world.artist()
    here = fans_of(world, artist, "a", "b")
    blast = draft(artist)
    world.faults(service="resend", path="/emails/batch", status=500, after_accept=True, times=4)
    assert send(artist, blast, 2).status == 202
    world.idle(120)
    assert report(artist, blast)["accepted"] == 2
    assert [len(got) for got in blast_mails(world, here, BODY["subject"])] == [1, 1]


def test_deleting_the_account_stops_what_is_scheduled(world: World) -> None:
    artist = world.artist()
    (here,) = fans_of(world, artist, "a")
    blast = draft(artist)
    then = datetime.now(UTC) + timedelta(hours=2)
    assert send(artist, blast, 1, send_at=then.isoformat()).status == 202
    assert artist.call("DELETE", "/api/me").status == 202
    assert artist.post("/api/me/restore").status == 202
    assert state(artist, blast) == "draft"
    world.at(then + timedelta(minutes=1))
    world.timer("dispatch")
    world.idle()
    assert blast_mails(world, [here], BODY["subject"]) == [[]]


def test_a_moment_long_past_mails_nobody(world: World) -> None:
    artist = world.artist()
    (here,) = fans_of(world, artist, "a")
    blast = draft(artist)
    refused = send(artist, blast, 1, send_at="2020-01-01T00:00:00Z")
    assert (refused.status, refused["errors"][0]["field"]) == (422, "send_at")
    assert state(artist, blast) == "draft"
    assert blast_mails(world, [here], BODY["subject"]) == [[]]
    late = datetime.now(UTC) - timedelta(minutes=1)
    assert send(artist, blast, 1, send_at=late.isoformat()).status == 202


def test_the_list_pages_and_one_key_makes_one_draft(world: World) -> None:
    artist = world.artist()
    key = {"Idempotency-Key": "once"}
    first, again = (artist.post("/api/blasts", BODY, key) for _ in range(2))
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first["id"] == again["id"]
    draft(artist)
    page = artist.get("/api/blasts?limit=1")
    assert len(page["items"]) == 1
    rest = artist.get(f"/api/blasts?limit=1&cursor={page['next_cursor']}")
    assert (rest["items"][0]["id"], rest["next_cursor"]) == (first["id"], None)


def test_deliverability_tells_the_domain_s_state_and_the_brakes(world: World) -> None:
    artist = world.artist()
    fans_of(world, artist, "a")
    sent(world, artist, draft(artist), 1)
    got = artist.get("/api/deliverability").json
    assert (got["domain"]["status"], got["domain"]["open_tracking"]) == ("verified", False)
    assert (got["accepted"], got["bounce_rate"], got["brakes"]["bounce_limit"]) == (1, 0.0, 0.04)
