"""What operators see and do, from outside."""

import csv
import io
import json

import pytest

from local.demo.client import Answer, send
from shared.edge.openapi import examples
from tests.stored import Stored
from tests.world import World

pytestmark = pytest.mark.stack


def test_the_deep_look_names_every_dependency_and_always_ends(world: World) -> None:
    looked = world.operator("GET", "/api/ops/health")
    assert looked.status == 200
    names = {item["name"] for item in looked["items"]}
    assert names == {
        "tables",
        "queues",
        "poison",
        "key_vault",
        "senders",
        "geoip",
        "confirmations",
    }
    world.faults(service="resend", status=500, times=50, delay_seconds=20)
    away = world.operator("GET", "/api/ops/health")
    states = {item["name"]: item["state"] for item in away["items"]}
    assert states["senders"] in {"timed_out", "failed"}
    assert states["tables"] == "ok"


@pytest.mark.parametrize("kind", ["open_tracking", "click_tracking"])
def test_a_domain_that_tracks_what_people_open_or_click_is_not_well(
    world: World, kind: str
) -> None:
    domain = _resend(world, "GET", "/domains")["data"][0]
    _resend(world, "PATCH", f"/domains/{domain['id']}", {kind: True})
    try:
        assert _senders(world) == ("degraded", [domain["name"]])
    finally:
        _resend(world, "PATCH", f"/domains/{domain['id']}", {kind: False})
    assert _senders(world) == ("ok", [])


def _senders(world: World) -> tuple[str, list[str]]:
    items = world.operator("GET", "/api/ops/health")["items"]
    (found,) = [item for item in items if item["name"] == "senders"]
    return found["state"], found["facts"]["tracking"]


def _resend(world: World, method: str, path: str, body: object = None) -> Answer:
    key = world.control("GET", "/keyvault/secrets/resend-api-key")["value"]
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "an operator"}
    answer = send(method, f"{world.standins}/resend{path}", body, headers)
    assert answer.status == 200, answer.text
    return answer


def test_an_artist_sees_nothing_of_it(world: World) -> None:
    artist = world.artist()
    for path in ("health", "poison", "data-map", "erasures", "privacy-requests"):
        assert artist.get(f"/api/ops/{path}").status == 403
        assert world.call("GET", f"/api/ops/{path}").status == 401


def test_a_message_that_failed_is_shown_with_its_cause_replayed_and_dropped(world: World) -> None:
    artist = world.artist()
    for number in range(2):
        body = {"export_id": f"none-{number}", "artist_id": artist.id}
        Stored(world.account).send("exports-poison", json.dumps(body))
    world.until(lambda: len(own(world, artist.id)) == 2, "both messages in the table")
    first, second = own(world, artist.id)
    assert first["queue"] == "exports"
    assert first["cause"]
    why = examples.written()["PoisonDiscard"]
    dropped = world.operator("POST", f"/api/ops/poison/{first['id']}/discard", why)
    assert dropped.status == 200
    assert world.operator("POST", f"/api/ops/poison/{second['id']}/replay").status == 200
    assert world.operator("POST", f"/api/ops/poison/{first['id']}/replay").status == 404
    trail = [item["what"] for item in artist.get("/api/me/activity")["items"]]
    assert {"message_discarded", "message_replayed"} <= set(trail)


def test_the_record_of_processing_is_there_as_json_and_csv(world: World) -> None:
    record = world.operator("GET", "/api/ops/data-map")
    items = {(item["store"], item["field"]): item for item in record["items"]}
    assert items["Fans", "email"]["basis"] == ["consent"]
    table = world.operator("GET", "/api/ops/data-map?format=csv")
    lines = list(csv.DictReader(io.StringIO(table.body.decode("utf-8-sig"))))
    assert len(lines) == len(record["items"])


def own(world: World, artist_id: str) -> list[dict[str, str]]:
    items = world.operator("GET", "/api/ops/poison")["items"]
    return [item for item in items if item["message"].get("artist_id") == artist_id]
