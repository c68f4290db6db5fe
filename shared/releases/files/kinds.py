"""The formats that a file may have: their media types, and how their first bytes look."""

from dataclasses import dataclass
from typing import Final

from shared.releases.files.chunked import PNG_SIGNATURE
from shared.releases.files.mpeg import after_id3
from shared.releases.files.reading import Damaged, Source
from shared.releases.model import FileKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: the media type that we answer with, and what else clients call it."""

    name: str
    kind: FileKind
    media_type: str
    extension: str
    also: frozenset[str] = frozenset()


def _format(name: str, kind: FileKind, media_types: str, extension: str) -> Format:
    first, *others = media_types.split()
    return Format(
        name=name, kind=kind, media_type=first, extension=extension, also=frozenset(others)
    )


_AUDIO, _ARTWORK = FileKind.AUDIO, FileKind.ARTWORK
WAV: Final = _format(
    "WAV", _AUDIO, "audio/wav audio/x-wav audio/wave audio/vnd.wave audio/x-pn-wav", "wav"
)
FLAC: Final = _format("FLAC", _AUDIO, "audio/flac audio/x-flac", "flac")
AIFF: Final = _format("AIFF", _AUDIO, "audio/aiff audio/x-aiff", "aiff")
MP3: Final = _format("MP3", _AUDIO, "audio/mpeg audio/mp3 audio/x-mp3 audio/mpeg3", "mp3")
M4A: Final = _format("M4A", _AUDIO, "audio/mp4 audio/x-m4a audio/m4a audio/aac", "m4a")
OGG: Final = _format(
    "OGG", _AUDIO, "audio/ogg application/ogg audio/vorbis audio/opus audio/x-vorbis+ogg", "ogg"
)
JPEG: Final = _format("JPEG", _ARTWORK, "image/jpeg image/jpg image/pjpeg", "jpg")
PNG: Final = _format("PNG", _ARTWORK, "image/png image/x-png", "png")
WEBP: Final = _format("WebP", _ARTWORK, "image/webp", "webp")
FORMATS: Final = (WAV, FLAC, AIFF, MP3, M4A, OGG, JPEG, PNG, WEBP)


def named(content_type: str, *, kind: FileKind) -> Format | None:
    """Return the format of a kind that a media type names, or None."""
    media_type = content_type.partition(";")[0].strip().lower()
    return next(
        (f for f in FORMATS if f.kind is kind and media_type in {f.media_type, *f.also}), None
    )


def accepted(kind: FileKind) -> str:
    """Return the formats of a kind in words."""
    return ", ".join(one.name for one in FORMATS if one.kind is kind)


def recognised(source: Source) -> Format | None:
    """Return the format that a file's first bytes show, whatever it is called; or None."""
    head = source.read_at(0, 16)
    for begin, found in _BEGINNINGS:
        if head.startswith(begin):
            return found
    boxes = {
        (b"RIFF", b"WAVE"): WAV, (b"RF64", b"WAVE"): WAV, (b"BW64", b"WAVE"): WAV,
        (b"RIFF", b"WEBP"): WEBP, (b"FORM", b"AIFF"): AIFF, (b"FORM", b"AIFC"): AIFF,
    }  # fmt: skip
    if (head[:4], head[8:12]) in boxes:
        return boxes[head[:4], head[8:12]]
    if head[4:8] == b"ftyp":
        return M4A
    if head[:3] == b"ID3":
        return _behind_tags(source)
    return MP3 if _is_frame(head) else None


_BEGINNINGS: Final = (
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"\xff\xd8\xff", JPEG),
    (PNG_SIGNATURE, PNG),
)


def _behind_tags(source: Source) -> Format | None:
    try:
        head = source.read_at(after_id3(source), 16)
    except Damaged:
        return MP3
    return FLAC if head[:4] == b"fLaC" else MP3


def _is_frame(head: bytes) -> bool:
    """Tell whether a layer III frame begins here (ISO/IEC 11172-3, 2.4.1.3)."""
    return len(head) >= 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 != 0xF
