"""What is kept of a file, and which files are refused."""

import io
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.flac import FLAC
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from PIL import Image

from shared.releases.files import artwork, audio, kinds
from shared.releases.files.audio import Checked
from shared.releases.files.reading import Damaged, MemorySource, whole
from shared.releases.files.splice import Kept, Splice, SpliceFile
from shared.releases.model import FileKind
from tests.models.releases import making

AUDIO: list[tuple[str, bytes]] = [
    ("WAV", making.wav()),
    ("AIFF", making.aiff()),
    ("FLAC", making.flac()),
    ("MP3", making.mp3()),
    ("OGG", making.ogg_vorbis(b"TITLE=x")),
    ("OGG", making.ogg_opus(b"TITLE=x")),
    ("M4A", making.m4a()),
]


def heard(data: bytes) -> Checked:
    source = MemorySource(data)
    form = kinds.recognised(source)
    assert form is not None
    return audio.checked(source, form)


def seen(data: bytes) -> Checked:
    source = MemorySource(data)
    form = kinds.recognised(source)
    assert form is not None
    return artwork.checked(source, form)


def kept(checked: Checked) -> bytes:
    return whole(checked.splice)


@pytest.mark.parametrize(("name", "data"), AUDIO)
def test_each_audio_format_is_recognised_by_its_bytes(name: str, data: bytes) -> None:
    form = kinds.recognised(MemorySource(data))
    assert form is not None
    assert (form.name, form.kind) == (name, FileKind.AUDIO)


@pytest.mark.parametrize("data", [data for _, data in AUDIO])
def test_duration_and_sample_rate_are_found(data: bytes) -> None:
    facts = heard(data).facts
    assert facts.sample_rate_hz == (48_000 if b"OpusHead" in data else 44_100)
    assert facts.duration_seconds is not None
    assert 0.9 < facts.duration_seconds < 2.2
    assert facts.warnings == ()


@pytest.mark.parametrize(
    ("data", "clean"),
    [
        (making.with_riff_chunk(making.wav(), b"LIST", b"INFO" + making.SECRET), making.wav()),
        (making.with_riff_chunk(making.wav(), b"id3 ", making.id3(making.SECRET)), making.wav()),
        (making.wav() + b"PK\x03\x04" + making.SECRET, making.wav()),
        (making.rf64(making.wav()), making.wav()),
        (making.with_riff_chunk(making.aiff(), b"AUTH", making.SECRET), making.aiff()),
        (making.id3(making.SECRET) + making.mp3(), making.mp3()),
        (making.mp3() + b"TAG" + making.SECRET.ljust(125, b"\0"), making.mp3()),
        (making.with_flac_block(making.flac(), 4, making.SECRET), making.flac()),
        (making.with_flac_block(making.flac(), 6, making.SECRET), making.flac()),
        (making.id3(making.SECRET) + making.flac(), making.flac()),
    ],
)
def test_tags_are_left_out_and_the_sound_stays(data: bytes, clean: bytes) -> None:
    assert kept(heard(data)) == clean


@pytest.mark.parametrize(
    ("make", "read"),
    [(making.ogg_vorbis, OggVorbis), (making.ogg_opus, OggOpus)],
)
@pytest.mark.parametrize("length", [30, 300, 20_000])
def test_ogg_comments_are_blanked_in_place(
    make: Callable[[bytes], bytes], read: Callable[[io.BytesIO], OggVorbis], length: int
) -> None:
    data = make(b"ARTIST=" + making.SECRET.ljust(length, b"x"))
    clean = kept(heard(data))
    assert len(clean) == len(data)
    assert making.SECRET not in clean
    parsed = read(io.BytesIO(clean))
    tags, info = cast(Any, parsed.tags), cast(Any, parsed.info)
    assert tags == []
    assert info.length == pytest.approx(1.0, abs=0.01)


def test_m4a_tags_become_free_space_and_offsets_stay() -> None:
    data = making.m4a(making.SECRET)
    clean = kept(heard(data))
    assert len(clean) == len(data)
    assert making.SECRET not in clean
    assert clean.index(b"mdat") == data.index(b"mdat")
    again = cast(Any, MP4(io.BytesIO(clean)))  # type: ignore[no-untyped-call]  # half typed
    assert again.info.length > 0


