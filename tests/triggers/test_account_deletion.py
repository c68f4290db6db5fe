"""An artist leaves, with a way back until the purge begins."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.platform.clock import parse_instant
from tests.world import World

pytestmark = pytest.mark.stack


def test_a_deletion_closes_at_once_and_says_when_everything_is_gone(world: World) -> None:
    artist = world.artist()
    closed = artist.call("DELETE", "/api/me")
    assert closed.status == 202
    grace = parse_instant(closed["purge_deadline"]) - parse_instant(closed["purge_after"])
    assert grace == timedelta(days=30 - 7)
    again = artist.call("DELETE", "/api/me")
    assert again.json == closed.json
    assert artist.get("/api/me")["deletion"] == closed.json
    for method, path in (("GET", "/api/me/banners"), ("PATCH", "/api/me"), ("PUT", "/api/me")):
        body: dict[str, str] | None = None if method == "GET" else {}
        refused = artist.call(method, path, body)
        assert refused.status in {403, 422}, path
    world.idle()
    mails = [mail for mail in world.mails(artist.email) if "deleted" in mail.subject]
    assert len(mails) == 1
    assert closed["erasure_id"] in mails[0].text


def test_a_deletion_needs_a_recent_sign_in(world: World) -> None:
    artist = world.artist()
    artist.token = world.token(artist.user_id, fva=[30, -1])
    for method, path in (("DELETE", "/api/me"), ("POST", "/api/me/restore")):
        assert artist.call(method, path)["code"] == "reauthentication_required"
    assert artist.get("/api/me")["deletion"] is None


def test_other_sessions_end_and_this_one_stays(world: World) -> None:
    artist = world.artist()
    secret = world.control("GET", "/keyvault/secrets/clerk-secret-key")["value"]
    key = {"Authorization": f"Bearer {secret}"}
    clerk = f"{world.standins}/clerk/v1"
    other = world.call("POST", f"{clerk}/sessions", {"user_id": artist.user_id}, key)
    artist.call("DELETE", "/api/me")
    assert world.call("GET", f"{clerk}/sessions/{other['id']}", None, key)["status"] == "revoked"
    active = world.call("GET", f"{clerk}/sessions?user_id={artist.user_id}", None, key).json
    assert [session["status"] for session in active].count("active") == 1


def test_clerk_away_does_not_keep_an_account_open(world: World) -> None:
    artist = world.artist()
    world.faults(service="clerk", status=500, times=5, path="/v1/sessions")
    assert artist.call("DELETE", "/api/me").status == 202
    assert artist.get("/api/me/banners")["code"] == "account_closing"


def test_a_restore_opens_everything_again(world: World) -> None:
    artist = world.artist()
    artist.call("DELETE", "/api/me")
    assert artist.post("/api/me/restore").status == 202
    assert artist.post("/api/me/restore").status == 202
    assert artist.get("/api/me")["deletion"] is None
    assert artist.get("/api/me/banners").status == 200
    trail = [entry["what"] for entry in artist.get("/api/me/activity")["items"]]
    assert trail == ["deletion_undone", "account_closed", "account_opened"]
    second = artist.call("DELETE", "/api/me")
    assert second.status == 202
    assert artist.get("/api/me")["deletion"]["erasure_id"] == second["erasure_id"]


def test_if_match_names_the_version_that_is_deleted(world: World) -> None:
    artist = world.artist()
    etag = artist.get("/api/me").headers["ETag"]
    artist.call("PATCH", "/api/me", {"bio": "x"})
    assert artist.call("DELETE", "/api/me", None, {"If-Match": etag}).status == 412
    etag = artist.get("/api/me").headers["ETag"]
    assert artist.call("DELETE", "/api/me", None, {"If-Match": etag}).status == 202


def test_a_child_with_an_account_is_closed_at_once(world: World) -> None:
    artist = world.artist()
    born = (datetime.now(UTC) - timedelta(days=3000)).date().isoformat()
    body = {"artist_name": "A", "slug": artist.slug, "time_zone": "UTC", "birth_date": born}
    assert artist.call("PUT", "/api/me", body)["code"] == "not_eligible"
    assert artist.get("/api/me").status in {401, 404} or artist.get("/api/me")["deletion"]
