"""People's rights, from outside: exports, requests, erasure with its proof, the policy."""

import base64
import hashlib
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from local.demo.client import Answer, send
from shared.edge.openapi import examples
from shared.platform.clock import instant
from tests.stored import Stored
from tests.world import Artist, World

pytestmark = pytest.mark.stack

GRACE = timedelta(days=7)


def exported(world: World, artist: Artist) -> Answer:
    asked = artist.post("/api/me/exports")
    assert asked.status == 202, asked.text
    assert (asked["state"], asked["url"]) == ("requested", None)
    world.idle()
    return artist.get(f"/api/me/exports/{asked['id']}")


def message(members: dict[str, str]) -> str:
    return json.dumps(members)


def link_in(world: World, address: str) -> str:
    mail = world.mails(address)[0]
    found = re.search(r"https?://[^\s\"'<>/]+(/r/[^\s\"'<>)]+)", mail.text)
    assert found, mail.text
    return found.group(1)


def asked_for(world: World, kind: str, address: str) -> str:
    taken = world.call("POST", "/api/privacy/requests", {"kind": kind, "email": address})
    assert taken.status == 202, taken.text
    world.idle()
    return link_in(world, address)


def stands_anywhere(world: World, needle: str) -> list[str]:
    stored = Stored(world.account)
    rows = [
        f"{table}/{row['PartitionKey']}/{row['RowKey']}"
        for table, found in stored.tables().items()
        for row in found
        if needle in json.dumps(row, default=str)
    ]
    blobs = [
        name for name, content in stored.blobs() if needle in name or needle.encode() in content
    ]
    return rows + blobs + [queue for queue, text in stored.messages() if needle in text]


