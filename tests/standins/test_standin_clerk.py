"""Clerk's stand-in: tokens, users, sessions, webhooks."""

from typing import Any

import jwt
import pytest
import requests
from svix.webhooks import Webhook as SvixWebhook

from tests.standins.process import StandIns
from tests.standins.receiver import Receiver


def make_user(stand_ins: StandIns, **order: object) -> dict[str, Any]:
    body = {"email": "ada@artist-mail.dev", "provider": "oauth_google"} | order
    made: dict[str, Any] = stand_ins.control("POST", "/clerk/users", body)
    return made


def bapi(stand_ins: StandIns, method: str, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {stand_ins.secret('clerk-secret-key')}"}
    url = f"{stand_ins.url}/clerk/v1{path}"
    return requests.request(method, url, headers=headers, timeout=10)


def claims_of(stand_ins: StandIns, token: str) -> dict[str, Any]:
    with_keys = jwt.PyJWKClient(f"{stand_ins.url}/clerk/.well-known/jwks.json", cache_keys=False)
    key = with_keys.get_signing_key_from_jwt(token)
    issuer = f"{stand_ins.url}/clerk"
    return jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, leeway=5)


def test_a_session_token_holds_the_claims_of_version_2(stand_ins: StandIns) -> None:
    made = make_user(stand_ins)
    claims = claims_of(stand_ins, made["session_token"])
    assert claims["sub"] == made["user_id"]
    assert claims["sid"].startswith("sess_")
    assert (claims["v"], claims["fva"], claims["sts"]) == (2, [0, -1], "active")
    assert claims["exp"] - claims["iat"] == 60


def test_claims_are_replaced_and_removed_on_request(stand_ins: StandIns) -> None:
    order = {"user_id": "user_x", "claims": {"azp": None, "sts": "pending"}, "expires_in": 3600}
    claims = claims_of(stand_ins, stand_ins.control("POST", "/clerk/tokens", order)["token"])
    assert "azp" not in claims
    assert claims["sts"] == "pending"
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_forged_algorithms_are_made_and_do_not_verify(stand_ins: StandIns, algorithm: str) -> None:
    order = {"user_id": "user_x", "header": {"alg": algorithm}}
    token = stand_ins.control("POST", "/clerk/tokens", order)["token"]
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    with pytest.raises(jwt.InvalidAlgorithmError):
        claims_of(stand_ins, token)


@pytest.mark.parametrize("same_kid", [True, False])
def test_a_rotation_ends_the_old_tokens(stand_ins: StandIns, *, same_kid: bool) -> None:
    token = make_user(stand_ins)["session_token"]
    before = jwt.get_unverified_header(token)["kid"]
    rotated = stand_ins.control("POST", "/clerk/rotate-keys", {"same_kid": same_kid})
    assert (rotated["kid"] == before) is same_kid
    with pytest.raises((jwt.InvalidSignatureError, jwt.PyJWKClientError)):
        claims_of(stand_ins, token)


def test_tokens_follow_the_moved_clock(stand_ins: StandIns) -> None:
    stand_ins.control("POST", "/clock", {"offset_seconds": 86_400})
    with pytest.raises(jwt.ImmatureSignatureError):
        claims_of(stand_ins, make_user(stand_ins)["session_token"])


def test_a_new_user_is_announced_by_a_signed_webhook(
    stand_ins: StandIns, receiver: Receiver
) -> None:
    made = make_user(stand_ins)
    (webhook,) = receiver.of_type("user.created")
    assert webhook.path == "/api/webhooks/clerk"
    verifier = SvixWebhook(stand_ins.secret("clerk-webhook-secret"))
    verifier.verify(webhook.body, webhook.headers)
    event = webhook.json
    assert event["data"]["id"] == made["user_id"]
    assert event["data"]["email_addresses"][0]["email_address"] == "ada@artist-mail.dev"