def test_a_file_without_tags_is_kept_byte_for_byte() -> None:
    for data in (making.wav(), making.aiff(), making.mp3(), making.flac(), making.m4a()):
        assert heard(data).splice.is_whole


@pytest.mark.parametrize("data", [data for name, data in AUDIO if name != "MP3"])
def test_a_file_that_ends_too_early_is_refused(data: bytes) -> None:
    with pytest.raises(Damaged, match=r"too early|cannot be read"):
        heard(data[: len(data) * 2 // 3])


def test_a_flac_file_cut_between_two_frames_is_refused() -> None:
    data = making.flac(2)
    frame = len(making._flac_frame(1))
    with pytest.raises(Damaged, match="too early"):
        heard(data[:-frame])


def test_html_before_the_first_frame_is_no_sound() -> None:
    tag = making.id3(b"x")
    page = b"<script>alert(1)</script>"
    assert kept(heard(tag + page + making.mp3())) == making.mp3()


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 100, b"<svg xmlns='x'/>", b"PK\x03\x04" + bytes(60), b"%PDF-1.7", b"GIF89a" * 9],
)
def test_what_is_no_format_of_ours_is_not_recognised(data: bytes) -> None:
    assert kinds.recognised(MemorySource(data)) is None


def test_a_video_is_no_audio_file() -> None:
    with pytest.raises(Damaged, match="moving pictures"):
        heard(making.m4a(handler=b"vide"))


def test_a_file_that_only_begins_like_its_format_is_refused() -> None:
    for data in (b"\xff\xfb\x90\x00" + b"<b>" * 500, b"ID3\x04" + bytes(99), b"RIFF1234WAVE"):
        with pytest.raises(Damaged):
            heard(data)


def test_a_low_sample_rate_is_a_warning() -> None:
    assert heard(making.wav(rate=22_050)).facts.warnings


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_artwork_is_measured(form: str) -> None:
    checked = seen(making.picture(form))
    assert (checked.facts.width_px, checked.facts.height_px) == (1500, 1500)
    assert checked.splice.is_whole
    assert len(checked.facts.warnings) == 1


def test_large_artwork_has_no_warning() -> None:
    assert seen(making.picture(side=3000)).facts.warnings == ()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_exif_is_left_out_and_every_pixel_stays(form: str) -> None:
    data = making.picture(form, exif=making.exif())
    assert making.SECRET in data
    clean = kept(seen(data))
    assert making.SECRET not in clean
    with Image.open(io.BytesIO(clean)) as image, Image.open(io.BytesIO(data)) as before:
        assert dict(image.getexif()) == {}
        assert image.tobytes() == before.tobytes()


def test_artwork_that_lies_on_its_side_is_turned_before_its_exif_goes() -> None:
    data = making.picture("JPEG", exif=making.exif(orientation=6))
    clean = kept(seen(data))
    with Image.open(io.BytesIO(clean)) as image, Image.open(io.BytesIO(data)) as before:
        turned = before.rotate(-90)
        pixel = (10, 700, 11, 701)
        kept_red, *_ = image.crop(pixel).tobytes()
        turned_red, *_ = turned.crop(pixel).tobytes()
        assert abs(kept_red - turned_red) < 6
    assert making.SECRET not in clean


def test_text_and_what_hangs_behind_a_png_are_left_out() -> None:
    plain = making.picture()
    data = making.with_png_chunk(plain, b"tEXt", b"Author\0" + making.SECRET) + b"PK" + bytes(9)
    assert kept(seen(data)) == plain


def test_a_comment_and_what_hangs_behind_a_jpeg_are_left_out() -> None:
    plain = making.picture("JPEG", progressive=True)
    data = making.picture("JPEG", progressive=True, comment=making.SECRET) + b"<html>"
    assert making.SECRET in data
    assert kept(seen(data)) == plain


def test_a_colour_profile_stays() -> None:
    from PIL import ImageCms

    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    profile = made.tobytes()
    for form in ("PNG", "JPEG", "WEBP"):
        clean = kept(seen(making.picture(form, icc_profile=profile)))
        with Image.open(io.BytesIO(clean)) as image:
            assert image.info["icc_profile"] == profile


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(Damaged, match="8,000 by 8,000"):
        seen(making.bomb())


