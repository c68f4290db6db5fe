"""The main promises of the product, each from outside, on the whole stack."""

import csv
import io
import json
import re

import pytest

from local import demo
from tests.end_to_end.problems import assert_problem
from tests.stored import Stored
from tests.world import Artist, World

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def artist(stack: World) -> Artist:
    stack.calm()
    return stack.artist()


def test_the_demo_journey_runs_green(world: World) -> None:
    assert demo.run(world.app, world.standins)


def test_a_fan_who_signs_up_twice_is_one_fan_with_one_mail(world: World, artist: Artist) -> None:
    before = len(artist.fans())
    for spelling in ("twice@fan-mail.dev", " Twice@FAN-mail.dev"):
        assert world.sign_up(artist, spelling).json == {"status": "accepted"}
        world.idle()
    assert len(artist.fans()) == before + 1
    assert len(world.mails("twice@fan-mail.dev")) == 1


def test_nobody_is_subscribed_without_pressing_the_button(world: World, artist: Artist) -> None:
    email = "scanned@fan-mail.dev"
    world.sign_up(artist, email)
    world.idle()
    link = world.mails(email)[0].link("confirm")
    for method in ("GET", "HEAD", "GET"):
        assert world.call(method, link).status == 200
    assert artist.fans()[email] == "pending"
    assert world.form(link).status in {200, 303}
    assert artist.fans()[email] == "subscribed"


def test_one_click_leaves_at_once_and_clicking_again_changes_nothing(
    world: World, artist: Artist
) -> None:
    email = "leaves@fan-mail.dev"
    world.fan(artist, email)
    blast = artist.draft(segment={"since": "2020-01-01"})
    artist.send(blast)
    world.idle()
    mail = world.mails(email)[0]
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail.headers["List-Unsubscribe"].strip("<>")
    for _ in range(2):
        left = world.form(address, "List-Unsubscribe=One-Click")
        assert left.status == 200
        assert "Location" not in left.headers
        assert "Set-Cookie" not in left.headers
        assert artist.fans()[email] == "unsubscribed"
    assert artist.report(blast)["unsubscribed"] == 1


def test_a_fan_who_left_may_undo_it_see_everything_and_be_erased(
    world: World, artist: Artist
) -> None:
    email = "returns@fan-mail.dev"
    mail = world.fan(artist, email)
    leave, data = mail.link("unsubscribe"), mail.link("data")
    world.form(leave)
    assert world.form(leave.replace("/unsubscribe", "/resubscribe")).status in {200, 303}
    assert artist.fans()[email] == "subscribed"
    receipt = world.call("GET", f"{data}?format=json")
    assert receipt["email"] == email
    assert [entry["status"] for entry in receipt["history"]] == [
        "pending",
        "subscribed",
        "unsubscribed",
        "subscribed",
    ]
    assert world.form(data.replace("/data", "/erase")).status == 200
    assert email not in artist.fans()
    gone = world.call("GET", f"{data}?format=json")
    assert email not in gone.text


def test_an_approval_mail_names_the_plan_that_was_read(world: World, artist: Artist) -> None:
    release = artist.release(title="Approved Song", release_date="2031-05-02")
    plan = artist.plan(release["id"])
    path = f"/api/plans/{plan['id']}/approve"
    assert_problem(artist.post(path, {}), 428)
    assert_problem(artist.post(path, {}, {"If-Match": '"another"'}), 412)
    artist.approve(plan)
    world.idle()
    approvals = [m for m in world.mails(artist.email) if "Approved Song" in m.subject + m.text]
    assert approvals
    assert world.call("GET", plan["calendar_url"]).text.startswith("BEGIN:VCALENDAR")


def test_the_export_reads_back_and_no_cell_is_a_formula(world: World) -> None:
    artist = world.artist('Zoë; "the" Voice')
    world.fan(artist, "calm@fan-mail.dev", source='=HYPERLINK("http://evil.example")')
    joined = world.sign_up(artist, "o'brien+gig@fan-mail.dev", source='-2+3, "quoted" ü')
    assert joined.status == 202
    export = artist.get("/api/fans/export.csv")
    assert export.body.startswith(b"\xef\xbb\xbf")
    rows = {
        row["email"]: row for row in csv.DictReader(io.StringIO(export.body.decode("utf-8-sig")))
    }
    listed = {fan["email"]: fan for fan in artist.get("/api/fans")["items"]}
    assert rows.keys() == listed.keys()
    assert rows["calm@fan-mail.dev"]["source"] == '\'=HYPERLINK("http://evil.example")'
    assert rows["o'brien+gig@fan-mail.dev"]["source"].startswith("'-2+3")
    for email, row in rows.items():
        for column in ("status", "country", "region", "city", "subscribed_at", "page_slug"):
            assert row[column] == (listed[email][column] or "")
    lossless = artist.get("/api/fans/export.csv?format=jsonl").text.splitlines()
    sources = {fan["email"]: fan["source"] for fan in map(json.loads, lossless)}
    assert sources == {email: fan["source"] for email, fan in listed.items()}


def test_deleting_the_account_closes_the_page_and_restoring_opens_it(world: World) -> None:
    artist = world.artist("Short Goodbye")
    mail = world.fan(artist, "stays@fan-mail.dev")
    page, info = f"/a/{artist.slug}", f"/api/capture/{artist.slug}"
    token = world.call("GET", info)["form_token"]
    assert artist.call("DELETE", "/api/me").status == 202
    assert world.call("GET", page).status == 404
    late = {"email": "late@fan-mail.dev", "consent": True, "form_token": token}
    assert_problem(world.call("POST", info, late), 404)
    # A sign-up's message goes first; one that finds nobody is put back for two minutes, then ends.
    Stored(world.watched).clear("emails")
    assert_problem(artist.get("/api/fans"), 403, "account_closing")
    assert world.form(mail.link("unsubscribe")).status == 200
    assert artist.post("/api/me/restore").status == 202
    assert world.call("GET", page).status == 200
    assert artist.fans() == {"stays@fan-mail.dev": "unsubscribed"}


def test_the_capture_page_is_small_and_tells_before_it_asks(world: World, artist: Artist) -> None:
    page = world.call("GET", f"/a/{artist.slug}")
    assert len(page.body) <= 30 * 1024
    assert "script" not in page.headers["Content-Security-Policy"]
    notice = world.call("GET", f"/api/capture/{artist.slug}")["notice"]
    assert re.search(r"location|city|region|country", notice, re.IGNORECASE)
    again = world.call(
        "GET", f"/a/{artist.slug}", headers={"If-None-Match": str(page.headers["ETag"])}
    )
    assert again.status == 304
