"""Artwork as artists have it, made on the spot: like a photograph, and the worst."""

import io

from PIL import Image

SIDE_PX = 1500
GRAINS = ((4, 0.3), (16, 0.2), (64, 0.15), (256, 0.11), (SIDE_PX, 0.2))


def photograph() -> bytes:
    """Return a picture with detail at every scale, as a photograph has it."""
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX), (222, 120, 80))
    for side, share in GRAINS:
        picture = Image.blend(picture, _noise(side).resize(picture.size), share)
    return _jpeg(picture)


def grain() -> bytes:
    """Return a picture that stays pure noise at 300 px: nothing is heavier as JPEG."""
    return _jpeg(_noise(300).resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST))


def plain(colour: str) -> bytes:
    """Return a picture of one colour."""
    return _jpeg(Image.new("RGB", (SIDE_PX, SIDE_PX), colour))


def _noise(side: int) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise((side, side), 110) for _ in range(3)])


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue()
