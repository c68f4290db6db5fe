"""Ogg with Vorbis or Opus: the comment packet is blanked where it stands, its pages signed anew.

Its length stays, so that no page behind it changes. RFC 3533 (pages), RFC 7845 (Opus), the Vorbis I
specification, 4.2 and 5.
"""

import struct
from dataclasses import dataclass
from typing import Final

from shared.releases.files.reading import Damaged, Source, exactly
from shared.releases.files.splice import Kept, Piece, Splice

_MAX_COMMENT_BYTES: Final = 16 * 1024 * 1024
_MAX_COMMENT_PAGES: Final = 4096  # Of 4 KiB, as encoders make them.
_MAX_PAGE_BYTES: Final = 27 + 255 + 255 * 255
_NO_LACING: Final = 255
_EMPTY_COMMENTS: Final = {
    b"\x01vorbis": b"\x03vorbis" + bytes(8) + b"\x01",  # No vendor, no comments, framing bit.
    b"OpusHead": b"OpusTags" + bytes(8),
}


@dataclass(frozen=True, slots=True)
class _Page:
    offset: int
    serial: bytes
    lacing: bytes
    data: bytes  # The whole page.

    @property
    def body(self) -> int:
        return 27 + len(self.lacing)


def ogg(source: Source) -> Splice:
    """Return an Ogg file without its comments.

    Raises:
        Damaged: it ends too early, or holds something else than one Vorbis or Opus stream.
    """
    first = _page(source, 0)
    empty = next(
        (e for begin, e in _EMPTY_COMMENTS.items() if first.data[first.body :].startswith(begin)),
        None,
    )
    if empty is None:
        raise Damaged("An OGG file holds Vorbis or Opus.", field="content_type")
    _check_last_page(source, first.serial)
    parts: list[Piece] = [Kept(0, len(first.data))]
    offset, written, more, pages = len(first.data), 0, True, 0
    while more:
        page = _page(source, offset)
        if page.serial != first.serial:
            raise Damaged("An OGG file holds one stream.")
        count, more = _comment_bytes(page.lacing)
        blank = empty[written : written + count].ljust(count, b"\0")
        parts.append(_signed(page, blank))
        offset, written, pages = offset + len(page.data), written + count, pages + 1
        if written > _MAX_COMMENT_BYTES or pages > _MAX_COMMENT_PAGES:
            raise Damaged("The OGG file's tags are too large.")
    if written < len(empty):
        raise Damaged("The OGG file cannot be read.")
    return Splice(source, [*parts, Kept(offset, source.size - offset)])


def _page(source: Source, offset: int) -> _Page:
    header = exactly(source, offset, 27)
    if header[:4] != b"OggS":
        raise Damaged("The OGG file cannot be read.")
    lacing = exactly(source, offset + 27, header[26])
    data = exactly(source, offset, 27 + len(lacing) + sum(lacing))
    return _Page(offset, header[14:18], lacing, data)


def _comment_bytes(lacing: bytes) -> tuple[int, bool]:
    """Return how many bytes of a page's first packet stand on it, and whether it goes on."""
    count = 0
    for part in lacing:
        count += part
        if part < _NO_LACING:
            return count, False
    return count, True


def _signed(page: _Page, blank: bytes) -> bytes:
    data = bytearray(page.data)
    data[page.body : page.body + len(blank)] = blank
    data[22:26] = bytes(4)
    data[22:26] = struct.pack("<I", _crc(data))
    return bytes(data)


def _check_last_page(source: Source, serial: bytes) -> None:
    begin = max(0, source.size - _MAX_PAGE_BYTES)
    tail = source.read_at(begin, source.size - begin)
    at = tail.rfind(b"OggS")
    while at > 0 and not _ends_here(tail, at):
        at = tail.rfind(b"OggS", 0, at)
    if at < 0 or not _ends_here(tail, at):
        raise Damaged("The file ends too early.")
    if tail[at + 14 : at + 18] != serial:
        raise Damaged("An OGG file holds one stream.")


def _ends_here(tail: bytes, at: int) -> bool:
    if at + 27 > len(tail):
        return False
    lacing = tail[at + 27 : at + 27 + tail[at + 26]]
    return at + 27 + len(lacing) + sum(lacing) == len(tail)


def _crc(data: bytes | bytearray) -> int:
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC_TABLE[crc >> 24 ^ byte]
    return crc


def _crc_entry(byte: int) -> int:
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if crc & 0x80000000 else crc << 1
    return crc


_CRC_TABLE: Final = [_crc_entry(byte) for byte in range(256)]
