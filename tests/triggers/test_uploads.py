"""Files over HTTP: in by a link or directly, out by a link, artwork for the public."""

import hashlib
import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from local.demo.client import Answer, send
from tests.models.releases import making
from tests.world import Artist, World

pytestmark = pytest.mark.stack
WAV = making.wav()


def sent(artist: Artist, path: str, data: bytes, **said: Any) -> Answer:
    """Announce a file, PUT it, and return what completing it answers."""
    body = {"kind": "audio", "filename": "song.wav", "content_type": "audio/wav"}
    upload = artist.post(f"{path}/uploads", {**body, "size_bytes": len(data), **said})
    assert upload.status == 201, upload.text
    assert send("PUT", upload["put_url"], data, upload["headers"]).status == 201
    return artist.post(f"{path}/uploads/{upload['id']}/complete")


def test_a_file_goes_up_by_its_link_is_checked_and_comes_down(world: World) -> None:
    artist = world.artist()
    path = artist.release().headers["Location"]
    done = sent(artist, path, WAV)
    assert done.status == 200, done.text
    facts = artist.get(path)["files"]["audio"]
    assert facts == done.json
    assert facts["sha256"] == hashlib.sha256(WAV).hexdigest()
    assert (facts["duration_seconds"], facts["sample_rate_hz"]) == (1.0, 44_100)
    found = artist.get(f"{path}/files/audio")
    assert found.status == 302
    assert send("GET", found.headers["Location"]).body == WAV
    told = artist.get(f"{path}/files/audio?redirect=false")
    signed = parse_qs(urlsplit(told["url"]).query)
    assert (signed["sr"], signed["sp"]) == (["b"], ["r"])
    assert told["expires_at"] == signed["se"][0]
    assert artist.call("DELETE", f"{path}/files/audio").status == 204
    assert artist.get(f"{path}/files/audio").status == 404


def test_what_lies_about_itself_is_refused_with_every_reason(world: World) -> None:
    artist = world.artist()
    path = artist.release().headers["Location"]
    cases: list[tuple[bytes, dict[str, Any], set[str]]] = [
        (b"<html>" * 100, {}, {"file"}),
        (making.mp3(), {}, {"content_type"}),
        (WAV[:-99], {}, {"file"}),
        (WAV, {"size_bytes": 7}, {"size_bytes"}),
        (making.bomb(), {"kind": "artwork", "content_type": "image/png"}, {"width_px"}),
        (
            making.picture_of(900, 800, "JPEG"),
            {"kind": "artwork", "content_type": "image/png"},
            {"content_type", "width_px"},
        ),
    ]
    for data, said, fields in cases:
        refused = sent(artist, path, data, **said)
        assert (refused.status, refused["code"]) == (422, "file_refused")
        assert {error["field"] for error in refused["errors"]} == fields
    assert artist.get(path)["files"] == {"audio": None, "artwork": None}


def test_a_small_file_goes_up_directly(world: World) -> None:
    artist = world.artist()
    path = artist.release().headers["Location"]
    put = artist.call(
        "PUT",
        f"{path}/files/artwork?filename=front.webp",
        making.picture("WEBP", side=3000),
        {"Content-Type": "image/webp"},
    )
    assert put.status == 200, put.text
    assert (put["filename"], put["width_px"], put["warnings"]) == ("front.webp", 3000, [])
    wrong = artist.call("PUT", f"{path}/files/audio", b"x", {"Content-Type": "text/plain"})
    assert wrong.status == 415
    large = {"Content-Type": "audio/wav"}
    assert artist.call("PUT", f"{path}/files/audio", bytes(20_000_001), large).status == 413


def test_artwork_is_public_while_the_page_is_open(world: World) -> None:
    artist = world.artist()
    path = artist.release().headers["Location"]
    assert world.call("GET", f"{path}/artwork/300.jpg").status == 404
    data = making.picture("JPEG", exif=making.exif())
    done = sent(artist, path, data, kind="artwork", content_type="image/jpeg")
    assert done.status == 200, done.text
    for size in (300, 1000):
        picture = world.call("GET", f"{path}/artwork/{size}.jpg")
        assert (picture.status, picture.headers["Content-Type"]) == (200, "image/jpeg")
        assert picture.headers["Cache-Control"] == "public, max-age=300"
        assert picture.headers["X-Content-Type-Options"] == "nosniff"
        assert Image.open(io.BytesIO(picture.body)).size == (size, size)
        known = {"If-None-Match": picture.headers["ETag"]}
        assert world.call("GET", f"{path}/artwork/{size}.jpg", None, known).status == 304
    assert world.call("GET", f"{path}/artwork/500.jpg").status == 404
    original = artist.get(f"{path}/files/artwork").headers["Location"]
    assert making.SECRET not in send("GET", original).body
    assert artist.call("DELETE", "/api/me").status == 202
    assert world.call("GET", f"{path}/artwork/300.jpg").status == 404


def test_a_deleted_release_takes_its_public_picture_with_it(world: World) -> None:
    artist = world.artist()
    path = artist.release().headers["Location"]
    sent(artist, path, making.picture(), kind="artwork", content_type="image/png")
    assert world.call("GET", f"{path}/artwork/300.jpg").status == 200
    assert artist.call("DELETE", path).status == 204
    assert world.call("GET", f"{path}/artwork/300.jpg").status == 404
