"""A song and a cover for the demo, made on the spot."""

import io
import math
import struct
import wave
import zlib

RATE = 44_100
SECONDS = 4
COVER_PX = 3000


def song() -> bytes:
    """Return a few seconds of a chord as a stereo WAV file."""
    chord = (220.0, 277.18, 329.63)
    frames = bytearray()
    for index in range(RATE * SECONDS):
        fade = min(1.0, index / 4000, (RATE * SECONDS - index) / 8000)
        level = sum(math.sin(2 * math.pi * tone * index / RATE) for tone in chord) / len(chord)
        sample = int(12_000 * fade * level)
        frames += struct.pack("<hh", sample, sample)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(frames))
    return out.getvalue()


def cover() -> bytes:
    """Return a square cover as PNG: a sun over a horizon, in bands of colour."""
    rows = []
    for y in range(COVER_PX):
        sky = y / COVER_PX
        half = _half_width_of_the_sun(y)
        colour = bytes((int(40 + 190 * sky), int(30 + 80 * sky), int(110 - 40 * sky)))
        row = bytearray(colour * COVER_PX)
        if half:
            left = COVER_PX // 2 - half
            row[3 * left : 3 * (left + 2 * half)] = bytes((255, 214, 140)) * (2 * half)
        rows.append(b"\0" + bytes(row))
    return _png(b"".join(rows))


def _half_width_of_the_sun(y: int) -> int:
    radius, centre = COVER_PX // 5, COVER_PX * 55 // 100
    within = radius * radius - (y - centre) ** 2
    return int(math.sqrt(within)) if within > 0 and y < COVER_PX * 62 // 100 else 0


def _png(raw: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", COVER_PX, COVER_PX, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
