"""Resend's stand-in, through the official SDK and at the wire."""

import itertools
import threading
from typing import Any

import pytest
import requests
import resend
from svix.webhooks import Webhook as SvixWebhook

from tests.standins.process import StandIns
from tests.standins.receiver import Receiver

_numbers = itertools.count()


def mail(**changes: object) -> dict[str, Any]:
    return {
        "from": "The Band <news@fans.artistos.dev>",
        "to": [f"fan-{next(_numbers)}@fan-mail.dev"],
        "subject": "Out now",
        "html": "<p>It is out.</p>",
        "text": "It is out.",
        "headers": {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        "tags": [{"name": "blast", "value": "blast_1"}],
    } | changes


@pytest.fixture
def sdk(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    monkeypatch.setattr(resend, "api_url", f"{stand_ins.url}/resend")
    monkeypatch.setattr(resend, "api_key", stand_ins.secret("resend-api-key"))
    return stand_ins


def batch(
    stand_ins: StandIns, mails: object, *, timeout: float = 10, **headers: str
) -> requests.Response:
    return requests.post(
        f"{stand_ins.url}/resend/emails/batch",
        json=mails,
        headers={
            "Authorization": f"Bearer {stand_ins.secret('resend-api-key')}",
            "User-Agent": "ArtistOS/1.0",
        }
        | {name.replace("_", "-"): value for name, value in headers.items()},
        timeout=timeout,
    )


def kept(stand_ins: StandIns, to: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = stand_ins.control("GET", f"/resend/emails?to={to}")["items"]
    return items


def test_the_sdk_sends_a_mail_that_the_outbox_keeps(sdk: StandIns) -> None:
    sent = mail()
    answer: Any = resend.Emails.send(sent)  # type: ignore[arg-type] # the SDK's TypedDict
    (item,) = kept(sdk, sent["to"][0])
    assert item["id"] == answer["id"]
    for name in ("to", "from", "subject", "headers", "tags", "html", "text"):
        assert item[name] == sent[name]
    assert item["batch"] is None
    assert item["accepted_at"].endswith("Z")
    read: Any = resend.Emails.get(answer["id"])
    assert read["subject"] == "Out now"


def test_the_sdk_sends_a_batch_once_under_one_key(sdk: StandIns) -> None:
    mails: Any = [mail(), mail()]
    options: Any = {"idempotency_key": "blast/1/1"}
    first: Any = resend.Batch.send(mails, options=options)
    again: Any = resend.Batch.send(mails, options=options)
    assert first["data"] == again["data"]
    assert len(kept(sdk)) == 2
    assert len({item["batch"] for item in kept(sdk)}) == 1


def test_the_sdk_lists_the_two_verified_domains(sdk: StandIns) -> None:
    del sdk
    listed: Any = resend.Domains.list()
    domains = {domain["name"]: domain for domain in listed["data"]}
    assert set(domains) >= {"t.artistos.dev", "fans.artistos.dev"}
    assert {domains["t.artistos.dev"][name] for name in ("status", "region")} == {
        "verified",
        "eu-west-1",
    }
    assert domains["fans.artistos.dev"]["click_tracking"] is False


def test_another_payload_under_the_same_key_is_refused_and_sends_nothing(
    stand_ins: StandIns,
) -> None:
    assert batch(stand_ins, [mail(), mail()], Idempotency_Key="k2").status_code == 200
    answer = batch(stand_ins, [mail()], Idempotency_Key="k2")
    assert (answer.status_code, answer.json()["name"]) == (409, "invalid_idempotent_request")
    assert len(kept(stand_ins)) == 2


def test_a_key_is_forgotten_after_a_day_of_the_stand_ins_clock(stand_ins: StandIns) -> None:
    assert batch(stand_ins, [mail()], Idempotency_Key="k3").status_code == 200
    stand_ins.control("POST", "/clock", {"offset_seconds": 24 * 3600 + 1})
    assert batch(stand_ins, [mail()], Idempotency_Key="k3").status_code == 200
    assert len(kept(stand_ins)) == 2


def test_a_key_in_use_is_told_apart(stand_ins: StandIns) -> None:
    stand_ins.control("POST", "/config", {"resend_processing_seconds": 2})
    mails = [mail()]
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(batch(stand_ins, mails, Idempotency_Key="k4").status_code)

    both = [threading.Thread(target=ask) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(statuses) == [200, 409]
    assert len(kept(stand_ins)) == 1


def test_a_refused_call_leaves_its_key_free(stand_ins: StandIns) -> None:
    bad = batch(stand_ins, [mail(), mail(to=["nobody"])], Idempotency_Key="k5")
    assert (bad.status_code, bad.json()["name"]) == (422, "validation_error")
    assert batch(stand_ins, [mail()], Idempotency_Key="k5").status_code == 200
    assert len(kept(stand_ins)) == 1


def test_permissive_takes_the_good_and_names_the_bad(stand_ins: StandIns) -> None:
    mails = [mail(), mail(to=["nobody"]), mail()]
    answer = batch(stand_ins, mails, x_batch_validation="permissive").json()
    assert len(answer["data"]) == 2
    assert [error["index"] for error in answer["errors"]] == [1]
    assert len(kept(stand_ins)) == 2


@pytest.mark.parametrize(
    ("changes", "status", "name"),
    [
        ({"from": "a@elsewhere.dev"}, 403, "validation_error"),
        ({"from": "a@artistos.dev"}, 403, "validation_error"),
        ({"subject": ""}, 422, "missing_required_field"),
        ({"html": None, "text": None}, 422, "missing_required_field"),
        ({"to": [f"a{n}@b.dev" for n in range(51)]}, 422, "validation_error"),
        ({"tags": [{"name": "a b", "value": "c"}]}, 422, "validation_error"),
        ({"scheduled_at": "2026-12-01T00:00:00Z"}, 422, "validation_error"),
    ],
)
def test_each_rule_has_its_refusal(
    stand_ins: StandIns, changes: dict[str, object], status: int, name: str
) -> None:
    answer = batch(stand_ins, [mail(**changes)])
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert kept(stand_ins) == []


def test_more_than_a_hundred_are_refused(stand_ins: StandIns) -> None:
    assert batch(stand_ins, [mail() for _ in range(101)]).status_code == 422
    assert batch(stand_ins, [mail() for _ in range(100)]).status_code == 200


def test_reserved_domains_are_refused_when_a_test_wants_it(stand_ins: StandIns) -> None:
    mails = [mail(to=["fan@example.com"])]
    assert batch(stand_ins, mails).status_code == 200
    stand_ins.control("POST", "/config", {"resend_reject_test_domains": True})
    assert batch(stand_ins, mails).status_code == 422


def test_a_client_without_a_name_or_a_key_gets_no_hearing(stand_ins: StandIns) -> None:
    url = f"{stand_ins.url}/resend/emails"
    anonymous = {"User-Agent": "", "Authorization": "Bearer x"}
    assert requests.post(url, json=mail(), headers=anonymous, timeout=10).status_code == 403
    missing = requests.post(url, json=mail(), timeout=10)
    assert (missing.status_code, missing.json()["name"]) == (401, "missing_api_key")
    wrong = requests.post(url, json=mail(), headers={"Authorization": "Bearer x"}, timeout=10)
    assert (wrong.status_code, wrong.json()["name"]) == (403, "invalid_api_key")


def test_the_rate_limit_tells_itself_in_headers(stand_ins: StandIns) -> None:
    stand_ins.control("POST", "/config", {"resend_rate_per_second": 2})
    answers = [batch(stand_ins, [mail()]) for _ in range(6)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited
    assert limited[0].json()["name"] == "rate_limit_exceeded"
    assert int(limited[0].headers["retry-after"]) >= 1
    assert answers[0].headers["ratelimit-limit"] == "2"
    assert "ratelimit-remaining" in answers[0].headers


def test_a_quota_can_be_used_up(stand_ins: StandIns) -> None:
    stand_ins.control("POST", "/config", {"resend_quota_exceeded": "daily"})
    answer = batch(stand_ins, [mail()])
    assert (answer.status_code, answer.json()["name"]) == (429, "daily_quota_exceeded")


def test_an_accepted_call_can_lose_its_answer(stand_ins: StandIns) -> None:
    mails = [mail(), mail()]
    fault = {"service": "resend", "kind": "reset", "times": 1, "after_accept": True}
    stand_ins.control("POST", "/faults", fault)
    with pytest.raises(requests.ConnectionError):
        batch(stand_ins, mails, Idempotency_Key="k6")
    assert len(kept(stand_ins)) == 2
    assert batch(stand_ins, mails, Idempotency_Key="k6").status_code == 200
    assert len(kept(stand_ins)) == 2


def test_what_happens_to_a_mail_is_told_by_signed_webhooks(
    stand_ins: StandIns, receiver: Receiver
) -> None:
    batch(stand_ins, [mail()])
    (sent,), (delivered,) = receiver.of_type("email.sent"), receiver.of_type("email.delivered")
    assert sent.path == "/api/webhooks/resend"
    verifier = SvixWebhook(stand_ins.secret("resend-webhook-secret"))
    verifier.verify(delivered.body, delivered.headers)
    event = delivered.json
    assert event["data"]["tags"] == {"blast": "blast_1"}
    assert event["data"]["email_id"] == kept(stand_ins)[0]["id"]


@pytest.mark.parametrize(
    ("address", "event"),
    [
        ("bounced+1@fan-mail.dev", "email.bounced"),
        ("complained+1@fan-mail.dev", "email.complained"),
        ("suppressed+1@fan-mail.dev", "email.suppressed"),
        ("delayed+1@fan-mail.dev", "email.delivery_delayed"),
    ],
)
def test_some_addresses_have_their_fate(
    stand_ins: StandIns, receiver: Receiver, address: str, event: str
) -> None:
    batch(stand_ins, [mail(to=[address])])
    (webhook,) = receiver.of_type(event)
    assert webhook.json["data"]["to"] == [address]


def test_an_event_is_sent_by_hand(stand_ins: StandIns, receiver: Receiver) -> None:
    stand_ins.control("POST", "/config", {"resend_webhooks": False})
    batch(stand_ins, [mail()])
    order = {"type": "email.bounced", "email_id": kept(stand_ins)[0]["id"]}
    stand_ins.control("POST", "/resend/events", order)
    (webhook,) = receiver.of_type("email.bounced")
    assert webhook.json["data"]["bounce"]["type"] == "Permanent"
    assert len(receiver.received) == 1


def test_a_thousand_mails_are_taken_and_told(stand_ins: StandIns, receiver: Receiver) -> None:
    for number in range(10):
        assert batch(stand_ins, [mail() for _ in range(100)], Idempotency_Key=f"b{number}").ok
    receiver.of_type("email.delivered", count=1000)
    assert len(kept(stand_ins)) == 1000
