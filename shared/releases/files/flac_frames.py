"""Finding a FLAC file's last frame, without decoding (RFC 9639, 9.1: frame headers)."""

import re
from typing import Final

from shared.releases.files.reading import Source

# A stereo frame of 65,535 samples of 24 bits, the longest that encoders make, has 384 KiB.
_TAIL_BYTES: Final = 512 * 1024
_SYNC: Final = re.compile(rb"\xff[\xf8\xf9]")
_LONGEST_HEADER: Final = 16


def last_sample(source: Source, *, block_size: int) -> int:
    """Return up to which sample the frames reach, 0 when no frame is found. One channel's count."""
    begin = max(0, source.size - _TAIL_BYTES)
    tail = source.read_at(begin, source.size - begin)
    reached = 0
    for match in _SYNC.finditer(tail):
        header = tail[match.start() : match.start() + _LONGEST_HEADER]
        reached = max(reached, _reach(header, block_size))
    return reached


def _reach(header: bytes, block_size: int) -> int:
    if len(header) < 6:
        return 0
    number, length = _coded_number(header)
    extra = {6: 1, 7: 2}.get(header[2] >> 4, 0)
    rate = {12: 1, 13: 2, 14: 2}.get(header[2] & 0x0F, 0)
    end = 4 + length + extra + rate
    if not length or end >= len(header) or _crc8(header[:end]) != header[end]:
        return 0
    samples = _samples(header, 4 + length, extra, block_size)
    is_variable = header[1] & 1
    return number + samples if is_variable else number * block_size + samples


def _samples(header: bytes, at: int, extra: int, block_size: int) -> int:
    code = header[2] >> 4
    if extra:
        return int.from_bytes(header[at : at + extra], "big") + 1
    if code == 1:
        return 192
    if 2 <= code <= 5:
        return int(576 << (code - 2))
    return int(256 << (code - 8)) if code >= 8 else block_size


def _coded_number(header: bytes) -> tuple[int, int]:
    """Return the frame's or sample's number and how many bytes it takes; 0 bytes: not a number."""
    first = header[4]
    if first < 0x80:
        return first, 1
    length = 8 - (first ^ 0xFF).bit_length()
    rest = header[5 : 4 + length]
    if not 2 <= length <= 7 or any(byte & 0xC0 != 0x80 for byte in rest):
        return 0, 0
    number = first & (0x7F >> length)
    for byte in rest:
        number = number << 6 | byte & 0x3F
    return number, length


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC_TABLE[crc ^ byte]
    return crc


def _crc_entry(byte: int) -> int:
    crc = byte
    for _ in range(8):
        crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


_CRC_TABLE: Final = [_crc_entry(byte) for byte in range(256)]
