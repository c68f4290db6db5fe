"""The capture page and the sign-up, from outside."""

import io
import re
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import segno

from tests.world import Artist, World

LONDON = {"X-Local-Client-IP": "81.2.69.142"}


def address() -> str:
    return f"fan-{secrets.token_hex(5)}@fan-mail.dev"


def network() -> dict[str, str]:
    drawn = secrets.token_bytes(3)
    return {"X-Local-Client-IP": f"198.{18 + drawn[0] % 2}.{drawn[1]}.{drawn[2]}"}


def form_token(html: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', html)
    assert found
    return found.group(1)


def _code(text: str, kind: str) -> bytes:
    out = io.BytesIO()
    segno.make(text, error="q", micro=False).save(out, kind=kind, scale=16, border=4, light="#fff")
    return out.getvalue()


@pytest.fixture
def artist(world: World) -> Artist:
    return world.artist("The Quiet Engines")


def test_the_page_is_small_strict_and_can_be_kept(world: World, artist: Artist) -> None:
    page = world.call("GET", f"/a/{artist.slug}")
    assert page.status == 200
    assert len(page.body) <= 30 * 1024
    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "approximate location" in page.text
    assert page.text.index("approximate location") < page.text.index("<button")
    assert 'name="consent" value="true" required' in page.text
    assert "checked" not in page.text
    again = world.call(
        "GET", f"/a/{artist.slug}", None, {"If-None-Match": str(page.headers["ETag"])}
    )
    assert again.status == 304


def test_no_page_where_nobody_is(world: World) -> None:
    for slug in ("nobody-at-all", "a%23b", "%00", "x" * 90):
        assert world.call("GET", f"/a/{slug}").status == 404


def test_an_old_slug_leads_on_and_still_takes_sign_ups(world: World, artist: Artist) -> None:
    old, new = artist.slug, f"new-{artist.slug}"
    token = form_token(world.call("GET", f"/a/{old}").text)
    assert artist.call("PATCH", "/api/me", {"slug": new}).status == 200
    moved = world.call("GET", f"/a/{old}")
    assert moved.status == 302
    assert str(moved.headers["Location"]).endswith(f"/a/{new}")
    body = {"email": address(), "consent": "true", "form_token": token}
    assert world.form(f"/a/{old}", urlencode(body), **network()).status == 202
    info = world.call("GET", f"/api/capture/{old}")
    assert info["slug"] == new
    json_body = {"email": address(), "consent": True, "form_token": info["form_token"]}
    assert world.call("POST", f"/api/capture/{old}", json_body, network()).status == 202
    assert len(artist.fans()) == 2


def test_a_form_sign_up_is_thanked_and_mailed(world: World, artist: Artist) -> None:
    look = {"capture": {"thank_you": "See you on tour."}}
    artist.call("PATCH", "/api/me", {"settings": look})
    token = form_token(world.call("GET", f"/a/{artist.slug}?source=poster").text)
    fan = address()
    body = {"email": fan, "consent": "true", "form_token": token, "source": "poster"}
    thanks = world.form(f"/a/{artist.slug}", urlencode({**body, "website": ""}), **LONDON)
    assert thanks.status == 202
    assert "See you on tour." in thanks.text
    world.idle()
    mail = world.mails(fan)[0]
    assert "poster" not in mail.html
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    listed = artist.get("/api/fans")["items"][0]
    assert (listed["status"], listed["source"], listed["country"]) == ("pending", "poster", "GB")


def test_a_wrong_form_is_shown_again_with_what_was_typed(world: World, artist: Artist) -> None:
    token = form_token(world.call("GET", f"/a/{artist.slug}").text)
    again = world.form(
        f"/a/{artist.slug}", urlencode({"email": 'ada"><b>', "form_token": token}), **network()
    )
    assert again.status == 422
    assert 'value="ada&#34;&gt;&lt;b&gt;"' in again.text
    assert "tick the box" in again.text
    assert artist.fans() == {}


def test_a_form_of_yesterday_is_shown_again(world: World, artist: Artist) -> None:
    token = form_token(world.call("GET", f"/a/{artist.slug}").text)
    info = world.call("GET", f"/api/capture/{artist.slug}")
    world.at(datetime.now(UTC) + timedelta(hours=26))
    body = {"email": "kept@fan-mail.dev", "consent": "true", "form_token": token}
    again = world.form(f"/a/{artist.slug}", urlencode(body), **network())
    assert again.status == 422
    assert 'value="kept@fan-mail.dev"' in again.text
    assert form_token(again.text) != token
    json_body = {"email": address(), "consent": True, "form_token": info["form_token"]}
    late = world.call("POST", f"/api/capture/{artist.slug}", json_body, network())
    assert (late.status, late["code"]) == (422, "form_token_expired")


def test_a_tick_is_kept_beside_the_words_that_it_was_given_to_and_beside_no_others(
    world: World, artist: Artist
) -> None:
    token = form_token(world.call("GET", f"/a/{artist.slug}").text)
    body = urlencode({"email": "no address", "consent": "true", "form_token": token})
    assert " checked" in world.form(f"/a/{artist.slug}", body, **network()).text
    addition = {"capture": {"notice_addition": "We also sell your boots."}}
    assert artist.call("PATCH", "/api/me", {"settings": addition}).status == 200
    again = world.form(f"/a/{artist.slug}", body, **network())
    assert "sell your boots" in again.text
    assert " checked" not in again.text


def test_a_form_with_an_odd_source_can_be_sent_once_more(world: World, artist: Artist) -> None:
    token = form_token(world.call("GET", f"/a/{artist.slug}").text)
    body = {"email": address(), "consent": "true", "form_token": token, "source": "a\nb"}
    again = world.form(f"/a/{artist.slug}", urlencode(body), **network())
    assert (again.status, 'name="source"' in again.text) == (422, False)


@pytest.mark.parametrize(
    "change",
    [
        {"consent": False},
        {"consent": None},
        {"email": "no address"},
        {"email": "ada@example.com\n"},
        {"form_token": "forged"},
        {"source": "x" * 65},
        {"source": "a\nb"},
        {"release_id": "../etc"},
        {"unknown": 1},
    ],
)
def test_what_is_not_right_is_refused_and_nothing_is_stored(
    world: World, artist: Artist, change: dict[str, object]
) -> None:
    token = world.call("GET", f"/api/capture/{artist.slug}")["form_token"]
    body = {"email": address(), "consent": True, "form_token": token, **change}
    refused = world.call("POST", f"/api/capture/{artist.slug}", body, network())
    assert refused.status == 422
    assert artist.fans() == {}


def test_another_pages_token_is_refused(world: World, artist: Artist) -> None:
    other = world.artist("Other")
    token = world.call("GET", f"/api/capture/{other.slug}")["form_token"]
    body = {"email": address(), "consent": True, "form_token": token}
    assert world.call("POST", f"/api/capture/{artist.slug}", body, network()).status == 422


def test_a_robot_gets_the_same_answer_and_leaves_nothing(world: World, artist: Artist) -> None:
    token = world.call("GET", f"/api/capture/{artist.slug}")["form_token"]
    body = {"email": address(), "consent": True, "form_token": token}
    person = world.call("POST", f"/api/capture/{artist.slug}", body, network())
    robot = world.call(
        "POST",
        f"/api/capture/{artist.slug}",
        {**body, "email": address(), "website": "http://x"},
        network(),
    )
    assert (robot.status, robot.body) == (person.status, person.body)
    assert len(artist.fans()) == 1


def test_any_site_may_embed_the_sign_up(world: World, artist: Artist) -> None:
    origin = {"Origin": "https://a-band.example"}
    info = world.call("GET", f"/api/capture/{artist.slug}", None, origin)
    assert info.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in info.headers
    for asking in (origin, {"Origin": "http://localhost:3000"}):
        for method, status in (("OPTIONS", 204), ("DELETE", 405)):
            answer = world.call(method, f"/api/capture/{artist.slug}", None, asking)
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")
            assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_network_has_its_sign_ups_and_no_more(world: World, artist: Artist) -> None:
    here = network()
    token = world.call("GET", f"/api/capture/{artist.slug}")["form_token"]
    statuses = []
    for _ in range(36):
        body = {"email": address(), "consent": True, "form_token": token}
        statuses.append(world.call("POST", f"/api/capture/{artist.slug}", body, here).status)
    assert statuses == [202] * 33 + [429] * 3
    refused = world.call("POST", f"/api/capture/{artist.slug}", body, here)
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    assert world.call("POST", f"/api/capture/{artist.slug}", body, network()).status == 202


def test_one_mail_a_day_for_a_mailbox_and_artist(world: World, artist: Artist) -> None:
    fan = address()
    for written in (fan, fan.upper(), f" {fan}"):
        assert world.sign_up(artist, written).status == 202
    world.idle()
    assert len(world.mails(fan)) == 1
    world.at(datetime.now(UTC) + timedelta(hours=25))
    assert world.sign_up(artist, fan).status == 202
    world.idle()
    assert len(world.mails(fan)) == 2


def test_three_mails_a_day_for_a_mailbox_over_all_artists(world: World) -> None:
    fan = address()
    for number in range(4):
        assert world.sign_up(world.artist(f"Band {number}"), fan).status == 202
    world.idle()
    assert len(world.mails(fan)) == 3


def test_single_opt_in_covers_the_form_and_an_address_without_history(
    world: World, artist: Artist
) -> None:
    artist.call("PATCH", "/api/me", {"settings": {"double_opt_in": False}})
    token = form_token(world.call("GET", f"/a/{artist.slug}").text)
    by_form, by_json = address(), address()
    body = {"email": by_form, "consent": "true", "form_token": token}
    world.form(f"/a/{artist.slug}", urlencode(body), **network())
    world.sign_up(artist, by_json)
    world.idle()
    assert artist.fans() == {by_form: "subscribed", by_json: "pending"}
    assert world.mails(by_form) == []


def test_a_closed_page_takes_nobody(world: World, artist: Artist) -> None:
    token = world.call("GET", f"/api/capture/{artist.slug}")["form_token"]
    assert artist.call("DELETE", "/api/me").status == 202
    body = {"email": address(), "consent": True, "form_token": token}
    assert world.call("POST", f"/api/capture/{artist.slug}", body, network()).status == 404
    assert world.call("GET", f"/a/{artist.slug}").status == 404


def test_the_poster_code_names_the_page(world: World, artist: Artist) -> None:
    svg = world.call("GET", f"/a/{artist.slug}/qr.svg")
    png = world.call("GET", f"/a/{artist.slug}/qr.png")
    assert svg.headers["Content-Type"].startswith("image/svg+xml")
    assert png.headers["Content-Type"] == "image/png"
    address_of_page = f"{world.app}/a/{artist.slug}?source=qr"
    for answer, kind in ((svg, "svg"), (png, "png")):
        assert answer.body == _code(address_of_page, kind)
        assert answer.body != _code(f"{address_of_page}2", kind)


def test_places_come_fresh_and_only_from_a_database_that_answers(
    world: World, artist: Artist
) -> None:
    # A network for documentation: no real database knows it, the stand-in's does.
    def country() -> object:
        artist.token = world.token(artist.user_id)
        world.sign_up(artist, address(), address="203.0.113.9")
        return artist.get("/api/fans")["items"][0]["country"]

    assert country() is None
    for order in ({"age_days": 400}, {"corrupt": True, "age_days": 0}, {"wrong_checksum": True}):
        assert world.control("POST", "/maxmind", order).status in {200, 204}
        world.timer("geoip_refresh")
    world.at(datetime.now(UTC) + timedelta(hours=2))
    assert country() is None
    world.control("POST", "/maxmind", {"age_days": 0})
    world.timer("geoip_refresh")
    world.at(datetime.now(UTC) + timedelta(hours=4))
    world.until(lambda: country() == "NL", "the new database")
    world.control("POST", "/maxmind", {})
