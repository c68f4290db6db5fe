"""The artist's list: what it shows, counts, exports and deletes."""

import csv
import io
import json
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.stored import Stored
from tests.world import Artist, World

COLUMNS = (
    "email,status,country,country_name,region,city,subscribed_at,confirmed_at,unsubscribed_at,"
    "page_slug,source,release_id,notice_version"
)


def network() -> str:
    drawn = secrets.token_bytes(3)
    return f"198.{18 + drawn[0] % 2}.{drawn[1]}.{drawn[2]}"


@pytest.fixture
def artist(world: World) -> Artist:
    return world.artist("The Quiet Engines")


def joined(world: World, artist: Artist, count: int, **fields: object) -> list[str]:
    """Put fans on a list, one after another; return their addresses, oldest first."""
    fans = [f"fan-{number:03d}-{secrets.token_hex(3)}@fan-mail.dev" for number in range(count)]
    for fan in fans:
        assert world.sign_up(artist, fan, address=network(), **fields).status == 202
    return fans


def listed(artist: Artist, **query: object) -> list[str]:
    """Return the addresses of all pages of a list."""
    found: list[str] = []
    cursor = None
    while True:
        asked = {**query, **({"cursor": cursor} if cursor else {})}
        page = artist.get(f"/api/fans?{urlencode(asked)}")
        assert page.status == 200, page.text
        found += [item["email"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_the_list_is_the_newest_first_and_pages_skip_and_repeat_nobody(
    world: World, artist: Artist
) -> None:
    fans = joined(world, artist, 23)
    assert listed(artist, limit=5) == fans[::-1]
    assert listed(artist, limit=200) == fans[::-1]


def test_a_page_that_has_not_changed_is_not_sent_again(world: World, artist: Artist) -> None:
    joined(world, artist, 3)
    page = artist.get("/api/fans?limit=2")
    known = {"If-None-Match": str(page.headers["ETag"])}
    again = artist.call("GET", "/api/fans?limit=2", None, known)
    assert (again.status, again.body) == (304, b"")
    assert artist.call("GET", "/api/fans?limit=1", None, known).status == 200
    joined(world, artist, 1)
    assert artist.call("GET", "/api/fans?limit=2", None, known).status == 200


def test_filters_hold_together(world: World, artist: Artist) -> None:
    world.sign_up(artist, "london@fan-mail.dev", address="81.2.69.142", source="gig")
    world.sign_up(artist, "sweden@fan-mail.dev", address="89.160.20.112")
    world.fan(artist, "confirmed@fan-mail.dev", address="81.2.69.142")
    assert set(listed(artist, country="GB")) == {"london@fan-mail.dev", "confirmed@fan-mail.dev"}
    assert listed(artist, country="GB", status="pending") == ["london@fan-mail.dev"]
    assert listed(artist, source="gig") == ["london@fan-mail.dev"]
    assert listed(artist, page_slug="somebody-elses") == []
    today = datetime.now(UTC).date()
    assert len(listed(artist, since=today, until=today)) == 3
    assert listed(artist, since=today + timedelta(days=1)) == []
    assert artist.get("/api/fans?status=erased").status == 422
    assert artist.get("/api/fans?since=yesterday").status == 422
    assert artist.get("/api/fans?cursor=forged").status == 422


def test_stats_equal_a_recount_before_and_after_folding(world: World, artist: Artist) -> None:
    fans = joined(world, artist, 12, source="gig")
    mail = world.fan(artist, "in@fan-mail.dev", address="81.2.69.142")
    before = artist.get("/api/fans/stats")
    world.form(mail.link("unsubscribe"))
    world.until(lambda: Stored(world.account).count("fan-folds") == 0, "the folding")
    after = artist.get("/api/fans/stats")
    assert before["total"] == after["total"] == 13
    assert before["by_status"]["subscribed"] == 1
    assert after["by_status"] == {
        "pending": len(fans),
        "subscribed": 0,
        "unsubscribed": 1,
        "bounced": 0,
        "complained": 0,
    }
    assert {s["source"]: s["count"] for s in after["by_source"]} == {"gig": 12, None: 1}
    assert [d["count"] for d in after["by_day"]] == [13]
    for family in ("by_country", "by_region", "by_city", "by_page"):
        assert sum(entry["count"] for entry in after[family]) == 13


def test_the_export_is_whole_and_safe_in_a_spreadsheet(world: World, artist: Artist) -> None:
    world.sign_up(artist, "=1+1@fan-mail.dev", address=network(), source='@gig, "late"')
    world.sign_up(artist, "plain@fan-mail.dev", address="81.2.69.142")
    file = artist.get("/api/fans/export.csv")
    assert file.status == 200
    assert file.body.startswith(b"\xef\xbb\xbf")
    text = file.body.decode("utf-8-sig")
    assert text.split("\r\n")[0] == COLUMNS
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["email"] for row in rows] == ["plain@fan-mail.dev", "'=1+1@fan-mail.dev"]
    assert rows[1]["source"] == '\'@gig, "late"'
    lines = artist.get("/api/fans/export.csv?format=jsonl").body.splitlines()
    assert [json.loads(line)["email"] for line in lines] == [
        "plain@fan-mail.dev",
        "=1+1@fan-mail.dev",
    ]


def test_an_export_needs_a_fresh_sign_in_and_leaves_a_line(world: World, artist: Artist) -> None:
    stale = world.token(artist.user_id, fva=[11, -1])
    refused = world.call("GET", "/api/fans/export.csv", None, {"Authorization": f"Bearer {stale}"})
    assert (refused.status, refused["code"]) == (403, "reauthentication_required")
    assert artist.get("/api/fans/export.csv").status == 200
    assert "fans_exported" in artist.get("/api/me/activity").text


def test_a_deleted_fan_is_really_gone(world: World, artist: Artist) -> None:
    world.fan(artist, "gone@fan-mail.dev")
    fan = artist.get("/api/fans")["items"][0]
    one = artist.get(f"/api/fans/{fan['id']}")
    assert [entry["status"] for entry in one["history"]] == ["pending", "subscribed"]
    stale = artist.call("DELETE", f"/api/fans/{fan['id']}", None, {"If-Match": '"old"'})
    assert stale.status == 412
    etag = {"If-Match": str(one.headers["ETag"])}
    assert artist.call("DELETE", f"/api/fans/{fan['id']}", None, etag).status == 204
    assert artist.get(f"/api/fans/{fan['id']}").status == 404
    assert artist.call("DELETE", f"/api/fans/{fan['id']}").status == 404
    world.idle()
    assert artist.get("/api/fans/stats")["total"] == 0


def test_a_fan_is_another_version_when_what_is_shown_of_it_differs(
    world: World, artist: Artist
) -> None:
    world.fan(artist, "seen@fan-mail.dev")
    path = f"/api/fans/{artist.get('/api/fans')['items'][0]['id']}"
    known = {"If-None-Match": str(artist.get(path).headers["ETag"])}
    world.sign_up(artist, "seen@fan-mail.dev")  # A stranger who types the address changes nothing.
    assert artist.call("GET", path, None, known).status == 304
    world.form(world.mails("seen@fan-mail.dev")[0].link("unsubscribe"))
    assert artist.call("GET", path, None, known).status == 200


def test_a_list_is_not_exported_by_asking_how_long_it_is(artist: Artist) -> None:
    before = artist.get("/api/me/activity").text.count("fans_exported")
    refused = artist.call("HEAD", "/api/fans/export.csv")
    assert (refused.status, "HEAD" in str(refused.headers["Allow"])) == (405, False)
    assert artist.get("/api/me/activity").text.count("fans_exported") == before


def test_another_artists_fan_is_not_there(world: World, artist: Artist) -> None:
    world.sign_up(artist, "mine@fan-mail.dev")
    fan = artist.get("/api/fans")["items"][0]["id"]
    other = world.artist("Other")
    missing = other.get("/api/fans/fan_" + "0" * 32)
    foreign = other.get(f"/api/fans/{fan}")
    assert foreign.status == missing.status == 404
    assert other.call("DELETE", f"/api/fans/{fan}").status == 404
    world.sign_up(artist, "mine-too@fan-mail.dev")
    cursor = artist.get("/api/fans?limit=1")["next_cursor"]
    assert artist.get(f"/api/fans?cursor={cursor}").status == 200
    assert other.get(f"/api/fans?cursor={cursor}").status == 422


def test_a_bulk_deletion_needs_the_right_number(world: World, artist: Artist) -> None:
    joined(world, artist, 40, source="spam")
    world.sign_up(artist, "stays@fan-mail.dev")
    body = {"filter": {"source": "spam"}, "expected_count": 39}
    wrong = artist.post("/api/fans/delete", body)
    assert (wrong.status, wrong["code"], wrong["count"]) == (409, "count_changed", 40)
    done = artist.post("/api/fans/delete", {**body, "expected_count": 40})
    assert (done.status, done["state"], done["matched"]) == (202, "done", 40)
    assert artist.fans() == {"stays@fan-mail.dev": "pending"}
    world.idle()
    stats = artist.get("/api/fans/stats")
    assert stats["total"] == 1
    assert {s["source"] for s in stats["by_source"]} == {None}


def test_everybody_signing_up_at_once_is_everybody_once(world: World, artist: Artist) -> None:
    from concurrent.futures import ThreadPoolExecutor

    info = world.call("GET", f"/api/capture/{artist.slug}")
    fans = [f"same-{number}@fan-mail.dev" for number in range(8)]

    def sign_up(fan: str) -> int:
        body = {"email": fan, "consent": True, "form_token": info["form_token"]}
        here = {"X-Local-Client-IP": network()}
        return world.call("POST", f"/api/capture/{artist.slug}", body, here).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(sign_up, fans * 4))
    assert set(statuses) == {202}
    assert sorted(listed(artist)) == sorted(fans)
    world.idle()
    assert artist.get("/api/fans/stats")["total"] == len(fans)
    assert all(len(world.mails(fan)) == 1 for fan in fans)
