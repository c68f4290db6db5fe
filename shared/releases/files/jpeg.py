"""JPEG: the image's own segments are kept; EXIF, XMP, IPTC, comments and what follows are not."""

import re
from typing import Final

from shared.releases.files.reading import Damaged, MemorySource
from shared.releases.files.splice import Kept, Piece, Splice

_END, _SCAN = 0xD9, 0xDA
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB})
_IN_SCAN: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # A marker that ends a scan's bytes.
_APPLICATION: Final = range(0xE0, 0xF0)
_KEPT_APPLICATION: Final = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_COMMENT: Final = 0xFE


def jpeg(source: MemorySource) -> Splice:
    """Return a JPEG file's image with its colour profile.

    Raises:
        Damaged: it ends too early.
    """
    parts: list[Piece] = [Kept(0, 2)]
    for marker, offset, end in _segments(source.data):
        if _is_kept(marker, source.data[offset + 4 : offset + 20]):
            parts.append(Kept(offset, end - offset))
    return Splice(source, parts)


def jpeg_size(source: MemorySource) -> tuple[int, int]:
    """Return width and height in pixels, as the frame's header says.

    Raises:
        Damaged: there is no frame.
    """
    data = source.data
    for marker, offset, end in _segments(data):
        if marker in _FRAMES and end - offset >= 9:
            height, width = data[offset + 5 : offset + 7], data[offset + 7 : offset + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
    raise Damaged("The JPEG file has no image in it.")


def _segments(data: bytes) -> list[tuple[int, int, int]]:
    """Return marker, begin and end of each segment, a scan's bytes with its header."""
    found: list[tuple[int, int, int]] = []
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if at + 2 > len(data) or data[at] != 0xFF:
            raise Damaged("The file ends too early.")
        marker = data[at + 1]
        if marker == _END:
            return [*found, (marker, at, at + 2)]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SCAN:
            following = _IN_SCAN.search(data, end)
            if following is None:
                raise Damaged("The file ends too early.")
            end = following.start()
        found.append((marker, at, end))
        at = end


def _is_kept(marker: int, content: bytes) -> bool:
    if marker in _APPLICATION:
        begin = _KEPT_APPLICATION.get(marker)
        return begin is not None and content.startswith(begin)
    return marker != _COMMENT
