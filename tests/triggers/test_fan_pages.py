"""Fans' own pages, as a person, a mail program and a scanner use them."""

import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.world import Artist, World


def address() -> str:
    return f"fan-{secrets.token_hex(5)}@fan-mail.dev"


@pytest.fixture
def artist(world: World) -> Artist:
    return world.artist("The Quiet Engines")


def test_a_scanner_that_follows_every_link_changes_nothing(world: World, artist: Artist) -> None:
    fan = address()
    world.sign_up(artist, fan)
    world.idle()
    mail = world.mails(fan)[0]
    for kind in ("confirm", "unsubscribe", "data"):
        assert world.call("GET", mail.link(kind)).status == 200
        assert world.call("HEAD", mail.link(kind)).status == 200
    assert artist.fans() == {fan: "pending"}


def test_a_mail_programs_one_click_leaves_at_once_and_again(world: World, artist: Artist) -> None:
    fan = address()
    leave = world.fan(artist, fan).link("unsubscribe")
    boundary = "b0undary"
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    multipart = f"{part}One-Click\r\n--{boundary}--\r\n".encode()
    media = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    for answer in (
        world.call("POST", leave, multipart, media),
        world.form(leave, "List-Unsubscribe=One-Click"),
        world.form(leave),
    ):
        assert answer.status == 200
        assert "Location" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert artist.fans() == {fan: "unsubscribed"}
    history = artist.get(f"/api/fans/{artist.get('/api/fans')['items'][0]['id']}")["history"]
    assert [entry["how"] for entry in history] == ["json", "confirmed", "one_click"]


def test_an_unsubscribe_can_be_undone_for_seven_days(world: World, artist: Artist) -> None:
    fan = address()
    leave = world.fan(artist, fan).link("unsubscribe")
    undo = leave.replace("/unsubscribe", "/resubscribe")
    world.form(leave)
    assert world.form(undo).status == 200
    assert artist.fans() == {fan: "subscribed"}
    world.form(leave)
    world.at(datetime.now(UTC) + timedelta(days=8))
    assert world.form(undo).status == 409


def test_a_confirm_link_counts_once_and_for_72_hours(world: World, artist: Artist) -> None:
    fan, late = address(), address()
    mail = world.fan(artist, fan)
    world.form(mail.link("unsubscribe"))
    assert world.form(mail.link("confirm")).status == 200
    world.sign_up(artist, late)
    world.idle()
    world.at(datetime.now(UTC) + timedelta(hours=73))
    expired = world.form(world.mails(late)[0].link("confirm"))
    assert (expired.status, "too old" in expired.text) == (200, True)
    world.at(None)
    assert artist.fans() == {fan: "unsubscribed", late: "pending"}


def test_who_left_or_was_erased_comes_back_by_a_new_confirmation(
    world: World, artist: Artist
) -> None:
    fan = address()
    mail = world.fan(artist, fan)
    world.form(mail.link("unsubscribe"))
    world.at(datetime.now(UTC) + timedelta(hours=25))
    world.sign_up(artist, fan)
    world.idle()
    again = world.mails(fan)[0]
    assert world.form(mail.link("confirm")).status == 200
    world.form(again.link("confirm"))
    world.form(again.link("unsubscribe").replace("/unsubscribe", "/erase"))
    world.sign_up(artist, fan)
    world.idle()
    world.form(world.mails(fan)[0].link("confirm"))
    world.at(None)
    assert artist.fans() == {fan: "subscribed"}


def test_the_receipt_holds_every_field_and_the_words_agreed_to(
    world: World, artist: Artist
) -> None:
    fan = address()
    notice = world.call("GET", f"/api/capture/{artist.slug}")
    data = world.fan(artist, fan, source="gig").link("data")
    artist.call("PATCH", "/api/me", {"artist_name": "Another Name"})
    held = world.call("GET", data, None, {"Accept": "application/json"})
    assert held["email"] == fan
    assert held["notice"] == notice["notice"]
    assert held["notice_version"] == notice["notice_version"]
    assert [entry["status"] for entry in held["history"]] == ["pending", "subscribed"]
    page = world.call("GET", data)
    assert "you signed up on another site" in page.text
    assert fan in page.text
    assert "The Quiet Engines may write to you" in page.text


def test_the_receipt_tells_of_a_sign_up_that_waits_and_erasing_takes_it_too(
    world: World, artist: Artist
) -> None:
    fan = address()
    mail = world.fan(artist, fan, source="first-gig")
    data, erase = mail.link("data"), mail.link("data").replace("/data", "/erase")
    world.form(mail.link("unsubscribe"))
    assert world.call("GET", f"{data}?format=json")["sign_up_waiting"] is None
    notice = world.sign_up_as_read(artist, fan, source="second-gig")
    held = world.call("GET", f"{data}?format=json")
    waiting = held["sign_up_waiting"]
    assert (held["status"], held["source"]) == ("unsubscribed", "first-gig")
    assert (waiting["email"], waiting["source"]) == (fan, "second-gig")
    assert (waiting["notice"], waiting["country"]) == (notice, "GB")
    page = world.call("GET", data).text
    assert "second-gig" in page
    assert "No more mails from" in page
    assert world.form(erase).status == 200
    assert world.call("GET", f"{data}?format=json").json == {"held": False}
    world.sign_up_as_read(artist, fan, source="third-gig")
    held = world.call("GET", f"{data}?format=json")
    assert held["sign_up_waiting"]["source"] == "third-gig"
    assert "email" not in held.json
    page = world.call("GET", data).text
    assert "third-gig" in page
    assert "Erase it now" in page
    assert world.form(erase).status == 200
    assert world.call("GET", f"{data}?format=json").json == {"held": False}


