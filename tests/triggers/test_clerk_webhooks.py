"""Clerk is the source of truth: its events in any order, and the comparison for what got lost."""

import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.demo.client import Answer
from tests.world import Artist, World

pytestmark = pytest.mark.stack


def deliver(
    world: World, kind: str, data: dict[str, Any], *, delivery: str, offset: int = 0
) -> Answer:
    """Deliver an event as Svix does, at once and under a delivery's id of our choice."""
    secret = world.control("GET", "/keyvault/secrets/clerk-webhook-secret")["value"]
    body = json.dumps({"object": "event", "type": kind, "data": data}).encode()
    stamp = str(int(time.time()) + offset)
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    digest = hmac.digest(key, f"{delivery}.{stamp}.".encode() + body, "sha256")
    headers = {
        "Content-Type": "application/json",
        "svix-id": delivery,
        "svix-timestamp": stamp,
        "svix-signature": "v1," + base64.b64encode(digest).decode(),
    }
    return world.call("POST", "/api/webhooks/clerk", body, headers)


def user(artist: Artist, *, email: str, updated_at: int) -> dict[str, Any]:
    return {
        "id": artist.user_id,
        "primary_email_address_id": "idn_1",
        "email_addresses": [
            {"id": "idn_1", "email_address": email, "verification": {"status": "verified"}}
        ],
        "external_accounts": [{"provider": "oauth_apple", "provider_user_id": "a1"}],
        "first_name": "Secret",
        "password_digest": "Secret",
        "updated_at": updated_at,
    }


def soon() -> int:
    return int(time.time() * 1000) + 60_000


def test_a_new_address_arrives_and_the_old_one_is_gone(world: World) -> None:
    artist = world.artist()
    changed = user(artist, email="new@artist-mail.dev", updated_at=soon())
    assert deliver(world, "user.updated", changed, delivery=f"msg_1{artist.slug}").status == 200
    me = artist.get("/api/me")
    assert me["email"] == me["reply_to"] == "new@artist-mail.dev"
    assert me["sign_in"] == {"provider": "apple", "provider_user_id": "a1"}
    assert artist.email not in me.text
    assert "Secret" not in me.text


def test_an_older_update_that_comes_late_changes_nothing(world: World) -> None:
    artist = world.artist()
    newest = soon()
    for number, (email, at) in enumerate([("b@x.dev", newest), ("a@x.dev", newest - 1)]):
        data = user(artist, email=email, updated_at=at)
        late = deliver(world, "user.updated", data, delivery=f"msg_{number}{artist.slug}")
        assert late.status == 200
    assert artist.get("/api/me")["email"] == "b@x.dev"


def test_the_same_delivery_again_changes_nothing(world: World) -> None:
    artist = world.artist()
    data = user(artist, email="a@x.dev", updated_at=soon())
    assert deliver(world, "user.updated", data, delivery=f"msg_r{artist.slug}").status == 200
    again = deliver(world, "user.updated", data, delivery=f"msg_r{artist.slug}")
    assert (again.status, again["outcome"]) == (200, "repeated")


def test_a_deletion_at_clerk_ends_sessions_and_starts_the_purge(world: World) -> None:
    artist = world.artist()
    gone = {"object": "user", "id": artist.user_id, "deleted": True}
    assert deliver(world, "user.deleted", gone, delivery=f"msg_d{artist.slug}").status == 200
    assert artist.get("/api/me").status == 401
    assert artist.post("/api/me/restore").status == 401
    late = user(artist, email="late@x.dev", updated_at=soon())
    revived = deliver(world, "user.updated", late, delivery=f"msg_e{artist.slug}")
    assert (revived.status, revived["outcome"]) == (200, "deleted_before")


def test_a_deletion_of_somebody_unknown_still_ends_the_session(world: World) -> None:
    visitor = world.visitor()
    gone = {"object": "user", "id": visitor.user_id, "deleted": True}
    assert deliver(world, "user.deleted", gone, delivery=f"msg_u{visitor.slug}").status == 200
    body = {
        "artist_name": "A",
        "slug": visitor.slug,
        "time_zone": "UTC",
        "birth_date": "1990-01-01",
    }
    assert visitor.call("PUT", "/api/me", body).status == 401
    assert visitor.get("/api/me").status == 401


@pytest.mark.parametrize("kind", ["session.created", "email.created", "user.renamed", ""])
def test_what_is_of_no_concern_is_200(world: World, kind: str) -> None:
    answer = deliver(world, kind, {"id": "x"}, delivery=f"msg_{time.time_ns()}")
    assert (answer.status, answer["outcome"]) == (200, "ignored")


@pytest.mark.parametrize("data", [{}, {"id": 7}, {"id": "a/b"}, {"id": None}])
def test_an_event_about_nobody_is_200(world: World, data: dict[str, Any]) -> None:
    for kind in ("user.updated", "user.deleted"):
        answer = deliver(world, kind, data, delivery=f"msg_{time.time_ns()}")
        assert (answer.status, answer["outcome"]) == (200, "ignored")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_six_minutes_off_is_400(world: World, minutes: int) -> None:
    answer = deliver(world, "user.created", {}, delivery="msg_o", offset=minutes * 60)
    assert (answer.status, answer["code"]) == (400, "invalid_signature")


def test_the_comparison_takes_over_what_a_webhook_missed(world: World) -> None:
    artist = world.artist()
    world.control("POST", "/config", {"clerk_webhooks": False})
    try:
        changed = {"email": f"moved-{artist.slug}@artist-mail.dev"}
        answer = world.control("PATCH", f"/clerk/users/{artist.user_id}", changed)
        assert answer.status == 200, answer.text
        world.timer("clerk_reconciliation")
        assert artist.get("/api/me")["email"] == changed["email"]
        assert world.control("DELETE", f"/clerk/users/{artist.user_id}").status in {200, 204}
        world.timer("clerk_reconciliation")
        assert artist.get("/api/me").status == 401
    finally:
        world.control("DELETE", "/config")


def test_what_is_remembered_of_a_deletion_ends(world: World) -> None:
    visitor = world.visitor()
    gone = {"object": "user", "id": visitor.user_id, "deleted": True}
    deliver(world, "user.deleted", gone, delivery=f"msg_w{visitor.slug}")
    world.at(datetime.now(UTC) + timedelta(days=8))
    visitor.token = world.token(visitor.user_id)
    assert visitor.get("/api/me").status == 404
