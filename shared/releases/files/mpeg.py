"""MP3 and FLAC: the frames are kept, tags before, behind and between them are not."""

from typing import Final

from shared.releases.files.reading import Damaged, Source, exactly
from shared.releases.files.splice import Kept, Piece, Splice

_ID3V1: Final = 128
_APE_FOOTER: Final = 32
_MAX_TAGS: Final = 16
_STREAMINFO, _SEEKTABLE = 0, 3
_LAST_BLOCK: Final = 0x80
_MAX_BLOCKS: Final = 1024


def mp3(source: Source) -> Splice:
    """Return an MP3 file's frames.

    Raises:
        Damaged: nothing is left.
    """
    start = after_id3(source)
    end = _before_tags(source, start)
    if end - start < 64:
        raise Damaged("The MP3 file has no sound in it.")
    return Splice(source, [Kept(start, end - start)])


def flac(source: Source) -> Splice:
    """Return a FLAC file's stream info, seek table and frames.

    Raises:
        Damaged: it ends too early.
    """
    start = after_id3(source)
    if exactly(source, start, 4) != b"fLaC":
        raise Damaged("The FLAC file cannot be read.")
    blocks, offset = _blocks(source, start + 4)
    if not blocks or blocks[0][0] != _STREAMINFO:
        raise Damaged("The FLAC file cannot be read.")
    kept = [block for block in blocks if block[0] in {_STREAMINFO, _SEEKTABLE}]
    parts: list[Piece] = [b"fLaC"]
    for number, (kind, begin, length) in enumerate(kept, start=1):
        flag = _LAST_BLOCK if number == len(kept) else 0
        parts += [bytes([kind | flag]) + length.to_bytes(3, "big"), Kept(begin, length)]
    end = _before_tags(source, offset)
    return Splice(source, [*parts, Kept(offset, end - offset)])


def after_id3(source: Source) -> int:
    """Return where the first byte behind leading ID3v2 tags is.

    Raises:
        Damaged: a tag is longer than the file.
    """
    offset = 0
    for _ in range(_MAX_TAGS):
        header = source.read_at(offset, 10)
        if header[:3] != b"ID3" or len(header) < 10:
            return offset
        length = 0
        for byte in header[6:10]:
            length = length << 7 | byte & 0x7F
        offset += 10 + length + (10 if header[5] & 0x10 else 0)
        if offset > source.size:
            raise Damaged("The file ends too early.")
    raise Damaged("The file has more tags than a file of its kind.")


def _before_tags(source: Source, start: int) -> int:
    """Return where the sound ends, before ID3v1, APE and Lyrics3 tags."""
    end = source.size
    for _ in range(_MAX_TAGS):
        tail = source.read_at(max(start, end - _ID3V1), min(_ID3V1, end - start))
        length = _tag_length(tail)
        if not length or end - length < start:
            return end
        end -= length
    return end


def _tag_length(tail: bytes) -> int:
    if len(tail) == _ID3V1 and tail.startswith(b"TAG"):
        return _ID3V1
    if tail[-_APE_FOOTER:].startswith(b"APETAGEX"):
        footer = tail[-_APE_FOOTER:]
        has_header = footer[23] & 0x80
        return int.from_bytes(footer[12:16], "little") + (_APE_FOOTER if has_header else 0)
    if tail.endswith(b"LYRICS200") and tail[-15:-9].isdigit():
        return int(tail[-15:-9]) + 15
    return 0


def _blocks(source: Source, offset: int) -> tuple[list[tuple[int, int, int]], int]:
    blocks = []
    for _ in range(_MAX_BLOCKS):
        header = exactly(source, offset, 4)
        length = int.from_bytes(header[1:], "big")
        blocks.append((header[0] & 0x7F, offset + 4, length))
        offset += 4 + length
        if offset > source.size:
            raise Damaged("The file ends too early.")
        if header[0] & _LAST_BLOCK:
            return blocks, offset
    raise Damaged("The FLAC file cannot be read.")
