"""Releases over HTTP, as a front end meets them."""

import pytest

from tests.world import World

pytestmark = pytest.mark.stack


def test_a_release_lives_from_its_creation_to_its_end(world: World) -> None:
    artist = world.artist()
    body = {
        "title": "First Light",
        "kind": "ep",
        "genre": "dream pop",
        "mood_tags": ["calm"],
        "release_date": "2027-03-05",
        "royalty_splits": [
            {"name": "A", "role": "writer", "percent": "33.33"},
            {"name": "B", "role": "producer", "percent": "66.67"},
        ],
    }
    made = artist.post("/api/releases", body)
    assert made.status == 201
    path = made.headers["Location"]
    assert path == f"/api/releases/{made['id']}"
    assert made["state"] == "scheduled"
    assert made["files"] == {"audio": None, "artwork": None}
    read = artist.get(path)
    assert read.json == made.json
    assert {name: read[name] for name in body} == body
    changed = artist.call("PATCH", path, {"notes": "x"}, {"If-Match": read.headers["ETag"]})
    assert changed.status == 200
    stale = artist.call("PATCH", path, {"notes": "y"}, {"If-Match": read.headers["ETag"]})
    assert (stale.status, stale["code"]) == (412, "stale_version")
    live = artist.call("PATCH", path, {"state": "live", "links": ["https://a.example/1"]})
    assert (live["state"], live["links"]) == (
        "live",
        [{"label": "a.example", "url": "https://a.example/1"}],
    )
    back = artist.call("PATCH", path, {"state": "draft"})
    assert (back.status, back["code"]) == (409, "invalid_state")
    assert artist.call("DELETE", path, None, {"If-Match": '"stale"'}).status == 412
    assert artist.call("DELETE", path).status == 204
    assert artist.get(path).status == 404


def test_every_wrong_field_is_named_at_once(world: World) -> None:
    wrong = world.artist().post(
        "/api/releases",
        {
            "title": "",
            "kind": "tape",
            "isrc": "x",
            "royalty_splits": [{"name": "A", "role": "r", "percent": "99.99"}],
            "mine": 1,
        },
    )
    assert wrong.status == 422
    fields = {error["field"] for error in wrong["errors"]}
    assert fields == {"title", "kind", "isrc", "royalty_splits", "mine"}


def test_what_is_not_yours_is_not_there(world: World) -> None:
    path = world.artist().release().headers["Location"]
    stranger = world.artist("Eve")
    nowhere = stranger.get("/api/releases/rel_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    for verb, route in [
        ("GET", path), ("PATCH", path), ("DELETE", path), ("GET", f"{path}/readiness"),
        ("GET", f"{path}/date-dial"), ("GET", f"{path}/files/audio"),
        ("DELETE", f"{path}/files/audio"),
    ]:  # fmt: skip
        answer = stranger.call(verb, route, {"notes": "x"} if verb == "PATCH" else None)
        assert answer.status == 404
        assert {**answer.json, "request_id": ""} == {**nowhere.json, "request_id": ""}


def test_the_list_pages_newest_first_and_a_cursor_is_nobody_else_s(world: World) -> None:
    artist, other = world.artist(), world.artist("Bo")
    ids = [artist.release(title=f"{i}")["id"] for i in range(3)]
    first = artist.get("/api/releases?limit=2")
    assert [one["id"] for one in first["items"]] == ids[:0:-1]
    rest = artist.get(f"/api/releases?limit=2&cursor={first['next_cursor']}")
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == (ids[:1], None)
    assert other.get(f"/api/releases?cursor={first['next_cursor']}").status == 422
    assert artist.get("/api/releases?limit=201").status == 422


def test_one_key_makes_one_release(world: World) -> None:
    artist = world.artist()
    body = {"title": "Once", "kind": "single"}
    key = {"Idempotency-Key": "k1"}
    first, again = (artist.post("/api/releases", body, key) for _ in range(2))
    assert first.json == again.json
    other = artist.post("/api/releases", {**body, "title": "Twice"}, key)
    assert (other.status, other["code"]) == (422, "idempotency_key_reused")
    assert len(artist.get("/api/releases")["items"]) == 1


def test_readiness_and_the_dial_ask_no_ai(world: World) -> None:
    artist = world.artist()
    path = artist.release(release_date="2027-03-05").headers["Location"]
    asked = world.control("GET", "/requests?service=openai")["items"]
    readiness = artist.get(f"{path}/readiness")
    assert readiness["ready"] is False
    assert {"audio", "artwork"} <= {one["field"] for one in readiness["missing"]}
    dial = artist.get(f"{path}/date-dial?from=2027-03-01&to=2027-03-10")
    assert [day["release_date"] for day in dial["dates"]][::9] == ["2027-03-01", "2027-03-10"]
    assert artist.get(f"{path}/date-dial?from=2027-03-10&to=2027-03-01").status == 422
    assert artist.get(f"{path}/date-dial?from=soon").status == 422
    assert world.control("GET", "/requests?service=openai")["items"] == asked
