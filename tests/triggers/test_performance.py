"""Numbers come in with consent or from the artist's own exports, and say where they come from."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.world import Artist, World

HEAD = "date,listeners,streams,followers\r\n"
SPOTIFY_ARTIST = "https://open.spotify.com/artist/0TnOYISbd1XYRBk9myaseg?si=x"


def day(offset: int) -> date:
    return (datetime.now(UTC) + timedelta(days=offset)).date()


def audience(*rows: str) -> bytes:
    return ("\ufeff" + HEAD + "".join(f"{row}\r\n" for row in rows)).encode()


def imported(artist: Artist, content: bytes, query: str = "") -> dict[str, object]:
    answer = artist.call(
        "POST",
        f"/api/performance/imports{query}",
        content,
        {"Content-Type": "text/csv"},
    )
    assert answer.status == 200, answer.text
    found: dict[str, object] = answer.json
    return found


def test_a_cell_that_holds_no_number_is_told_and_never_a_zero(world: World) -> None:
    artist = world.artist()
    content = audience(f"{day(-3)},x,120,-1", f"{day(-2)},-,<1000,n/a")
    read = imported(artist, content)
    assert (read["accepted"], read["skipped"]) == (
        1,
        [{"line": 2, "reason": "no_number:listeners,followers"}],
    )


def connected(world: World, artist: Artist) -> None:
    begun = artist.post("/api/spotify/connect")
    at_spotify = world.call("GET", begun["authorize_url"])
    back = world.call("GET", str(at_spotify.headers["Location"]))
    assert back.status == 303
    assert str(back.headers["Location"]).endswith("/spotify?state=pending")
    assert artist.get("/api/spotify")["state"] == "connected"


def test_an_export_is_imported_and_repeating_it_changes_nothing(world: World) -> None:
    artist = world.artist()
    release = artist.release()["id"]
    content = audience(f"{day(-3)},84,120,500", f"{day(-2)},90,-,510", f"{day(-1)},95,150,")

    first = imported(artist, content)
    imported(artist, content)

    assert (first["kind"], first["accepted"], first["skipped"]) == ("audience_timeline", 3, [])
    metrics = artist.get(f"/api/releases/{release}/performance")["metrics"]
    streams = metrics["streams"]
    assert (streams["source"], streams["state"]) == ("s4a_csv", "available")
    assert [(p["value"], p["delta"]) for p in streams["points"]] == [(120, None), (150, 30)]
    assert metrics["saves"] == {
        "state": "not_connected",
        "source": None,
        "since": None,
        "points": [],
    }


def test_a_preview_stores_nothing(world: World) -> None:
    artist = world.artist()
    release = artist.release()["id"]
    imported(artist, audience(f"{day(-3)},84,120,500"), "?preview=true")
    metrics = artist.get(f"/api/releases/{release}/performance")["metrics"]
    assert metrics["streams"]["points"] == []


@pytest.mark.parametrize(
    ("content", "query", "named"),
    [
        pytest.param(b"a,b\r\n1,2\r\n", "", "a, b", id="unknown columns are repeated"),
        pytest.param(b"\xff\xfe1\x00", "", "UTF-8", id="another encoding"),
        pytest.param(b"date,streams\r\n", "", "release", id="a song's timeline of no release"),
        pytest.param(
            b"song,listeners,streams,saves,release_date\r\n",
            "",
            "period",
            id="a table of no period",
        ),
    ],
)
def test_a_file_that_is_no_export_is_refused_with_what_was_seen(
    world: World, content: bytes, query: str, named: str
) -> None:
    answer = world.artist().call(
        "POST", f"/api/performance/imports{query}", content, {"Content-Type": "text/csv"}
    )
    assert answer.status == 422
    assert named in answer.text


def test_rows_that_cannot_be_taken_are_skipped_with_their_reason(world: World) -> None:
    found = imported(
        world.artist(),
        audience(
            f"{day(-400)},1,1,1",
            f"{day(3)},1,1,1",
            f"{day(-2)},1,1,1",
            f"{day(-2)},9,9,9",
            "x,1,1,1",
        ),
    )
    assert found["accepted"] == 1
    assert [row["reason"] for row in found["skipped"]] == [  # type: ignore[attr-defined]  # It is a list.
        "older_than_12_months",
        "in_the_future",
        "day_twice",
        "no_date",
    ]


def test_discovery_sources_sum_to_a_hundred_and_are_marked_as_entered(world: World) -> None:
    artist = world.artist()
    release = artist.release()["id"]
    body = {
        "from": str(day(-28)),
        "to": str(day(-1)),
        "release_id": release,
        "sources": [
            {"source": "spotify_algorithmic", "percent": "40.5"},
            {"source": "other", "percent": "59"},
        ],
    }
    assert artist.call("PUT", "/api/performance/discovery-sources", body)["source"] == (
        "entered_by_artist"
    )
    read = artist.get(f"/api/releases/{release}/performance")
    assert read["discovery_sources"] == [
        {"source": "spotify_algorithmic", "percent": "40.5"},
        {"source": "other", "percent": "59"},
    ]
    body["sources"] = [{"source": "other", "percent": "80"}]
    assert artist.call("PUT", "/api/performance/discovery-sources", body).status == 422


def test_a_connection_is_activated_only_by_the_session_that_began_it(world: World) -> None:
    artist = world.artist()
    begun = artist.post("/api/spotify/connect")
    at_spotify = world.call("GET", begun["authorize_url"])
    world.call("GET", str(at_spotify.headers["Location"]))

    other = world.token(artist.user_id, sid="sess_somebody_else")
    seen = world.call("GET", "/api/spotify", None, {"Authorization": f"Bearer {other}"})

    assert seen["state"] == "pending"
    assert artist.get("/api/spotify")["state"] == "connected"
    assert artist.get("/api/me")["consents"][0]["purpose"] == "spotify"


def test_a_state_is_good_once(world: World) -> None:
    artist = world.artist()
    begun = artist.post("/api/spotify/connect")
    location = str(world.call("GET", begun["authorize_url"]).headers["Location"])
    state = location.split("state=")[1].split("&", maxsplit=1)[0]
    world.call("GET", location)
    again = world.call("GET", f"/api/spotify/callback?code=stolen&state={state}")
    assert str(again.headers["Location"]).endswith("state=failed")


def test_who_denies_is_sent_back_and_nothing_is_connected(world: World) -> None:
    artist = world.artist()
    begun = artist.post("/api/spotify/connect")
    location = str(world.call("GET", begun["authorize_url"] + "&deny=1").headers["Location"])
    assert str(world.call("GET", location).headers["Location"]).endswith("state=denied")
    assert artist.get("/api/spotify")["state"] == "not_connected"


def test_a_sync_brings_numbers_and_a_withdrawal_takes_them_all(world: World) -> None:
    artist = world.artist()
    release = artist.release()["id"]
    imported(artist, audience(f"{day(-9)},84,120,500"))
    connected(world, artist)
    artist.call("PUT", "/api/spotify", {"artist_url": SPOTIFY_ARTIST})
    world.timer("spotify_sync")
    world.idle()
    synced = artist.get(f"/api/releases/{release}/performance")["metrics"]["streams"]
    assert synced["source"] == "s4a_http"
    assert len(synced["points"]) > 10

    withdrawn = artist.call("DELETE", "/api/spotify")

    assert withdrawn["remove_app_url"].startswith("https://www.spotify.com/")
    left = artist.get(f"/api/releases/{release}/performance")["metrics"]["streams"]
    assert (left["source"], len(left["points"])) == ("s4a_csv", 1)
    assert artist.get("/api/me")["spotify"]["state"] == "not_connected"
    assert artist.call("DELETE", "/api/spotify").status == 200


def test_numbers_come_in_after_a_provider_had_called_days_complete_that_were_to_come(
    world: World,
) -> None:
    artist = world.artist()
    release = artist.release()["id"]
    connected(world, artist)
    artist.call("PUT", "/api/spotify", {"artist_url": SPOTIFY_ARTIST})
    world.at(datetime.now(UTC) + timedelta(days=20))
    world.timer("spotify_sync")
    world.idle()
    world.at(None)

    world.timer("spotify_sync")
    world.idle()

    last = str(day(-2))
    synced = artist.get(f"/api/releases/{release}/performance")["metrics"]["streams"]
    assert last in [point["day"] for point in synced["points"]]
    assert world.given_up(artist) == []


def test_a_refused_token_is_doubted_before_it_is_believed(world: World) -> None:
    artist = world.artist()
    connected(world, artist)
    artist.call("PUT", "/api/spotify", {"artist_url": SPOTIFY_ARTIST})
    world.control("POST", "/spotify", {"revoke": True})

    world.timer("spotify_sync")
    world.idle()
    assert artist.get("/api/spotify")["state"] == "connected"
    world.at(datetime.now(UTC) + timedelta(days=1))
    world.timer("spotify_sync")
    world.idle()

    artist.token = world.token(artist.user_id)
    assert artist.get("/api/spotify")["state"] == "needs_reconnect"
    assert "connect Spotify again" in world.mails(artist.email)[0].subject


def test_the_home_adds_up_what_other_pages_say(world: World) -> None:
    artist = world.artist()
    release = artist.release(release_date=str(day(40)))
    world.fan(artist, f"home-{artist.slug}@fan-mail.dev")
    world.idle()
    imported(artist, audience(f"{day(-40)},1,100,90", f"{day(-3)},84,150,500"))

    home = artist.get("/api/dashboard").json

    assert home["fans"]["total"] == 1
    assert home["fans"]["by_status"]["subscribed"] == 1
    assert home["fans"]["top_countries"] == [{"country": "GB", "count": 1}]
    assert home["releases"][0]["id"] == release["id"]
    assert (home["streams"]["value"], home["streams"]["change_percent"]) == (150, 50.0)
    assert home["followers"]["value"] == 500
