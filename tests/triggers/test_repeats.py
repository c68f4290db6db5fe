"""After a 503 the same request with the same key gets the first result; nothing is made twice."""

from collections.abc import Mapping

import pytest

from tests.world import Artist, World

KEY = {"Idempotency-Key": "once"}


def fails(world: World, service: str, *, after_accept: bool = False, **where: object) -> None:
    world.faults(service=service, status=503, after_accept=after_accept, **where)


def repeated(world: World, artist: Artist, path: str, body: Mapping[str, object]) -> str:
    """Repeat until storage is back, as a client does; return the id that is answered."""
    broken = artist.post(path, body, KEY)
    assert broken.status == 503, broken.text
    assert int(str(broken.headers["Retry-After"])) > 0
    world.control("DELETE", "/faults")
    answered = artist.post(path, body, KEY)
    assert answered.status in {201, 202}, answered.text
    assert artist.post(path, body, KEY)["id"] == answered["id"]
    return str(answered["id"])


@pytest.mark.parametrize("after_accept", [False, True])
def test_a_release_is_made_once(world: World, *, after_accept: bool) -> None:
    artist = world.artist()
    fails(world, "tables", after_accept=after_accept, path="Releases")
    body = {"title": "Once", "kind": "single", "genre": "folk"}
    made = repeated(world, artist, "/api/releases", body)
    assert [item["id"] for item in artist.get("/api/releases")["items"]] == [made]


def test_a_plan_is_asked_for_once(world: World) -> None:
    artist = world.artist()
    release = artist.release()["id"]
    fails(world, "queues", path="plan-requests")
    plan = repeated(world, artist, f"/api/releases/{release}/plans", {"hours_per_week": 5})
    assert [item["id"] for item in artist.get(f"/api/releases/{release}/plans")["items"]] == [plan]


def test_a_blast_that_is_scheduled_is_sent_though_its_message_failed(world: World) -> None:
    artist = world.artist()
    world.fan(artist, f"repeat-{artist.slug}@fan-mail.dev")
    draft = artist.post("/api/blasts", {"subject": "s", "body_markdown": "b"})["id"]
    fails(world, "queues", path="blast-starts")
    path, body = f"/api/blasts/{draft}/send", {"expected_recipients": 1}
    assert artist.post(path, body, KEY).status == 202
    world.control("DELETE", "/faults")
    assert artist.post(path, body, KEY).status == 202
    assert artist.post(path, body)["code"] == "invalid_state"
