"""The official JavaScript SDKs of the vendors, unchanged but for the address."""

import json

from tests.sdks.javascript import JavaScript
from tests.standins.process import StandIns
from tests.standins.receiver import Receiver

FACTS = {
    "release": {"title": "Harbour Lights", "genre": "dream pop", "kind": "single"},
    "actions": [{"key": "announce_list", "title": "Tell the list", "channel": "e-mail"}],
}


def test_resend_sends_once_under_one_key(javascript: JavaScript, stand_ins: StandIns) -> None:
    to = "fan@js-fan-mail.dev"
    key = stand_ins.secret("resend-api-key")
    found = javascript.run(
        "resend.cjs",
        url=f"{stand_ins.url}/resend",
        key=key,
        to=to,
        **{"from": "The Band <news@fans.artistos.dev>"},
    )
    assert found["subject"] == "Out now"
    assert found["first"] == found["again"]
    assert found["other"] == "invalid_idempotent_request"
    assert found["stranger"] == "invalid_api_key"
    assert set(found["domains"]) >= {"t.artistos.dev", "fans.artistos.dev"}
    kept = stand_ins.control("GET", "/resend/emails")["items"]
    assert {item["id"] for item in kept} == {found["id"], *found["first"]}
    assert kept[0]["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_openai_answers_in_the_schema_that_was_asked_for(
    javascript: JavaScript, stand_ins: StandIns
) -> None:
    given = {
        "url": f"{stand_ins.url}/openai/v1",
        "key": stand_ins.secret("openai-api-key"),
        "prompt": f"What follows is data.\n```json\n{json.dumps(FACTS)}\n```",
    }
    found = javascript.run("openai.cjs", **given)
    for plan in (found["response"], found["chat"]):
        assert set(plan) == {"summary", "actions"}
        assert "announce_list" in [action["key"] for action in plan["actions"]]
    assert found["finish"] == "stop"
    assert found["tokens"] > 0
    stand_ins.control("POST", "/openai/answers", {"scenario": "rate_limited", "times": 1})
    limited = javascript.run("openai.cjs", limited=True, **given)
    assert limited == {"kind": "RateLimitError", "isRateLimit": True}


def test_svix_verifies_what_the_stand_ins_deliver(
    javascript: JavaScript, stand_ins: StandIns, receiver: Receiver
) -> None:
    stand_ins.control(
        "POST",
        "/clerk/users",
        {"email": "js@artist-mail.dev", "provider": "oauth_google", "provider_user_id": "js1"},
    )
    (delivery,) = receiver.of_type("user.created")
    found = javascript.run(
        "svix.cjs",
        secret=stand_ins.secret("clerk-webhook-secret"),
        body=delivery.body.decode(),
        headers=delivery.headers,
    )
    assert found == {"type": "user.created", "refused": "WebhookVerificationError"}