def test_every_reason_is_told_at_once() -> None:
    with pytest.raises(artwork.Unfit) as refused:
        seen(making.picture_of(800, 600))
    assert len(refused.value.reasons) == 2


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_artwork_that_ends_too_early_is_refused(form: str) -> None:
    data = making.picture(form)
    with pytest.raises(Damaged):
        seen(data[: len(data) // 2])


def test_artwork_with_damaged_pixels_is_refused() -> None:
    data = bytearray(making.picture())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    with pytest.raises(Damaged):
        seen(bytes(data))


def test_artwork_that_moves_is_refused() -> None:
    frames = [Image.new("RGB", (1500, 1500), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(Damaged, match="still"):
        seen(out.getvalue())


def test_an_animated_png_is_kept_as_its_first_picture() -> None:
    frames = [Image.new("RGB", (1500, 1500), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(kept(seen(out.getvalue())))) as image:
        assert getattr(image, "n_frames", 1) == 1
        assert image.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize("size", [300, 1000])
def test_a_rendition_is_a_small_jpeg_with_nothing_else_in_it(size: int) -> None:
    data = making.picture("PNG", exif=making.exif())
    small = artwork.rendition(data, size=size)
    with Image.open(io.BytesIO(small)) as image:
        assert (image.format, image.size) == ("JPEG", (size, size))
        assert dict(image.getexif()) == {}
    assert making.SECRET not in small
    assert len(small) < 100_000


def test_transparent_artwork_is_rendered_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (1500, 1500), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(artwork.rendition(out.getvalue(), size=300))) as image:
        assert image.getpixel((9, 9)) == (255, 255, 255)


def test_a_splice_reads_the_same_in_any_steps() -> None:
    source = MemorySource(bytes(range(256)) * 4)
    splice = Splice(source, [b"begin", Kept(10, 300), b"middle", Kept(900, 50)])
    expected = b"begin" + source.data[10:310] + b"middle" + source.data[900:950]
    assert whole(splice) == expected == b"".join(splice.stream())
    file = SpliceFile(splice)
    assert b"".join(iter(lambda: file.read(7), b"")) == expected
    file.seek(-50, io.SEEK_END)
    assert file.read() == expected[-50:]


def test_flac_stays_readable_for_other_programs() -> None:
    clean = kept(heard(making.with_flac_block(making.flac(), 4, bytes(40))))
    again = FLAC(io.BytesIO(clean))  # type: ignore[no-untyped-call]  # mutagen is half typed
    assert again.info.length > 0.9


SEEDS = [
    *(data for _, data in AUDIO),
    making.id3(b"x" * 50) + making.mp3(12),
    making.with_flac_block(making.flac(0.3), 4, bytes(40)),
    making.picture("JPEG", side=64, exif=making.exif(orientation=6)),
    making.picture("PNG", side=64),
    making.picture("WEBP", side=64, exif=making.exif()),
]


@settings(max_examples=300, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    wounds=st.lists(st.tuples(st.integers(0, 2000), st.binary(min_size=1, max_size=9)), max_size=9),
    cut=st.integers(0, 500),
)
def test_no_file_breaks_the_checks(seed: bytes, wounds: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(seed[: len(seed) - cut])
    for at, wound in wounds:
        data[at : at + len(wound)] = wound
    source = MemorySource(bytes(data))
    form = kinds.recognised(source)
    try:
        if form is not None:
            check = audio.checked if form.kind is FileKind.AUDIO else artwork.checked
            whole(check(source, form).splice)
    except (Damaged, artwork.Unfit):
        pass


def test_boxes_in_boxes_without_end_are_not_followed() -> None:
    nested = b""
    for _ in range(5000):
        nested = making._box(b"trak", nested)
    data = making._box(b"ftyp", b"M4A ") + making._box(b"moov", nested) + making._box(b"mdat", b"")
    with pytest.raises(Damaged):
        heard(data)


def test_ten_thousands_of_parts_are_refused_at_once() -> None:
    many = making._box(b"moov", making._box(b"trak", b"") * 20_000)
    with pytest.raises(Damaged, match="more parts"):
        heard(making._box(b"ftyp", b"M4A ") + many)
    with pytest.raises(Damaged, match="more parts"):
        heard(making.wav(0.01) + (b"junk" + bytes(4)) * 20_000)
    page = making._ogg_page([], 1)
    with pytest.raises(Damaged, match="too large"):
        heard(making.ogg_vorbis()[:58] + page * 5000 + making._ogg_page([b"x"], 2))
