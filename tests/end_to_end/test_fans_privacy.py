"""What is kept of a fan, and what never is."""

import base64
import contextlib
import re
import socket
import zlib
from pathlib import Path

import pytest

from tests.stored import Stored
from tests.world import Artist, Mail, World

pytestmark = pytest.mark.stack

# In Linköping and in Japan, in every GeoLite2 City file; used by no other test.
ADDRESS_V4 = "89.160.20.113"
ADDRESS_V6 = "2001:218:0:1::77a"
FORGED = "203.0.113.177"
BROWSER = "CanaryBrowser/77.31"
ITS_OWN_CLOCK = {"Schedule"}  # Timers work there by themselves.


@pytest.fixture(scope="module")
def artist(stack: World) -> Artist:
    stack.calm()
    return stack.artist()


def test_the_place_is_kept_and_the_address_is_in_no_byte_of_the_data(
    world: World, artist: Artist
) -> None:
    for number, address in enumerate((ADDRESS_V4, ADDRESS_V6)):
        info = world.call("GET", f"/api/capture/{artist.slug}")
        client = {
            "X-Local-Client-IP": address,
            "X-Forwarded-For": FORGED,
            "User-Agent": BROWSER,
        }
        email = f"placed-{number}@fan-mail.dev"
        body = {"email": email, "consent": True, "form_token": info["form_token"]}
        assert world.call("POST", f"/api/capture/{artist.slug}", body, client).status == 202
        world.call("GET", f"/a/{artist.slug}", headers=client)
    world.idle()
    countries = {fan["email"]: fan["country"] for fan in artist.get("/api/fans")["items"]}
    assert countries["placed-0@fan-mail.dev"] == "SE"
    assert countries["placed-1@fan-mail.dev"] == "JP"
    # The emulator writes its rows down every few seconds: what is searched must be there at all.
    world.until(lambda: _files_with(b"placed-1@fan-mail.dev", world.data), "the rows on disk")
    for needle in _forms(ADDRESS_V4, ADDRESS_V6, FORGED, BROWSER):
        assert not _files_with(needle, world.data), needle
        assert needle not in _unpacked(world), needle


def test_opening_any_link_of_any_mail_changes_nothing(world: World, artist: Artist) -> None:
    email = "opened@fan-mail.dev"
    world.fan(artist, email)
    blast = artist.draft()
    artist.send(blast)
    release = artist.release(release_date="2031-05-02")
    artist.approve(artist.plan(release["id"]))
    world.idle()
    mails = world.mails(email) + world.mails(artist.email)
    links = {link for mail in mails for link in _links(mail, world)}
    assert len(links) >= 6, links
    stored = Stored(world.account)
    before = stored.versions()
    for link in sorted(links):
        for method in ("GET", "HEAD", "GET"):
            assert world.call(method, link).status in {200, 302, 303, 404}
    world.idle()
    after = stored.versions()
    changed = {row for row in {*before, *after} if before.get(row) != after.get(row)}
    assert {row for row in changed if row[0] not in ITS_OWN_CLOCK} == set()


def _links(mail: Mail, world: World) -> list[str]:
    found = re.findall(r"https?://[^\s\"'<>)]+", f"{mail.text} {mail.html} {mail.headers}")
    return [link.rstrip(".,") for link in found if link.startswith(world.app)]


def _forms(*texts: str) -> list[bytes]:
    """A text as it might hide: plain, in Base64 at each offset, in hex, packed as an address."""
    forms = []
    for text in texts:
        plain = text.encode()
        shifted = (base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3))
        forms += [plain, *shifted, plain.hex().encode(), text.encode("utf-16-le")]
    return [*forms, socket.inet_pton(socket.AF_INET6, ADDRESS_V6)]


def _unpacked(world: World) -> bytes:
    """Every value of every row, the compressed ones as they were before."""
    rows = (row for rows in Stored(world.account).tables().values() for row in rows)
    return b"\n".join(_plain(value) for row in rows for value in row.values())


def _plain(value: object) -> bytes:
    if not isinstance(value, bytes):
        return str(value).encode()
    with contextlib.suppress(zlib.error):
        return value + zlib.decompress(value, wbits=47)  # zlib or gzip, told by its head.
    return value


def _files_with(needle: bytes, folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if needle in path.read_bytes()]
