"""Reading a file by ranges, wherever it lies, with a few MiB in memory at most."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final, Protocol

from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import Container

BLOCK_BYTES: Final = 128 * 1024
_BLOCKS_KEPT: Final = 16
STREAM_BYTES: Final = 4 * 1024 * 1024


class Damaged(Exception):
    """The file is not what it should be; `detail` is a sentence for the artist."""

    def __init__(self, detail: str, *, field: str = "file") -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class Source(Protocol):
    """Bytes that can be read from anywhere. `size` in bytes."""

    @property
    def size(self) -> int: ...

    def read_at(self, offset: int, length: int) -> bytes: ...


class MemorySource:
    """A small file that is here already."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def size(self) -> int:
        return len(self.data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


class BlobSource:
    """One version of a blob, read as it is needed; small reads share blocks."""

    def __init__(
        self, blobs: Blobs, container: Container, name: str, *, size: int, etag: str
    ) -> None:
        self._blobs, self._container, self._name = blobs, container, name
        self._size = size
        self.etag = etag
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    @property
    def size(self) -> int:
        return self._size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes.

        Raises:
            Missing, Changed: the blob is gone, or is another version.
        """
        length = max(0, min(length, self._size - offset))
        if length > BLOCK_BYTES:
            return self._fetch(offset, length)
        first = offset // BLOCK_BYTES
        last = (offset + max(length, 1) - 1) // BLOCK_BYTES
        joined = b"".join(self._block(number) for number in range(first, last + 1))
        start = offset - first * BLOCK_BYTES
        return joined[start : start + length]

    def _block(self, number: int) -> bytes:
        found = self._blocks.pop(number, None)
        if found is None:
            found = self._fetch(number * BLOCK_BYTES, BLOCK_BYTES)
        self._blocks[number] = found
        if len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return found

    def _fetch(self, offset: int, length: int) -> bytes:
        if offset >= self._size:
            return b""
        return self._blobs.read_range(self._container, self._name, offset, length, etag=self.etag)


def whole(source: Source) -> bytes:
    """Return all of a small file."""
    return b"".join(pieces(source, 0, source.size))


def pieces(source: Source, offset: int, length: int) -> Iterator[bytes]:
    """Yield a range in pieces of at most 4 MiB.

    Raises:
        Damaged: the file ends before the range does.
    """
    end = offset + length
    while offset < end:
        piece = source.read_at(offset, min(STREAM_BYTES, end - offset))
        if not piece:
            raise Damaged("The file ends too early.")
        yield piece
        offset += len(piece)


def exactly(source: Source, offset: int, length: int) -> bytes:
    """Return exactly so many bytes.

    Raises:
        Damaged: the file ends too early.
    """
    found = source.read_at(offset, length)
    if len(found) != length:
        raise Damaged("The file ends too early.")
    return found