def test_a_fan_corrects_the_place(world: World, artist: Artist) -> None:
    fan = address()
    data = world.fan(artist, fan).link("data")
    correct = data.replace("/data", "/correct")
    corrected = world.form(correct, urlencode({"country": "de", "region": "", "city": "Köln"}))
    assert corrected.status == 303
    held = world.call("GET", f"{data}?format=json")
    assert (held["country"], held["region"], held["city"]) == ("DE", None, "Köln")
    assert world.form(correct, "country=zz").status == 422
    assert world.form(correct).status == 422
    assert world.form(correct, "city=Aachen").status == 303
    held = world.call("GET", f"{data}?format=json")
    assert (held["country"], held["city"]) == ("DE", "Aachen")
    assert world.form(correct, "city=K%C3%B6ln").status == 303
    counted = artist.get("/api/fans/stats")["by_city"]
    assert [(city["city"], city["count"]) for city in counted] == [("Köln", 1)]


def test_a_fan_corrects_the_place_ten_times_a_day(world: World, artist: Artist) -> None:
    correct = world.fan(artist, address()).link("data").replace("/data", "/correct")
    statuses = [world.form(correct, f"city=Town+{number}").status for number in range(11)]
    assert statuses == [303] * 10 + [429]
    world.at(datetime.now(UTC) + timedelta(hours=25))
    assert world.form(correct, "city=Aachen").status == 303


def test_a_link_that_a_newer_mail_replaced_says_so(world: World, artist: Artist) -> None:
    fan = address()
    world.sign_up(artist, fan)
    world.until(lambda: world.mails(fan), "the first mail")
    first = world.mails(fan)[0]
    world.at(datetime.now(UTC) + timedelta(hours=25))
    world.sign_up(artist, fan)
    world.until(lambda: len(world.mails(fan)) == 2, "the second mail")
    for answer in (
        world.call("GET", first.link("confirm")),
        world.form(first.link("confirm")),
    ):
        assert "newest mail" in answer.text
    assert world.form(world.mails(fan)[0].link("confirm")).status == 200
    assert "on the list" in world.call("GET", first.link("confirm")).text
    world.at(None)
    assert artist.fans() == {fan: "subscribed"}


def test_an_undo_is_offered_only_where_it_works(world: World, artist: Artist) -> None:
    fan, stranger = address(), address()
    leave = world.fan(artist, fan).link("unsubscribe")
    assert "/resubscribe" in world.form(leave).text
    assert "/resubscribe" in world.call("GET", leave).text
    world.at(datetime.now(UTC) + timedelta(days=8))
    assert "/resubscribe" not in world.call("GET", leave).text
    world.at(None)
    world.sign_up(artist, stranger)
    world.until(lambda: world.mails(stranger), "the mail to a stranger")
    assert "/resubscribe" not in world.form(world.mails(stranger)[0].link("unsubscribe")).text


def test_an_erased_fan_is_gone_and_the_links_say_done(world: World, artist: Artist) -> None:
    fan = address()
    data = world.fan(artist, fan).link("data")
    assert world.form(data.replace("/data", "/erase")).status == 200
    world.until(lambda: artist.fans() == {}, "the erasure")
    world.until(lambda: artist.get("/api/fans/stats")["total"] == 0, "the count without the fan")
    assert world.call("GET", f"{data}?format=json").json == {"held": False}
    for kind in ("unsubscribe", "erase", "resubscribe"):
        assert world.form(data.replace("/data", f"/{kind}")).status == 200
    assert artist.fans() == {}


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe", "data"])
def test_a_token_that_is_none_of_its_kind_is_a_404_page(
    world: World, artist: Artist, kind: str
) -> None:
    fan = address()
    mail = world.fan(artist, fan)
    confirm = mail.link("confirm").split("/")[2]
    own = mail.link("data").split("/")[2]
    wrong = own if kind == "confirm" else confirm
    for token in (wrong, own[:-1], f"{own}A", "forged", "é", f"{own}%0A"):
        path = f"/f/{token}/{kind}".encode().decode("latin-1")
        answer = world.call("GET", path.replace("Ã©", "%C3%A9"))
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("text/html")
    assert artist.fans() == {fan: "subscribed"}


def test_fans_may_leave_during_the_grace_of_an_account(world: World, artist: Artist) -> None:
    fan = address()
    mail = world.fan(artist, fan)
    assert artist.call("DELETE", "/api/me").status == 202
    assert world.form(mail.link("unsubscribe")).status == 200
    assert world.call("GET", f"{mail.link('data')}?format=json")["status"] == "unsubscribed"