def test_an_export_holds_everything_and_proves_that_it_is_whole(world: World) -> None:
    artist = world.artist("Exporter")
    artist.release(title="A Title To Find", notes="A note to find")
    world.fan(artist, "stays@fan-mail.dev")
    leaver = world.fan(artist, "leaves@fan-mail.dev")
    world.form(leaver.link("unsubscribe"), "List-Unsubscribe=One-Click")
    ready = exported(world, artist)
    assert ready["state"] == "ready"
    assert "Your export is ready" in [mail.subject for mail in world.mails(artist.email)]
    redirected = world.call("GET", ready["url"])
    assert redirected.status == 302
    file = send("GET", redirected.headers["Location"])
    with zipfile.ZipFile(io.BytesIO(file.body)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert "A note to find" in content["data/Releases.json"].decode()
    assert artist.email in content["data/Artists.json"].decode()
    assert "export_requested" in content["data/Audit.json"].decode()
    fans = content["fans/fans.csv"].decode("utf-8-sig")
    assert "stays@fan-mail.dev,subscribed" in fans
    assert "leaves@fan-mail.dev,unsubscribed" in fans
    consents = content["data/Fans.json"].decode()
    assert "notice_version" in consents
    assert "history" in consents
    assert "Exporter" in content["index.html"].decode()
    manifest = json.loads(content["manifest.json"])
    listed = {item["name"]: item["sha256"] for item in manifest["files"]}
    for name, held in content.items():
        if not name.startswith("manifest."):
            assert listed[name] == hashlib.sha256(held).hexdigest()
    key = world.call("GET", "/api/policy")["manifest_signing_key"]
    assert key["key_id"] == manifest["key_id"]
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
    public.verify(base64.b64decode(content["manifest.sig"]), content["manifest.json"])


def test_an_export_is_its_artists_and_ends_after_a_week(world: World) -> None:
    artist, other = world.artist(), world.artist()
    ready = exported(world, artist)
    assert other.get(f"/api/me/exports/{ready['id']}").status == 404
    world.at(datetime.now(UTC) + timedelta(hours=25))
    assert world.call("GET", ready["url"]).status == 404
    world.at(datetime.now(UTC) + timedelta(days=7, minutes=1))
    artist.sign_in_again()
    assert artist.get(f"/api/me/exports/{ready['id']}").status == 404
    world.timer("retention")
    left = [name for name, _ in Stored(world.account).blobs() if ready["id"] in name]
    assert left == []


def test_exporting_needs_a_recent_sign_in_and_works_in_the_grace(world: World) -> None:
    artist = world.artist()
    artist.call("DELETE", "/api/me")
    assert exported(world, artist)["state"] == "ready"
    artist.token = world.token(artist.user_id, fva=[30, -1])
    assert artist.post("/api/me/exports")["code"] == "reauthentication_required"


def test_a_subject_sees_what_is_held_after_proving_the_mailbox(world: World) -> None:
    artist, address = world.artist("Held By"), "subject@fan-mail.dev"
    world.fan(artist, address)
    link = asked_for(world, "access", address)
    before = world.call("GET", link)
    assert before.status == 200
    assert address not in before.text
    answered = world.form(link)
    assert answered.status == 200
    assert address in answered.text
    assert "Held By" in answered.text
    report = world.call("GET", f"{link}/data.json")
    assert report["items"][0]["fields"]["email"] == address
    world.idle()
    assert "answered" in world.mails(address)[0].subject


def test_an_access_report_tells_of_a_sign_up_that_waits(world: World) -> None:
    artist, address = world.artist("Waited For"), "waiting@fan-mail.dev"
    mail = world.fan(artist, address)
    world.form(mail.link("data").replace("/data", "/erase"))
    world.idle()
    assert world.sign_up(artist, address, source="after-all").status == 202
    world.idle()
    link = asked_for(world, "access", address)
    answered = world.form(link)
    assert "after-all" in answered.text
    (held,) = world.call("GET", f"{link}/data.json")["items"]
    assert held["fields"]["waiting_email"] == address
    assert "email" not in held["fields"]


def test_a_request_to_delete_erases_at_every_artist(world: World) -> None:
    first, second = world.artist(), world.artist()
    address = "everywhere@fan-mail.dev"
    for artist in (first, second):
        world.fan(artist, address)
    link = asked_for(world, "delete", address)
    assert address in first.fans()
    assert world.form(link).status == 200
    world.idle()
    assert address not in first.fans()
    assert address not in second.fans()
    assert world.form(link).status == 200


def test_an_objection_unsubscribes_everywhere(world: World) -> None:
    artist, address = world.artist(), "objects@fan-mail.dev"
    world.fan(artist, address)
    world.form(asked_for(world, "object", address))
    assert artist.fans()[address] == "unsubscribed"


def test_a_mailbox_gets_three_request_mails_a_day_and_everybody_the_same_answer(
    world: World,
) -> None:
    address = "bombed@fan-mail.dev"
    for _ in range(5):
        taken = world.call("POST", "/api/privacy/requests", {"kind": "access", "email": address})
        assert taken.status == 202
        assert set(taken.json) >= {"id", "kind", "state", "received_at", "due_at"}
    world.idle()
    assert len(world.mails(address)) == 3


def test_the_register_shows_what_is_due_and_operators_answer(world: World) -> None:
    address = "register@fan-mail.dev"
    taken = world.call("POST", "/api/privacy/requests", {"kind": "access", "email": address})
    listed = world.operator("GET", "/api/ops/privacy-requests?limit=200")["items"]
    own = next(item for item in listed if item["id"] == taken["id"])
    assert own["state"] == "received"
    dues = [item["due_at"] for item in listed]
    assert dues == sorted(dues)
    path = f"/api/ops/privacy-requests/{taken['id']}"
    refused = world.operator("POST", f"{path}/resolve", examples.written()["RequestResolution"])
    assert refused["code"] == "invalid_state"
    longer = world.operator("POST", f"{path}/extend", examples.written()["RequestExtension"])
    assert longer["due_at"] > taken["due_at"]
    assert world.operator("POST", f"{path}/extend", {"days": 30}).status == 409


def test_an_erased_account_is_nowhere_and_there_is_proof(world: World) -> None:
    artist = world.artist("Vanishing Act")
    artist.release(title="Gone Tomorrow")
    world.fan(artist, "vanishing-fan@fan-mail.dev")
    exported(world, artist)
    closed = artist.call("DELETE", "/api/me")
    world.at(datetime.now(UTC) + GRACE + timedelta(minutes=2))
    world.timer("dispatch")
    for _ in range(3):
        # Deliveries too many, at the same time: nothing is counted twice or left out.
        Stored(world.account).send("erasures", message({"erasure_id": closed["erasure_id"]}))
    world.idle()
    path = f"/api/ops/erasures/{closed['erasure_id']}"
    swept = world.operator("GET", path)
    assert (swept["state"], swept["certificate"]) == ("swept", None)
    assert not [place for place in stands_anywhere(world, "vanishing-fan") if "Fans" in place]
    world.at(datetime.now(UTC) + GRACE + timedelta(minutes=75))
    world.timer("dispatch")
    world.idle()
    proof = world.operator("GET", path)
    assert proof["state"] == "finished"
    assert proof["class"] == "standard"
    assert proof["certificate"]["hash"]
    counts = {item["store"]: item for item in proof["stores"]}
    assert counts["fans"]["deleted"] > 0
    assert counts["account"]["deleted"] > 0
    assert all(item["residue"] == 0 for item in proof["stores"])
    world.idle()
    assert "has been deleted" in world.mails(artist.email)[0].subject
    for needle in (artist.id, artist.email, artist.user_id, artist.slug, "Gone Tomorrow"):
        assert stands_anywhere(world, needle) == [], needle


def test_a_childs_account_goes_at_once_and_a_dry_run_only_counts(world: World) -> None:
    child = world.artist("Too Young")
    report = {"clerk_user_id": child.user_id, "reason": "a parent wrote"}
    counted = world.operator("POST", "/api/ops/minors", report)
    assert (counted["dry_run"], counted["accounts"]) == (True, 1)
    assert child.get("/api/me").status == 200
    done = world.operator("POST", "/api/ops/minors", {**report, "confirm": True})
    world.idle()
    erasure = world.operator("GET", f"/api/ops/erasures/{done['erasure_id']}")
    assert (erasure["class"], erasure["state"]) == ("immediate", "swept")
    assert child.get("/api/me").status == 401
    left = stands_anywhere(world, child.email)
    assert left == []


def test_a_child_on_fan_lists_is_erased_and_certified(world: World) -> None:
    artist, address = world.artist(), "child-fan@fan-mail.dev"
    world.fan(artist, address)
    report = {"email": address, "reason": "a parent wrote", "confirm": True}
    done = world.operator("POST", "/api/ops/minors", report)
    assert done["fan_lists"] == 1
    assert address not in artist.fans()
    proof = world.operator("GET", f"/api/ops/erasures/{done['erasure_id']}")
    assert proof["state"] == "finished"


def test_the_policy_stands_on_its_page_with_the_sub_processors(world: World) -> None:
    page = world.call("GET", "/privacy")
    assert page.status == 200
    for words in ("Children&#39;s Privacy", "Resend", "OpenAI", "Clerk", "Microsoft Azure"):
        assert words in page.text or words.replace("&#39;", "'") in page.text, words
    assert world.call("GET", "/privacy/2026-03-29").status == 200
    assert world.call("GET", "/privacy/1999-01-01").status == 404
    form = world.form("/privacy", "kind=access&email=lost%40fan-mail.dev")
    assert form.status == 200
    world.idle()
    assert link_in(world, "lost@fan-mail.dev")


def test_a_material_change_is_told_to_every_artist_before_it_holds(world: World) -> None:
    artist = world.artist()
    version = f"v-{artist.slug}"
    body = {
        "version": version,
        "effective_at": instant(datetime.now(UTC) + timedelta(days=13)),
        "material": True,
        "summary": "We add maps.",
        "body_markdown": "# New\n\nWe add <b>maps</b>.",
    }
    assert world.operator("POST", "/api/ops/policies", body)["code"] == "notice_too_short"
    body["effective_at"] = instant(datetime.now(UTC) + timedelta(days=15))
    token = {"Authorization": f"Bearer {world.operator_token()}", "Idempotency-Key": "once"}
    published, again = (world.call("POST", "/api/ops/policies", body, token) for _ in range(2))
    assert (again.status, again.json) == (201, published.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert published.status == 201, published.text
    assert world.operator("POST", "/api/ops/policies", body)["code"] == "version_taken"
    world.timer("policy_notices")
    world.idle()
    banners = artist.get("/api/me/banners")["items"]
    assert any(item["kind"] == "policy_change" for item in banners)
    told = [mail for mail in world.mails(artist.email) if "policy changes" in mail.subject]
    assert len(told) == 1
    page = world.call("GET", f"/privacy/{version}")
    assert "<b>maps</b>" not in page.text
    assert world.call("GET", "/api/policy")["version"] == "2026-03-29"
    world.at(datetime.now(UTC) + timedelta(days=15, minutes=1))
    assert world.call("GET", "/api/policy")["version"] == version
