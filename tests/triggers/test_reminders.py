"""Daily reminders and the page in their mail."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from shared.edge.openapi import examples
from tests.triggers.test_plans import approved, draft, mails
from tests.world import Artist, Mail, World

pytestmark = pytest.mark.stack


def at_nine(days: int) -> datetime:
    today = datetime.now(UTC).replace(hour=9, minute=1, second=0, microsecond=0)
    return today + timedelta(days=days)


def tick(world: World, moment: datetime) -> None:
    world.at(moment)
    world.timer("daily_reminders")
    world.idle()


def reminded(world: World, artist: Artist) -> list[Mail]:
    return mails(world, artist, "daily_reminder")


def working(world: World) -> Artist:
    """Return an artist with an approved plan."""
    artist = world.artist(time_zone="UTC")
    approved(world, artist, draft(world, artist))
    return artist


def page_of(mail: Mail) -> str:
    found = re.search(r"https?://[^/\s]+(/t/[^\s\"<]+)", mail.text)
    assert found
    return found.group(1)


def test_an_artist_is_reminded_once_on_each_day_that_has_something_to_do(world: World) -> None:
    artist = working(world)
    for days, count in ((1, 1), (1, 1), (2, 2)):
        tick(world, at_nine(days))
        assert len(reminded(world, artist)) == count
    tick(world, at_nine(2) + timedelta(hours=6))
    assert len(reminded(world, artist)) == 2
    assert reminded(world, artist)[0].text.count("minutes") <= 3


def test_who_switched_reminders_off_gets_none(world: World) -> None:
    artist = working(world)
    off = {"settings": {"reminders_enabled": False}}
    assert artist.call("PATCH", "/api/me", off).status == 200
    tick(world, at_nine(1))
    assert reminded(world, artist) == []


def test_the_page_in_the_mail_does_what_its_buttons_say(world: World) -> None:
    artist = working(world)
    tick(world, at_nine(1))
    path = page_of(reminded(world, artist)[0])
    page = world.call("GET", path)
    assert page.status == 200
    assert artist.email not in page.text
    actions = re.findall(r'name="action" value="(act_\w+)"', page.text)
    assert 1 <= len(actions) <= 3
    assert world.call("GET", path).text == page.text
    done = {**examples.written()["TaskForm"], "action": actions[0]}
    answered = world.form(path, urlencode(done))
    assert (answered.status, answered.headers["Location"]) == (303, path)
    artist.token = world.token(artist.user_id)
    assert artist.get("/api/today")["done_count"] == 1
    assert "Done. Well done." in world.call("GET", path).text
    assert world.form(path, "action=act_01ARZ3NDEKTSV4RRFFQ69G5FAV&do=done").status == 404
    assert world.form(path, f"action={actions[0]}&do=dance").status == 422
    assert world.form(path[:-2] + "xx", f"action={actions[0]}&do=done").status == 404


def test_the_page_ends_after_fourteen_days(world: World) -> None:
    artist = working(world)
    tick(world, at_nine(1))
    path = page_of(reminded(world, artist)[0])
    world.at(at_nine(15))
    assert world.call("GET", path).status == 200
    world.at(at_nine(16))
    ended = world.call("GET", path)
    assert (ended.status, ended.headers["Content-Type"].partition(";")[0]) == (404, "text/html")


def test_a_snoozed_action_comes_back_the_next_day(world: World) -> None:
    artist = working(world)
    tick(world, at_nine(1))
    path = page_of(reminded(world, artist)[0])
    forms = world.call("GET", path).text.split("<form")[1:]
    form = next(one for one in forms if 'value="snooze"' in one)
    found = re.search(r'value="(act_\w+)"', form)
    assert found
    assert world.form(path, f"action={found.group(1)}&do=snooze").status == 303
    artist.token = world.token(artist.user_id)
    due = artist.get("/api/today")
    assert found.group(1) not in {one["id"] for one in due["today"] + due["overdue"]}
    world.at(at_nine(2))
    artist.token = world.token(artist.user_id)
    due = artist.get("/api/today")
    assert found.group(1) in {one["id"] for one in due["today"]}
