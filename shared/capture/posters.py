"""A code for a poster: the page's address as a QR code."""

import io
from datetime import datetime
from enum import StrEnum

from shared.capture.page import CapturePages, current


class PosterKind(StrEnum):
    """The formats of a code."""

    SVG = "svg"
    PNG = "png"

    @property
    def content_type(self) -> str:
        return "image/svg+xml" if self is PosterKind.SVG else "image/png"


def poster(slug: str, kind: PosterKind, *, pages: CapturePages, now: datetime) -> bytes:
    """Return the code of a page: dark on white, with its quiet zone, fit for print.

    Raises:
        NotFound: nobody's page, or a closed one.
        PageMoved: the slug is one of before.
    """
    import segno

    artist = current(slug, suffix=f"/qr.{kind.value}", pages=pages, now=now)
    # Error correction Q: a quarter of it may be torn off or stuck over.
    code = segno.make(f"{pages.address(artist.slug)}?source=qr", error="q", micro=False)
    out = io.BytesIO()
    code.save(out, kind=kind.value, scale=16, border=4, light="#fff")
    return out.getvalue()
