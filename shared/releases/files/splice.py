"""A file as it is kept: ranges of the one that arrived, and bytes in place of others."""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from shared.releases.files.reading import Source, exactly, pieces


@dataclass(frozen=True, slots=True)
class Kept:
    """A range of the file that arrived."""

    offset: int
    length: int


Piece = Kept | bytes


class Splice:
    """Kept ranges and written bytes, in their order. A source of its own."""

    def __init__(self, source: Source, parts: Sequence[Piece]) -> None:
        self._source = source
        self._parts = _joined(source, parts)
        self._ends = list(accumulate(_length(part) for part in self._parts))

    @property
    def size(self) -> int:
        return self._ends[-1] if self._ends else 0

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is left out: the file can be copied as it is."""
        return self._parts == [Kept(0, self._source.size)]

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes of the file as it is kept."""
        found = bytearray()
        index = bisect_right(self._ends, offset)
        while length > 0 and index < len(self._parts):
            part = self._parts[index]
            inside = offset - (self._ends[index] - _length(part))
            piece = self._read_part(part, inside, min(length, _length(part) - inside))
            found += piece
            offset, length, index = offset + len(piece), length - len(piece), index + 1
        return bytes(found)

    def stream(self) -> Iterator[bytes]:
        """Yield the file as it is kept, in pieces of at most 4 MiB."""
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from pieces(self._source, part.offset, part.length)

    def without_start(self, count: int) -> "Splice":
        """Return it without its first bytes, which lie in the first kept range."""
        first, *rest = self._parts
        if not isinstance(first, Kept) or first.length < count:
            raise ValueError("Only kept bytes can be left out.")
        return Splice(self._source, [Kept(first.offset + count, first.length - count), *rest])

    def _read_part(self, part: Piece, inside: int, length: int) -> bytes:
        if isinstance(part, bytes):
            return part[inside : inside + length]
        return exactly(self._source, part.offset + inside, length)


class SpliceFile(io.RawIOBase):
    """A splice, or any source, as a file that parsers can seek in."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}
        if base[whence] + offset < 0:
            raise OSError("Nothing lies before the beginning.")
        self._position = base[whence] + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._source.size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        found = self._source.read_at(self._position, wanted) if wanted else b""
        self._position += len(found)
        return found


def _length(part: Piece) -> int:
    return len(part) if isinstance(part, bytes) else part.length


def _joined(source: Source, parts: Sequence[Piece]) -> list[Piece]:
    """Join neighbours, and take written bytes that stand there anyway for kept ones."""
    joined: list[Piece] = []
    for given in parts:
        part = given
        last = joined[-1] if joined else Kept(0, 0)
        end = last.offset + last.length if isinstance(last, Kept) else None
        if isinstance(part, bytes) and end is not None:
            stands = source.read_at(end, len(part)) == part
            part = Kept(end, len(part)) if stands else part
        if (
            isinstance(part, Kept)
            and isinstance(last, Kept)
            and part.offset == end
            and (joined or end == 0)
        ):
            joined[-1:] = [Kept(last.offset, last.length + part.length)]
        elif _length(part):
            joined.append(part)
    return joined
