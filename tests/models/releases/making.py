"""Small real files, made by hand: what artists send, and what attackers would."""

import io
import math
import struct
import wave
import zlib

from PIL import Image

from shared.releases.files.flac_frames import _crc8
from shared.releases.files.ogg import _crc

SECRET = b"canary-ada@example.com"


def wav(seconds: float = 1.0, rate: int = 44_100) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        tone = (int(9000 * math.sin(i / 20)) for i in range(int(rate * seconds)))
        file.writeframes(b"".join(struct.pack("<hh", s, s) for s in tone))
    return out.getvalue()


def with_riff_chunk(data: bytes, name: bytes, content: bytes) -> bytes:
    """Put one more chunk at the end of a RIFF or FORM file."""
    order = "<" if data[:4] == b"RIFF" else ">"
    content += b"\0" * (len(content) % 2)
    longer = data + name + struct.pack(order + "I", len(content)) + content
    return longer[:4] + struct.pack(order + "I", len(longer) - 8) + longer[8:]


def rf64(data: bytes) -> bytes:
    """Say a WAV file's lengths the way of RF64."""
    sound = data.index(b"data")
    length = struct.unpack_from("<I", data, sound + 4)[0]
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, len(data), length, length // 4, 0)
    patched = data[12 : sound + 4] + b"\xff\xff\xff\xff" + data[sound + 8 :]
    return b"RF64\xff\xff\xff\xffWAVE" + ds64 + patched


def aiff(seconds: float = 1.0, rate: int = 44_100) -> bytes:
    frames = int(rate * seconds)
    exponent = 16383 + rate.bit_length() - 1
    extended = struct.pack(">HQ", exponent, rate << (64 - rate.bit_length()))
    comm = struct.pack(">hIh", 1, frames, 16) + extended
    sound = bytes(8) + bytes(2 * frames)
    chunks = b"COMM" + struct.pack(">I", len(comm)) + comm
    chunks += b"SSND" + struct.pack(">I", len(sound)) + sound
    return b"FORM" + struct.pack(">I", 4 + len(chunks)) + b"AIFF" + chunks


def flac(seconds: float = 1.0, rate: int = 44_100) -> bytes:
    """Silence: each frame one constant value."""
    block, frames = 4096, math.ceil(rate * seconds / 4096)
    info = struct.pack(">HH", block, block) + bytes(6)
    info += struct.pack(">Q", rate << 44 | 0 << 41 | 15 << 36 | block * frames) + bytes(16)
    return b"fLaC" + b"\x80\0\0\x22" + info + b"".join(map(_flac_frame, range(frames)))


def with_flac_block(data: bytes, kind: int, content: bytes) -> bytes:
    """Put one more metadata block behind the stream info."""
    info = bytes([data[4] & 0x7F]) + data[5:42]
    return (
        data[:4]
        + info
        + bytes([0x80 | kind])
        + len(content).to_bytes(3, "big")
        + content
        + (data[42:])
    )


def _flac_frame(number: int) -> bytes:
    header = b"\xff\xf8\xc9\x08" + chr(number).encode()
    header += bytes([_crc8(header)])
    frame = header + b"\0\0\0"
    return frame + _crc16(frame).to_bytes(2, "big")


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005) & 0xFFFF if crc & 0x8000 else crc << 1
    return crc


def mp3(frames: int = 80) -> bytes:
    """Frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz, with nothing in them."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def id3(content: bytes) -> bytes:
    """Return an ID3v2.4 tag that names an artist."""
    frame = b"TPE1" + struct.pack(">I", len(content) + 1) + b"\0\0\x03" + content
    size = len(frame)
    syncsafe = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    return b"ID3\x04\0\0" + syncsafe + frame


def ogg_vorbis(comment: bytes = b"", *, seconds: int = 1, rate: int = 44_100) -> bytes:
    head = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 2, rate, 0, 128_000, 0, 0xB8, 1)
    comments = b"\x03vorbis" + struct.pack("<I", 4) + b"made" + struct.pack("<I", 1)
    comments += struct.pack("<I", len(comment)) + comment + b"\x01"
    setup = b"\x05vorbis" + bytes(64)
    pages = _ogg_page([head], 0, flags=2) + _ogg_page([comments, setup], 1)
    return pages + _ogg_page([bytes(100)] * 3, 2, flags=4, position=rate * seconds)


def ogg_opus(comment: bytes = b"", *, seconds: int = 1) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 312, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"made" + struct.pack("<I", 1)
    tags += struct.pack("<I", len(comment)) + comment
    pages = _ogg_page([head], 0, flags=2) + _ogg_page([tags], 1)
    return pages + _ogg_page([bytes(100)], 2, flags=4, position=48_000 * seconds + 312)


def _ogg_page(packets: list[bytes], number: int, *, flags: int = 0, position: int = 0) -> bytes:
    lacing = b"".join(bytes([255] * (len(p) // 255) + [len(p) % 255]) for p in packets)
    page = b"OggS" + struct.pack("<BBqIII", 0, flags, position, 77, number, 0)
    page += bytes([len(lacing)]) + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]


def m4a(tags: bytes = b"", *, handler: bytes = b"soun", rate: int = 44_100) -> bytes:
    mdhd = _box(b"mdhd", bytes(12) + struct.pack(">IIHH", rate, rate, 0, 0))
    hdlr = _box(b"hdlr", bytes(8) + handler + bytes(13))
    entry = bytes(6) + b"\0\x01" + bytes(8) + struct.pack(">HHHHI", 2, 16, 0, 0, rate << 16)
    stsd = _box(
        b"stsd", bytes(4) + struct.pack(">I", 1) + _box(b"mp4a", entry + _box(b"free", b""))
    )
    media = _box(b"mdia", mdhd + hdlr + _box(b"minf", _box(b"stbl", stsd)))
    header = _box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 1000) + bytes(80))
    named = _box(b"udta", _box(b"name", tags)) if tags else b""
    moov = _box(b"moov", header + _box(b"trak", media) + named)
    return _box(b"ftyp", b"M4A \0\0\0\0") + moov + _box(b"mdat", bytes(2000))


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def picture(form: str = "PNG", side: int = 1500, **saving: object) -> bytes:
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((side, side)).convert("RGB")
    image.save(out, form, **saving)
    return out.getvalue()


def picture_of(width: int, height: int, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, form)
    return out.getvalue()


def exif(*, orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[0x010E] = SECRET.decode()
    made[0x0112] = orientation
    made.get_ifd(0x8825)[1] = "N"
    return made


def bomb() -> bytes:
    """Return a PNG of 50,000 by 50,000 pixels in a few kilobytes."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", pixels) + _png_chunk(b"IEND", b"")
    )  # fmt: skip


def with_png_chunk(data: bytes, name: bytes, content: bytes) -> bytes:
    """Put one more chunk behind a PNG's header."""
    return data[:33] + _png_chunk(name, content) + data[33:]


def _png_chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check