def test_a_tiktok_user_has_no_address_and_is_found_by_the_provider(stand_ins: StandIns) -> None:
    made = make_user(stand_ins, email=None, provider="oauth_tiktok", provider_user_id="tik-1")
    query = "/users?provider=oauth_tiktok&provider_user_id=tik-1"
    (user,) = bapi(stand_ins, "GET", query).json()
    assert user["id"] == made["user_id"]
    assert user["email_addresses"] == []
    assert user["primary_email_address_id"] is None


def test_a_deleted_user_is_gone_and_announced(stand_ins: StandIns, receiver: Receiver) -> None:
    path = f"/users/{make_user(stand_ins)['user_id']}"
    assert bapi(stand_ins, "GET", path).status_code == 200
    assert bapi(stand_ins, "DELETE", path).json()["deleted"] is True
    again = bapi(stand_ins, "DELETE", path)
    assert again.status_code == 404
    assert again.json()["errors"][0]["code"] == "resource_not_found"
    receiver.of_type("user.deleted")


def test_a_revoked_session_gives_no_more_tokens(stand_ins: StandIns) -> None:
    made = make_user(stand_ins)
    (session,) = bapi(stand_ins, "GET", f"/sessions?user_id={made['user_id']}").json()
    assert bapi(stand_ins, "POST", f"/sessions/{session['id']}/tokens").json()["jwt"]
    revoked = bapi(stand_ins, "POST", f"/sessions/{session['id']}/revoke").json()
    assert revoked["status"] == "revoked"
    assert bapi(stand_ins, "POST", f"/sessions/{session['id']}/tokens").status_code == 404


def test_the_backend_api_wants_its_key(stand_ins: StandIns) -> None:
    url = f"{stand_ins.url}/clerk/v1/users"
    assert requests.get(url, timeout=10).status_code == 401
    wrong = requests.get(url, headers={"Authorization": "Bearer sk_test_no"}, timeout=10)
    assert wrong.json()["errors"][0]["code"] == "clerk_key_invalid"


def test_webhooks_can_be_repeated_forged_and_old(stand_ins: StandIns, receiver: Receiver) -> None:
    event = {"type": "user.updated", "data": {"id": "user_x"}}
    stand_ins.control("POST", "/clerk/events", event | {"repeat": 2})
    first, second = receiver.of_type("user.updated", count=2)
    assert first.headers["svix-id"] == second.headers["svix-id"]
    verifier = SvixWebhook(stand_ins.secret("clerk-webhook-secret"))
    for spoiled in ({"forged": True}, {"timestamp_offset": -600}):
        receiver.received.clear()
        stand_ins.control("POST", "/clerk/events", event | spoiled)
        (webhook,) = receiver.of_type("user.updated")
        with pytest.raises(Exception, match=r"(?i)signature|timestamp"):
            verifier.verify(webhook.body, webhook.headers)


def test_a_refused_webhook_comes_again_with_the_same_id_when_it_is_time(
    stand_ins: StandIns, receiver: Receiver
) -> None:
    receiver.statuses[:] = [500, 503]
    event = {"type": "user.updated", "data": {"id": "user_again"}}
    sent = stand_ins.control("POST", "/clerk/events", event)["svix_id"]
    receiver.wait_for(lambda webhook: webhook.headers["svix-id"] == sent)
    stand_ins.control("POST", "/clock", {"offset_seconds": 10})
    receiver.wait_for(lambda webhook: webhook.headers["svix-id"] == sent, count=2)
    waiting = stand_ins.control("GET", "/webhooks")["items"]
    while not any(item["id"] == sent and item["attempts"] == 2 for item in waiting):
        waiting = stand_ins.control("GET", "/webhooks")["items"]
    assert stand_ins.control("GET", "/pending") == {"webhooks": 0}, "the next is five minutes off"
    stand_ins.control("POST", "/clock", {"offset_seconds": 400})
    receiver.wait_for(lambda webhook: webhook.headers["svix-id"] == sent, count=3)
