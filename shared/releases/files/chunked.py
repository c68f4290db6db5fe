"""Files of chunks: WAV and WebP (RIFF), AIFF (FORM), PNG. Only the chunks of the work are kept."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.releases.files.reading import Damaged, Source, exactly
from shared.releases.files.splice import Kept, Piece, Splice

_HEADER: Final = 12
_UNKNOWN_LENGTH: Final = 0xFFFFFFFF
_MAX_CHUNKS: Final = 10_000
_WAV: Final = frozenset({b"fmt ", b"fact", b"data"})
_AIFF: Final = frozenset({b"FVER", b"COMM", b"SSND"})
_WEBP: Final = frozenset({b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"})
_WEBP_EXIF_AND_XMP: Final = 0x0C  # Flags of VP8X (RFC 9649, 2.7).
_PNG: Final = frozenset(
    {
        b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP",
        b"pHYs", b"bKGD", b"IDAT", b"IEND",
    }
)  # fmt: skip
PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    offset: int  # Of its header.
    length: int  # Of its content.


def wav(source: Source) -> Splice:
    """Return a WAV file's format and sound; RF64 becomes plain RIFF, as a file of ours fits it.

    Raises:
        Damaged: it ends too early, or lacks what makes it a WAV file.
    """
    found: dict[bytes, list[Piece]] = {}
    long_data = None
    for chunk in _chunks(source, order="<"):
        if chunk.name == b"ds64":
            long_data = struct.unpack_from("<Q", exactly(source, chunk.offset + 8 + 8, 8))[0]
        if chunk.name in _WAV and chunk.name not in found:
            length = _sound_length(source, chunk, long_data)
            found[chunk.name] = _chunk(chunk.name, chunk.offset + 8, length, order="<")
    if not {b"fmt ", b"data"} <= found.keys():
        raise Damaged("The WAV file has no sound in it.")
    return _form(
        source, b"RIFF", b"WAVE", [part for parts in found.values() for part in parts], order="<"
    )


def aiff(source: Source) -> Splice:
    """Return an AIFF file's format and sound.

    Raises:
        Damaged: it ends too early, or lacks what makes it an AIFF file.
    """
    kind = exactly(source, 8, 4)
    found: dict[bytes, list[Piece]] = {}
    for chunk in _chunks(source, order=">"):
        if chunk.name in _AIFF:
            _within(source, chunk)
            found[chunk.name] = _chunk(chunk.name, chunk.offset + 8, chunk.length, order=">")
    if not {b"COMM", b"SSND"} <= found.keys():
        raise Damaged("The AIFF file has no sound in it.")
    return _form(
        source, b"FORM", kind, [part for parts in found.values() for part in parts], order=">"
    )


def webp(source: Source) -> Splice:
    """Return a WebP file's still image with its colour profile.

    Raises:
        Damaged: it ends too early, or moves.
    """
    parts: list[Piece] = []
    for chunk in _chunks(source, order="<"):
        if chunk.name in {b"ANIM", b"ANMF"}:
            raise Damaged("Artwork is a still image.")
        if chunk.name not in _WEBP:
            continue
        _within(source, chunk)
        if chunk.name == b"VP8X":
            content = bytearray(exactly(source, chunk.offset + 8, chunk.length))
            content[:1] = bytes([(content or b"\0")[0] & ~_WEBP_EXIF_AND_XMP & 0xFF])
            parts += [b"VP8X" + struct.pack("<I", len(content)) + bytes(content)]
        else:
            parts += _chunk(chunk.name, chunk.offset + 8, chunk.length, order="<")
    return _form(source, b"RIFF", b"WEBP", parts, order="<")


def webp_size(source: Source) -> tuple[int, int]:
    """Return width and height in pixels, as the file's header says.

    Raises:
        Damaged: the header cannot be read.
    """
    head = exactly(source, 12, 18)
    if head[:4] == b"VP8X":
        return 1 + int.from_bytes(head[12:15], "little"), 1 + int.from_bytes(head[15:18], "little")
    if head[:4] == b"VP8L":
        bits = int.from_bytes(head[9:13], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if head[:4] == b"VP8 ":
        width, height = struct.unpack("<HH", head[14:18])
        return width & 0x3FFF, height & 0x3FFF
    raise Damaged("The WebP file cannot be read.")


def png(source: Source) -> Splice:
    """Return a PNG file's image: no text, no EXIF, no animation, nothing behind its end.

    Raises:
        Damaged: it ends too early.
    """
    parts: list[Piece] = [Kept(0, len(PNG_SIGNATURE))]
    offset = len(PNG_SIGNATURE)
    for _ in range(_MAX_CHUNKS * 10):
        length, name = struct.unpack(">I4s", exactly(source, offset, 8))
        if offset + 12 + length > source.size:
            raise Damaged("The file ends too early.")
        if name in _PNG:
            content = exactly(source, offset + 4, length + 8)
            if zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "big"):
                raise Damaged("The PNG file is damaged.")
            parts.append(Kept(offset, length + 12))
        offset += length + 12
        if name == b"IEND":
            return Splice(source, parts)
    raise Damaged("The PNG file cannot be read.")


def png_size(source: Source) -> tuple[int, int]:
    """Return width and height in pixels, as the file's header says."""
    length, name, width, height = struct.unpack(">I4sII", exactly(source, 8, 16))
    if name != b"IHDR" or length != 13:
        raise Damaged("The PNG file cannot be read.")
    return int(width), int(height)


def _chunks(source: Source, *, order: str) -> Iterator[_Chunk]:
    offset = _HEADER
    for _ in range(_MAX_CHUNKS):
        header = source.read_at(offset, 8)
        if len(header) < 8:
            return
        name, length = struct.unpack(order + "4sI", header)
        yield _Chunk(name, offset, length)
        offset += 8 + length + length % 2
    raise Damaged("The file has more parts than a file of its kind.")


def _sound_length(source: Source, chunk: _Chunk, long_data: int | None) -> int:
    """Return the length that a chunk really has: a stream's writer did not know it yet."""
    if chunk.name == b"data" and chunk.length == _UNKNOWN_LENGTH:
        return min(long_data or source.size, source.size - chunk.offset - 8)
    _within(source, chunk)
    return chunk.length


def _within(source: Source, chunk: _Chunk) -> None:
    if chunk.offset + 8 + chunk.length > source.size:
        raise Damaged("The file ends too early.")


def _chunk(name: bytes, offset: int, length: int, *, order: str) -> list[Piece]:
    padding = [b"\0"] if length % 2 else []
    return [name + struct.pack(order + "I", length), Kept(offset, length), *padding]


def _form(source: Source, form: bytes, kind: bytes, parts: list[Piece], *, order: str) -> Splice:
    length = 4 + sum(len(p) if isinstance(p, bytes) else p.length for p in parts)
    return Splice(source, [form + struct.pack(order + "I", length) + kind, *parts])
