"""What the page costs on a bad connection, and how it looks where its address is shared."""

import io
import re
from collections.abc import Iterator
from html import unescape

import pytest
from PIL import Image

from local.demo.browser import Browser, browser
from tests.browser import pictures
from tests.browser.scenery import look, put_artwork
from tests.world import Artist, World

pytestmark = [pytest.mark.stack, pytest.mark.browser]

MOST_BYTES = 60 * 1024
SHIFTS = """
let sum = 0
new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value }))
  .observe({type: 'layout-shift', buffered: true})
setTimeout(() => tell(sum), 100)
"""


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def artist(stack: World) -> Artist:
    stack.calm()
    artist = stack.artist("فرقة المساء")
    look(artist, headline='"Quotes" & <b>signs</b>')
    release = artist.release(title="Slow Fire", release_date="2031-05-02")
    put_artwork(artist, release["id"], pictures.grain())
    return artist


def test_a_phone_has_the_whole_page_after_60_kb_whatever_the_artwork(
    stack: World, artist: Artist, window: Browser
) -> None:
    for density in (1, 2, 3):
        window.looks(width=320, density=density)
        window.forget()
        window.open(f"{stack.app}/a/{artist.slug}")
        assert window.driver.execute_script("return document.images[0].naturalWidth") == 300
        assert 20_000 < window.loaded_bytes() <= MOST_BYTES, density


def test_a_wide_screen_gets_the_large_artwork(
    stack: World, artist: Artist, window: Browser
) -> None:
    window.looks(width=1440)
    window.open(f"{stack.app}/a/{artist.slug}")
    assert str(window.find("img.cover").get_property("currentSrc")).endswith("/1000.jpg")


@pytest.mark.parametrize("width", [320, 1440])
def test_nothing_jumps_while_the_page_comes_in_pieces(
    stack: World, artist: Artist, window: Browser, width: int
) -> None:
    put_artwork(artist, artist.get("/api/releases")["items"][0]["id"], pictures.plain("#7a2048"))
    window.looks(width=width)
    window.forget()
    window.connection(bytes_per_second=6_000)
    try:
        window.open(f"{stack.app}/a/{artist.slug}")
        assert window.tell(SHIFTS) == 0
    finally:
        window.connection(bytes_per_second=0)


def test_a_shared_address_shows_artwork_title_and_words(world: World, artist: Artist) -> None:
    page = world.call("GET", f"/a/{artist.slug}?source=qr").text
    shared = {
        name: unescape(content)
        for name, content in re.findall(r'<meta property="og:([^"]+)" content="([^"]*)">', page)
    }
    info = world.call("GET", f"/api/capture/{artist.slug}")
    assert shared["title"] == f"{artist.get('/api/me')['artist_name']}: Slow Fire"
    assert shared["description"] == '"Quotes" & <b>signs</b>'
    assert shared["url"] == artist.get("/api/me")["page_url"]
    assert shared["url"].startswith("http")
    assert shared["image"] == info["release"]["artwork_url"]
    picture = world.call("GET", "/" + shared["image"].split("/", 3)[3])
    with Image.open(io.BytesIO(picture.body)) as image:
        assert image.size == (int(shared["image:width"]), int(shared["image:height"]))
    assert len(picture.body) <= 300_000  # Messengers show no preview of more.
    assert shared["image:alt"] == "Artwork of Slow Fire"


def test_each_source_has_a_page_of_its_own_in_caches(world: World, artist: Artist) -> None:
    path = f"/a/{artist.slug}"
    plain, poster = world.call("GET", path), world.call("GET", f"{path}?source=poster")
    assert 'name="source" value="poster"' in poster.text
    assert 'name="source"' not in plain.text
    assert plain.headers["ETag"] != poster.headers["ETag"]
    for address, kept, status in (
        (f"{path}?source=poster", poster, 304),
        (path, plain, 304),
        (path, poster, 200),
    ):
        asked = {"If-None-Match": str(kept.headers["ETag"])}
        assert world.call("GET", address, None, asked).status == status


def test_a_name_from_right_to_left_stays_whole_in_every_sentence(
    world: World, artist: Artist
) -> None:
    page = world.call("GET", f"/a/{artist.slug}").text
    body = page[page.index("<body") :]
    name = artist.get("/api/me")["artist_name"]
    assert body.count(f"<bdi>{name}</bdi>") == body.count(name) > 3
