"""The data map says everything that is stored; the code, the cloud and the page agree with it."""

import re
from pathlib import Path

import orjson
import pytest

from local import demo
from shared.fans.schemas import HeldFan
from shared.platform.storage import names
from shared.privacy import datamap, policy_store
from shared.privacy.datamap import DataMap, Report, Store, StoreKind
from tests.stored import Stored
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
# Where we are who asks: sources with their own responsibility. Only their own keys go there.
SOURCES = {"api.spotify.com", "accounts.spotify.com", "download.maxmind.com"}
SYSTEM = {"PartitionKey", "RowKey", "Timestamp", "etag"}


@pytest.fixture(scope="module")
def declared() -> DataMap:
    return datamap.read()


def places(declared: DataMap, kind: StoreKind) -> dict[str, Store]:
    return {store.place: store for store in declared.of_kind(kind)}


def test_every_table_container_and_queue_is_declared_and_nothing_else(declared: DataMap) -> None:
    assert set(places(declared, StoreKind.TABLE)) == set(names.TABLES)
    assert set(places(declared, StoreKind.BLOB)) == set(names.CONTAINERS)
    assert set(places(declared, StoreKind.QUEUE)) == set(names.QUEUES)


def test_every_personal_field_says_why_how_long_and_for_whom(declared: DataMap) -> None:
    silent = [
        f"{store.name}.{field.name}"
        for store in declared.stores.values()
        for field in store.fields
        if field.is_personal and not (field.purposes and field.retention and field.policy)
    ]
    assert silent == []


def test_nothing_is_logged_and_no_forbidden_category_is_stored(declared: DataMap) -> None:
    import yaml

    raw = yaml.safe_load((ROOT / "datamap.yaml").read_text())
    logs = {
        field.get("logs", "never")
        for store in raw["stores"].values()
        for field in store["fields"].values()
        if field
    }
    assert logs == {"never"}
    stored = {field.category for store in declared.stores.values() for field in store.fields}
    assert not stored & set(declared.never_stored)


def test_queues_hold_no_personal_field(declared: DataMap) -> None:
    personal = [
        f"{store.name}.{field.name}"
        for store in declared.of_kind(StoreKind.QUEUE)
        for field in store.fields
        if field.is_personal
    ]
    assert personal == []


def test_tokens_are_sealed_and_their_words_are_in_no_report(declared: DataMap) -> None:
    credentials = [
        field
        for store in declared.stores.values()
        for field in store.fields
        if field.category == "user.authorization.credentials"
    ]
    assert credentials
    assert all(field.report is not Report.YES for field in credentials)


def test_every_host_that_the_cloud_calls_is_a_processor_or_a_source(declared: DataMap) -> None:
    bicep = (ROOT / "infra" / "main.bicep").read_text()
    called = set(re.findall(r"param \w+ string = 'https://([a-z0-9.-]+)", bicep))
    allowed = {host for one in declared.processors for host in one.hosts} | SOURCES
    assert called
    assert called <= allowed
    processed = {host for one in declared.processors for host in one.hosts}
    assert {"api.clerk.com", "api.resend.com", "api.openai.com"} <= processed


def test_the_csv_of_fans_has_the_fields_that_the_map_says(declared: DataMap) -> None:
    from shared.fans.exporting import COLUMNS

    flagged = {field.name for field in declared.stores["Fans"].fields if field.fan_csv}
    # Both of these follow from what is stored: the row's key, and the country's code.
    assert flagged | {"subscribed_at", "country_name"} == set(COLUMNS)


def test_a_fan_is_shown_every_field_that_the_map_calls_accessible(declared: DataMap) -> None:
    fields = declared.stores["Fans"].fields
    accessible = {field.name for field in fields if field.report is not Report.NO}
    shown = set(HeldFan.model_fields) | {"again"}  # As `sign_up_waiting`.
    assert accessible <= shown


def test_the_policy_that_ships_is_the_policy() -> None:
    published = (ROOT / "docs" / "policy" / "policy.txt").read_text(encoding="utf-8")
    assert policy_store.shipped().body == published
    assert datamap.read().policy_version == policy_store.SHIPPED_VERSION


@pytest.mark.stack
def test_nothing_undeclared_is_stored(world: World, declared: DataMap) -> None:
    assert demo.run(world.app, world.standins)
    live_through_the_rest(world)
    stored = Stored(world.account)
    assert undeclared_fields(stored, places(declared, StoreKind.TABLE)) == []
    containers = places(declared, StoreKind.BLOB)
    for path, _ in stored.blobs():
        container, _, name = path.partition("/")
        assert not containers[container].is_artists or name.startswith("art_"), path
    queues = places(declared, StoreKind.QUEUE)
    for queue, text in stored.messages():
        own = queues[queue.removesuffix("-poison")]
        assert all(own.field(name) for name in orjson.loads(text)), text
    drop_poison(world)


def drop_poison(world: World) -> None:
    """Leave nothing set aside for the files that share this stack."""
    for message in world.operator("GET", "/api/ops/poison")["items"]:
        world.operator("POST", f"/api/ops/poison/{message['id']}/discard", {"reason": "planted"})


def live_through_the_rest(world: World) -> None:
    """Do what the demo leaves out: rights, a child's erasure, a policy, messages given up."""
    artist, leaver = world.artist(), world.artist()
    artist.call("DELETE", f"/api/releases/{artist.release()['id']}")
    artist.post("/api/me/exports")
    artist.post("/api/me/objections", {"processing": "service_improvement"})
    artist.call("PATCH", "/api/me", {"slug": f"{artist.slug}-too", "reply_to": "new@artist.dev"})
    world.sign_up(artist, "mapped@fan-mail.dev")
    request = {"kind": "access", "email": "mapped@fan-mail.dev"}
    world.call("POST", "/api/privacy/requests", request)
    policy = {
        "version": artist.slug,
        "effective_at": "2099-01-01T00:00:00Z",
        "material": True,
        "summary": "In another century.",
        "body_markdown": "Words.",
    }
    world.operator("POST", "/api/ops/policies", policy)
    minor = {"clerk_user_id": leaver.user_id, "reason": "reported", "confirm": True}
    world.operator("POST", "/api/ops/minors", minor)
    body = orjson.dumps({"export_id": "none"}).decode()
    Stored(world.account).send("exports-poison", body)
    world.idle()


def undeclared_fields(stored: Stored, tables: dict[str, Store]) -> list[str]:
    found = {
        f"{table}.{name}"
        for table, rows in stored.tables().items()
        for row in rows
        for name in row
        if name not in SYSTEM and tables[table].field(name) is None
    }
    return sorted(found)
