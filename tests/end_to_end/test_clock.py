"""What time does by itself: each test moves the clock of everything and looks again."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.end_to_end.problems import assert_problem
from tests.stored import Stored
from tests.world import Artist, World

pytestmark = pytest.mark.stack

BERLIN = ZoneInfo("Europe/Berlin")
NOON = time(12)


def in_days(days: int) -> datetime:
    return datetime.combine(datetime.now(UTC).date() + timedelta(days=days), NOON, UTC)


def test_reminders_come_once_a_local_day_when_there_is_something_to_do(world: World) -> None:
    artist = world.artist("Early Riser", time_zone="Europe/Berlin")
    release = artist.release(release_date=in_days(45).date().isoformat())
    plan = artist.plan(release["id"])
    artist.approve(plan)
    first = min(date.fromisoformat(action["due_date"]) for action in plan["actions"])
    first = max(first, (datetime.now(BERLIN) + timedelta(days=1)).date())
    for day in (first, first + timedelta(days=1)):
        before = _reminders(world, artist)
        _at_local(world, day, time(8, 50))
        assert _reminders(world, artist) == before, "before the hour that was asked for"
        _at_local(world, day, time(9, 5))
        assert _reminders(world, artist) == before + 1
        _at_local(world, day, time(18))
        assert _reminders(world, artist) == before + 1, "twice on one day"


def test_a_sign_up_never_confirmed_is_gone_after_thirty_days(world: World) -> None:
    artist = world.artist("Patience")
    world.fan(artist, "stays@fan-mail.dev")
    world.sign_up(artist, "never@fan-mail.dev")
    world.idle()
    _nights_later(world, artist, 29)
    assert artist.fans()["never@fan-mail.dev"] == "pending"
    _nights_later(world, artist, 32)
    assert artist.fans() == {"stays@fan-mail.dev": "subscribed"}
    stats = artist.get("/api/fans/stats")
    assert stats["total"] == 1
    assert not any("never@fan-mail.dev" in str(row) for row in Stored(world.account).rows("Fans"))


def test_performance_older_than_twelve_months_is_gone(world: World) -> None:
    artist = world.artist("Short Memory")
    old, young = (in_days(days).date().isoformat() for days in (-30, -2))
    export = f"date,listeners,streams,followers\r\n{old},84,123,564\r\n{young},90,140,570\r\n"
    imported = artist.call(
        "POST", "/api/performance/imports", export.encode(), {"Content-Type": "text/csv"}
    )
    assert imported["accepted"] == 2
    _nights_later(world, artist, 345)
    kept = [
        row["RowKey"]
        for row in Stored(world.account).rows("Performance")
        if row["PartitionKey"].startswith(artist.id)
    ]
    assert kept
    assert all(key.startswith(young) for key in kept), kept


def test_an_account_whose_grace_is_over_is_purged_with_proof(world: World) -> None:
    artist = world.artist("Gone For Good")
    world.fan(artist, "of-the-gone@fan-mail.dev")
    artist.release(title="Canary Never To Be Seen Again")
    deletion = artist.call("DELETE", "/api/me")
    assert deletion.status == 202
    _nights_later(world, artist, 6)
    assert artist.get("/api/me")["deletion"]["erasure_id"] == deletion["erasure_id"]
    for day in (8, 9):  # The certificate waits for a second look at what is left.
        _nights_later(world, artist, day)
        world.timer("dispatch")
        world.idle()
    assert artist.get("/api/fans").status in {401, 404}
    proof = world.operator("GET", f"/api/ops/erasures/{deletion['erasure_id']}")
    assert proof["finished_at"], proof.text
    assert sum(store["residue"] for store in proof["stores"]) == 0
    assert proof["certificate"]["hash"]
    left = str(Stored(world.account).tables()).encode()
    left += b"".join(body for _, body in Stored(world.account).blobs())
    for trace in ("of-the-gone@fan-mail.dev", "Gone For Good", "Canary Never", artist.email):
        assert trace.encode() not in left, trace
    assert_problem(world.call("GET", f"/api/capture/{artist.slug}"), 404)
    users = world.control("GET", "/clerk/users").json
    assert artist.user_id not in str(users)


def _at_local(world: World, day: date, hour: time) -> None:
    world.at(datetime.combine(day, hour, BERLIN))
    world.timer("daily_reminders")
    world.idle()


def _reminders(world: World, artist: Artist) -> int:
    return sum(mail.kind == "daily_reminder" for mail in world.mails(artist.email))


def _nights_later(world: World, artist: Artist, days: int) -> None:
    world.at(in_days(days))
    world.timer("retention")
    world.idle()
    artist.sign_in_again()
