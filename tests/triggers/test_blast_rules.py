"""What time and account do to a blast: closing in the middle, and a ledger's ninety days."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import crowds
from tests.stored import Stored
from tests.triggers.test_blasts import blast_mails, draft, report, send, sent, state
from tests.world import Artist, World


@pytest.fixture
def artist(world: World) -> Artist:
    return world.artist()


def _crowd(world: World, artist: Artist, fans: int) -> list[str]:
    addresses = [f"fan-{number}@{artist.slug}.dev" for number in range(fans)]
    crowds.gather(world, artist, addresses)
    return addresses


def test_closing_the_account_stops_a_blast_that_is_going_out(world: World, artist: Artist) -> None:
    fans = _crowd(world, artist, 5)
    blast = draft(artist, subject="Never arrives")
    wait = {"retry-after": "3"}
    world.faults(service="resend", path="/emails/batch", status=429, headers=wait, times=1000)
    assert send(artist, blast, len(fans)).status == 202
    world.until(lambda: report(artist, blast)["chosen"] == len(fans), "the walk")
    assert state(artist, blast) == "sending"
    assert artist.call("DELETE", "/api/me").status == 202
    world.control("DELETE", "/faults")
    assert artist.post("/api/me/restore").status == 202
    world.until(lambda: state(artist, blast) == "paused", "the stop")
    assert report(artist, blast)["pending"] == len(fans)
    assert blast_mails(world, fans, "Never arrives") == [[]] * len(fans)
    assert artist.post(f"/api/blasts/{blast}/resume").status == 200
    world.until(lambda: report(artist, blast)["accepted"] == len(fans), "the last mail")
    assert [len(got) for got in blast_mails(world, fans, "Never arrives")] == [1] * len(fans)


def test_a_blast_under_way_tells_how_many_are_chosen_and_is_not_deleted_by_any_version(
    world: World, artist: Artist
) -> None:
    fans = _crowd(world, artist, 3)
    blast = draft(artist)
    path = f"/api/blasts/{blast}"
    wait = {"retry-after": "3"}
    world.faults(service="resend", path="/emails/batch", status=429, headers=wait, times=1000)
    assert send(artist, blast, len(fans)).status == 202
    world.until(lambda: artist.get(path)["chosen"] == len(fans), "the walk")
    (listed,) = [each for each in artist.get("/api/blasts")["items"] if each["id"] == blast]
    assert (listed["state"], listed["chosen"]) == ("sending", len(fans))
    etag = str(artist.get(path).headers["ETag"])
    assert artist.get(path, **{"If-None-Match": etag}).status == 304
    for method, body in (("DELETE", None), ("PATCH", {"subject": "Another"})):
        for version in (etag, '"another"'):
            refused = artist.call(method, path, body, {"If-Match": version})
            assert (refused.status, refused["code"]) == (409, "invalid_state")
    world.control("DELETE", "/faults")
    world.until(lambda: state(artist, blast) == "sent", "the end")
    etag = str(artist.get(path).headers["ETag"])
    assert artist.call("DELETE", path, None, {"If-Match": '"another"'}).status == 412
    assert artist.call("DELETE", path, None, {"If-Match": etag}).status == 204


def test_after_ninety_days_a_ledger_is_gone_and_its_report_stays(
    world: World, artist: Artist
) -> None:
    fans = _crowd(world, artist, 5)
    blast = draft(artist)
    sent(world, artist, blast, len(fans))
    before = {**report(artist, blast), "as_of": ""}
    began = datetime.now(UTC)
    for days, has_ledger in ((89, True), (92, False)):
        world.at(began + timedelta(days=days))
        world.timer("retention")
        world.idle()
        rows = Stored(world.account).rows("BlastChunks")
        assert any(row["PartitionKey"] == blast for row in rows) is has_ledger
        artist.sign_in_again()
        assert {**report(artist, blast), "as_of": ""} == before
