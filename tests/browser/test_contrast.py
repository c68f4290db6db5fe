"""Words on the artwork's glow can be read whatever the artwork and the accent are."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from local.demo.browser import Browser, browser
from tests.browser import pictures
from tests.browser.scenery import look, put_artwork
from tests.world import World

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LEAST = 4.5  # WCAG 2.2, 1.4.3.
HIDE_WORDS = "document.querySelector('.title').style.opacity = 0"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize(("scheme", "worst"), [("light", "#000000"), ("dark", "#ffffff")])
def test_words_stand_out_from_the_worst_artwork(
    world: World, window: Browser, scheme: str, worst: str
) -> None:
    artist = world.artist("Mia Lind")
    look(artist, accent_colour=worst)
    release = artist.release(title="Slow Fire", release_date="2031-05-02")
    put_artwork(artist, release["id"], pictures.plain(worst))
    for width in (320, 1440):
        window.looks(width=width, scheme=scheme)
        window.open(f"{world.app}/a/{artist.slug}")
        words = [_rgb(window.colour(one, "color")) for one in (".by", "h1")]
        place = window.find(".title").rect
        window.driver.execute_script(HIDE_WORDS)
        grounds = _colours(window, place)
        assert len(grounds) > 1  # There is a glow.
        assert min(_contrast(word, ground) for word in words for ground in grounds) >= LEAST


def _colours(window: Browser, place: dict[str, float]) -> set[tuple[int, ...]]:
    left, top = place["x"], place["y"]
    box = (left, top, left + place["width"], top + place["height"])
    with Image.open(io.BytesIO(window.driver.get_screenshot_as_png())) as shot:
        found = shot.convert("RGB").crop(box).getcolors(10_000_000)
    return {colour for _, colour in found or () if isinstance(colour, tuple)}


def _rgb(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.partition("(")[2].rstrip(")").split(",")[:3])


def _contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    dim, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
