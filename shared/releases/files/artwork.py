"""Artwork: measured before it is decoded, decoded once, and rendered small for the public.

Decoding goes one at a time: a picture of `MAX_PIXELS` takes 256 MB while it is open.
"""

import io
import struct
import threading
import zlib
from typing import TYPE_CHECKING, Final

from shared.releases.files import kinds
from shared.releases.files.audio import Checked
from shared.releases.files.chunked import png, png_size, webp, webp_size
from shared.releases.files.jpeg import jpeg, jpeg_size
from shared.releases.files.kinds import Format
from shared.releases.files.reading import Damaged, MemorySource, whole
from shared.releases.files.splice import Splice
from shared.releases.model import FileFacts

if TYPE_CHECKING:
    from PIL.Image import Image

SMALLEST_PX: Final = 1400  # product.md: smaller is refused, under 3,000 is a warning.
ADVISED_PX: Final = 3000
MAX_PIXELS: Final = 64_000_000  # 8,000 by 8,000.
# A picture that is all grain is written more coarsely, until it fits: by the small one a page on a
# bad connection stands within 60 KB, and messengers show no preview that is larger than the large.
JPEG_QUALITIES: Final = (85, 75, 65, 55, 45)
MOST_BYTES: Final = {300: 45_000, 1000: 300_000}
_ORIENTATION: Final = 0x0112
_ONE_AT_A_TIME: Final = threading.Lock()
_SPLICES: Final = {kinds.JPEG: jpeg, kinds.PNG: png, kinds.WEBP: webp}
_SIZES: Final = {kinds.JPEG: jpeg_size, kinds.PNG: png_size, kinds.WEBP: webp_size}
# What Pillow raises on pictures that are not what they say.
_DECODER_FAULTS: Final = (
    OSError, ValueError, SyntaxError, TypeError, IndexError, EOFError, OverflowError, MemoryError,
    KeyError, struct.error, zlib.error,
)  # fmt: skip


class Unfit(Exception):
    """A picture that decodes, or need not be decoded, and cannot be artwork: every reason."""

    def __init__(self, reasons: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(detail for _, detail in reasons))
        self.reasons = reasons


def checked(source: MemorySource, form: Format) -> Checked:
    """Return artwork as it is kept, and its facts.

    Raises:
        Damaged: it does not decode, or has more pixels than we open.
        Unfit: not square, or too small.
    """
    width, height = _SIZES[form](source)
    _check_pixels(width, height)
    reasons = _reasons(width, height)
    splice = _SPLICES[form](source)
    with _ONE_AT_A_TIME:
        upright = _decoded(source, splice, form, size=(width, height))
    if reasons:
        raise Unfit(reasons)
    facts = FileFacts(
        content_type=form.media_type,
        extension=form.extension,
        width_px=width,
        height_px=height,
        warnings=_warnings(min(width, height)),
    )
    return Checked(upright, facts)


def rendition(data: bytes, *, size: int) -> bytes:
    """Return artwork as a JPEG of `size` by `size` pixels, in sRGB, with nothing else in it.

    Raises:
        Damaged: it does not decode.
    """
    from PIL import Image

    with _ONE_AT_A_TIME:
        try:
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
                image.draft("RGB", (size, size))
                flat = _flat(_srgb(image))
                small = flat.resize((size, size), Image.Resampling.LANCZOS, reducing_gap=3.0)
        except (*_DECODER_FAULTS, Image.DecompressionBombError):
            raise Damaged("It cannot be decoded.") from None
    written = b""
    for quality in JPEG_QUALITIES:
        written = _jpeg(small, quality=quality)
        if len(written) <= MOST_BYTES[size]:
            break
    return written


def _jpeg(image: "Image", *, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _check_pixels(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Damaged("The picture is empty.")
    if width * height > MAX_PIXELS:
        raise Damaged("A picture has 8,000 by 8,000 pixels at most.", field="width_px")


def _reasons(width: int, height: int) -> list[tuple[str, str]]:
    reasons = []
    if width != height:
        reasons.append(("width_px", f"Artwork is square; this is {width} by {height} pixels."))
    if min(width, height) < SMALLEST_PX:
        reasons.append(("width_px", f"Artwork has at least {SMALLEST_PX} by {SMALLEST_PX} pixels."))
    return reasons


def _warnings(side: int) -> tuple[str, ...]:
    if side >= ADVISED_PX:
        return ()
    return (f"Stores advise {ADVISED_PX:,} by {ADVISED_PX:,} pixels; this has {side:,}.",)


def _decoded(
    source: MemorySource, splice: Splice, form: Format, *, size: tuple[int, int]
) -> Splice:
    """Return the picture as it is kept, once it has been seen to decode.

    What stands on its side by EXIF alone is turned and written anew, since EXIF is left out.
    """
    from PIL import Image, ImageOps

    name = {kinds.JPEG: "JPEG", kinds.PNG: "PNG", kinds.WEBP: "WEBP"}[form]
    try:
        with Image.open(io.BytesIO(source.data), formats=[name]) as original:
            turned = original.getexif().get(_ORIENTATION, 1) not in {0, 1}
        data = source.data if turned else whole(splice)
        with Image.open(io.BytesIO(data), formats=[name]) as image:
            if image.size != size or getattr(image, "n_frames", 1) != 1:
                raise Damaged("It cannot be decoded.")
            image.load()
            if not turned:
                return splice
            return _written(ImageOps.exif_transpose(image), name)
    except (*_DECODER_FAULTS, Image.DecompressionBombError):
        raise Damaged("It cannot be decoded.") from None


def _written(image: "Image", name: str) -> Splice:
    out = io.BytesIO()
    profile = image.info.get("icc_profile")
    image.info = {}
    image.save(out, name, quality=95, icc_profile=profile)
    data = out.getvalue()
    return Splice(MemorySource(data), [data])


def _srgb(image: "Image") -> "Image":
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(
            image, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return turned or image


def _flat(image: "Image") -> "Image":
    """Return a picture without transparency, on white."""
    from PIL import Image

    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        ground = Image.new("RGB", clear.size, "white")
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    return image.convert("RGB")
