"""M4A: the boxes of sound are kept; tags become free space of the same length.

Lengths stay, since the sample table points into the file. ISO/IEC 14496-12.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.releases.files.reading import Damaged, Source, exactly
from shared.releases.files.splice import Kept, Piece, Splice

_TOP: Final = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"mfra"})
# Each box that holds boxes, and the only one of these that may stand in it.
_HOLDERS: Final = {
    b"moov": b"trak", b"trak": b"mdia", b"mdia": b"minf", b"minf": b"stbl", b"stbl": b"",
    b"moof": b"traf", b"traf": b"",
}  # fmt: skip
_TAGS: Final = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip"})
_MAX_BYTES_BESIDE_SOUND: Final = 64 * 1024 * 1024
_MAX_BOXES: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    offset: int
    header: int
    length: int  # With its header.


def m4a(source: Source) -> Splice:
    """Return an M4A file without its tags.

    Raises:
        Damaged: it ends too early, holds moving pictures, or has no sound.
    """
    parts: list[Piece] = []
    kinds, beside = set(), 0
    budget = iter(range(_MAX_BOXES))
    for box in _boxes(source, 0, source.size, budget):
        kinds.add(box.kind)
        beside += box.length if box.kind != b"mdat" else 0
        if beside > _MAX_BYTES_BESIDE_SOUND:
            raise Damaged("The M4A file's tags are too large.")
        if box.kind not in _TOP:
            parts += _freed(box)
        elif box.kind in _HOLDERS:
            parts += _opened(source, box, budget)
        else:
            parts.append(Kept(box.offset, box.length))
    if not {b"ftyp", b"moov", b"mdat"} <= kinds:
        raise Damaged("The M4A file has no sound in it.")
    return Splice(source, parts)


def _opened(source: Source, box: _Box, budget: Iterator[int]) -> list[Piece]:
    parts: list[Piece] = [Kept(box.offset, box.header)]
    for inner in _boxes(source, box.offset + box.header, box.offset + box.length, budget):
        if inner.kind in _TAGS:
            parts += _freed(inner)
        elif inner.kind == _HOLDERS[box.kind]:
            parts += _opened(source, inner, budget)
        elif inner.kind in _HOLDERS:
            raise Damaged("The M4A file cannot be read.")
        else:
            if inner.kind == b"hdlr":
                _check_handler(source, inner)
            parts.append(Kept(inner.offset, inner.length))
    return parts


def _freed(box: _Box) -> list[Piece]:
    return [struct.pack(">I4s", box.length, b"free") + bytes(box.length - 8)]


def _check_handler(source: Source, box: _Box) -> None:
    if exactly(source, box.offset + box.header + 8, 4) == b"vide":
        raise Damaged("An audio file holds no moving pictures.", field="content_type")


def _boxes(source: Source, offset: int, end: int, budget: Iterator[int]) -> Iterator[_Box]:
    for _ in budget:
        if offset == end:
            return
        box = _box(source, offset, end)
        yield box
        offset += box.length
    raise Damaged("The file has more parts than a file of its kind.")


def _box(source: Source, offset: int, end: int) -> _Box:
    length, kind = struct.unpack(">I4s", exactly(source, offset, 8))
    header = 8
    if length == 1:
        header, length = 16, int.from_bytes(exactly(source, offset + 8, 8), "big")
    elif length == 0:
        length = end - offset
    if length < header or offset + length > end:
        raise Damaged("The file ends too early.")
    return _Box(kind, offset, header, length)
