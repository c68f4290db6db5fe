"""The capture page and what follows, as a person meets them: in Chromium, without JavaScript."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By

from local.demo import media
from local.demo.browser import Browser, browser
from tests.world import Artist, World

pytestmark = [pytest.mark.stack, pytest.mark.browser]

WIDTHS = (320, 768, 1440)
LONG_NAME = "The Unpronounceable Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Band"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        opened.without_javascript()
        yield opened


@pytest.fixture(scope="module")
def artist(stack: World) -> Artist:
    stack.calm()
    artist = stack.artist(LONG_NAME)
    release = artist.release(title="Slow Fire", release_date="2031-05-02")
    image = {"Content-Type": "image/png"}
    put = artist.call("PUT", f"/api/releases/{release['id']}/files/artwork", media.cover(), image)
    assert put.status in {200, 201}, put.text
    return artist


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_every_screen_and_scrolls_one_way(
    stack: World, artist: Artist, window: Browser, width: int, scheme: str
) -> None:
    window.looks(width=width, scheme=scheme)
    window.open(f"{stack.app}/a/{artist.slug}")
    content, shown = window.widths()
    assert content <= shown == width
    button = window.find("button[type=submit]").rect
    assert button["x"] >= 0
    assert button["x"] + button["width"] <= width
    assert button["height"] >= 24  # WCAG 2.2 AA: the smallest target.
    assert _brightness(window.colour("body", "background-color")) * _sign(scheme) > 0


def test_the_page_asks_no_other_host_for_anything(
    stack: World, artist: Artist, window: Browser
) -> None:
    window.hosts()
    window.open(f"{stack.app}/a/{artist.slug}")
    assert window.hosts() == {urlsplit(stack.app).netloc}
    assert window.find("img.cover").is_displayed()


def test_the_page_is_for_everybody(stack: World, artist: Artist, window: Browser) -> None:
    window.open(f"{stack.app}/a/{artist.slug}")
    assert window.find("html").get_attribute("lang")
    assert len(window.driver.find_elements(By.TAG_NAME, "h1")) == 1
    for image in window.driver.find_elements(By.TAG_NAME, "img"):
        assert image.get_attribute("alt")
    for field in window.driver.find_elements(By.CSS_SELECTOR, "input:not([type=hidden])"):
        assert field.accessible_name or not field.is_displayed()
    assert not window.find("input[name=website]").is_displayed() or _is_off_screen(window)


def test_a_fan_joins_confirms_and_leaves_without_javascript(
    stack: World, artist: Artist, window: Browser
) -> None:
    email = "by-hand@fan-mail.dev"
    window.looks(width=320)
    window.open(f"{stack.app}/a/{artist.slug}?source=poster")
    window.find("input[name=email]").send_keys("not an address")
    window.press("button[type=submit]")
    assert window.find("[role=alert]").text
    assert window.find("input[name=email]").get_attribute("value") == "not an address"
    window.find("input[name=email]").clear()
    window.find("input[name=email]").send_keys(email)
    window.find("input[name=consent]").click()
    window.press("button[type=submit]")
    assert "mail" in window.text().lower()
    assert _fits(window)
    stack.idle()
    mail = stack.mails(email)[0]
    window.open(stack.app + mail.link("confirm"))
    assert _fits(window)
    window.press("button[type=submit]")
    assert artist.fans()[email] == "subscribed"
    assert _fits(window)
    window.open(stack.app + mail.link("unsubscribe"))
    window.press("button[type=submit]")
    assert artist.fans()[email] == "unsubscribed"
    assert _fits(window)
    window.open(stack.app + mail.link("data"))
    assert email in window.text()
    assert _fits(window)


def _fits(window: Browser) -> bool:
    content, shown = window.widths()
    return content <= shown


def _is_off_screen(window: Browser) -> bool:
    rect = window.find("input[name=website]").rect
    return bool(rect["x"] + rect["width"] <= 0)


def _brightness(colour: str) -> float:
    """How far a colour is from the middle: light above zero, dark below."""
    red, green, blue = (float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3])
    return (red + green + blue) / 3 - 127.5


def _sign(scheme: str) -> int:
    return 1 if scheme == "light" else -1
