"""The form of `docs/EMBED.md` on an artist's own site: the very text that is pasted from there."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.demo.browser import Browser, browser
from tests.browser import axe
from tests.browser.scenery import look
from tests.world import Artist, World

pytestmark = [pytest.mark.stack, pytest.mark.browser]

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "EMBED.md"
ADDRESS = "https://artistos.studio/a/your-slug"
SITE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>My own site</title>
<meta name="viewport" content="width=device-width"><main><h1>My own site</h1>{form}</main></html>"""


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        opened.looks(width=320)
        yield opened


@pytest.fixture
def artist(world: World) -> Artist:
    artist = world.artist("Mia <b>Lind</b>")
    look(artist, headline="Come along")
    return artist


@pytest.fixture(scope="module")
def site() -> Iterator["Site"]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(server)
        server.shutdown()


class Page(BaseHTTPRequestHandler):
    """Answers with the one page that the site has."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.page)  # type: ignore[attr-defined]  # Set by the site.

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Site:
    """A site on another origin, whose owner has pasted the form."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server

    def with_form_of(self, page: str) -> str:
        """Return the site's address, with the form of this capture page on it."""
        guide = GUIDE.read_text(encoding="utf-8")
        pasted = re.findall(r"^```html\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
        assert len(pasted) == 1
        assert pasted[0].count(ADDRESS) == 1
        self._server.page = SITE.format(form=pasted[0].replace(ADDRESS, page)).encode()  # type: ignore[attr-defined]  # Read by the page.
        return f"http://127.0.0.1:{self._server.server_address[1]}/"


def shown(world: World, window: Browser) -> None:
    world.until(lambda: window.find("#fans-form").is_displayed(), "the form")


def fill(window: Browser, email: str) -> None:
    window.find("input[name=email]").send_keys(email)
    window.find("input[name=consent]").click()
    window.find("button").click()


def told(world: World, window: Browser) -> str:
    """Return what the form says once it has been sent."""
    waits = ("", "One moment …")
    world.until(lambda: window.find("#fans-told").text not in waits, "an answer")
    return window.find("#fans-told").text


def test_a_fan_joins_on_the_artists_own_site(
    world: World, artist: Artist, window: Browser, site: Site
) -> None:
    window.open(site.with_form_of(f"{world.app}/a/{artist.slug}"))
    shown(world, window)
    page = world.call("GET", f"/api/capture/{artist.slug}")
    assert window.find("#fans-notice").text == page["notice"]
    assert window.find("h2").text == "Come along"
    assert "Mia <b>Lind</b> may write to me" in window.text()
    assert not window.find("input[name=consent]").is_selected()
    assert not window.find("#fans-link").is_displayed()
    assert axe.violations(window) == []
    assert window.widths()[0] <= window.widths()[1]
    fill(window, "embedded@fan-mail.dev")
    assert told(world, window).startswith("Thank you")
    assert not window.find("#fans-form").is_displayed()
    world.idle()
    world.form(world.mails("embedded@fan-mail.dev")[0].link("confirm"))
    (fan,) = artist.get("/api/fans")["items"]
    assert (fan["status"], fan["source"]) == ("subscribed", "embed")


def test_what_goes_wrong_is_said_and_what_was_typed_stays(
    world: World, artist: Artist, window: Browser, site: Site
) -> None:
    window.open(site.with_form_of(f"{world.app}/a/{artist.slug}"))
    shown(world, window)
    fill(window, "fan@nowhere")
    assert "address" in told(world, window)
    assert window.find("input[name=email]").get_property("value") == "fan@nowhere"
    assert window.find("#fans-form").is_displayed()


def test_a_page_that_was_closed_meanwhile_says_so(
    world: World, artist: Artist, window: Browser, site: Site
) -> None:
    window.open(site.with_form_of(f"{world.app}/a/{artist.slug}"))
    shown(world, window)
    assert artist.call("DELETE", "/api/me").status == 202
    fill(window, "late@fan-mail.dev")
    assert "nothing here" in told(world, window)


def test_a_form_of_yesterday_is_sent_with_a_new_token(
    world: World, artist: Artist, window: Browser, site: Site
) -> None:
    window.open(site.with_form_of(f"{world.app}/a/{artist.slug}"))
    shown(world, window)
    world.at(datetime.now(UTC) + timedelta(hours=25))
    fill(window, "slow@fan-mail.dev")
    assert told(world, window).startswith("Thank you")


def test_other_words_want_another_consent(
    world: World, artist: Artist, window: Browser, site: Site
) -> None:
    window.open(site.with_form_of(f"{world.app}/a/{artist.slug}"))
    shown(world, window)
    look(artist, notice_addition="We print posters, too.")
    world.at(datetime.now(UTC) + timedelta(hours=25))
    fill(window, "reader@fan-mail.dev")
    assert "changed" in told(world, window)
    assert not window.find("input[name=consent]").is_selected()
    assert "posters" in window.find("#fans-notice").text
    world.idle()
    assert world.mails("reader@fan-mail.dev") == []


def test_where_there_is_no_form_the_link_stays(world: World, window: Browser, site: Site) -> None:
    window.open(site.with_form_of(f"{world.app}/a/nobody-at-all"))
    window.tell("setTimeout(tell, 300)")
    assert window.find("#fans-link a").is_displayed()
    assert not window.find("#fans-form").is_displayed()
