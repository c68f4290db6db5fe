"""An accent colour on light and on dark pages, with its contrast kept. Pure.

WCAG 2.2: text needs 4.5:1 against what lies under it. An artist chooses any colour. It fills
buttons as it is, and their text is whichever of black and white stands out more (one of them always
does enough); for words in it, it is moved towards black on the light page and towards white on the
dark one until they can be read.
"""

import re
from dataclasses import dataclass
from typing import Final

LEAST_CONTRAST: Final = 4.5
# The darkest ground of light pages, and the lightest of dark ones: `style.css` has both.
GROUND_LIGHT: Final = "#fbfaf7"
GROUND_DARK: Final = "#191c22"
_WHITE: Final = (255.0, 255.0, 255.0)
_BLACK: Final = (0.0, 0.0, 0.0)
_STEPS: Final = 20
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Accent:
    """An accent: as a fill with the text on it, and as text on both pages; `#rrggbb` each."""

    fill: str
    on_fill: str
    light: str
    dark: str


def accent(colour: str | None) -> Accent | None:
    """Return a chosen colour fit for both pages, or None where none is chosen."""
    if colour is None or _HEX.fullmatch(colour) is None:
        return None
    chosen = _rgb(colour)
    light = _readable(chosen, ground=_rgb(GROUND_LIGHT), towards=_BLACK)
    dark = _readable(chosen, ground=_rgb(GROUND_DARK), towards=_WHITE)
    return Accent(
        fill=_text(chosen),
        on_fill=_text(_text_on(chosen)),
        light=_text(light),
        dark=_text(dark),
    )


def _readable(colour: Rgb, *, ground: Rgb, towards: Rgb) -> Rgb:
    found = colour
    for step in range(_STEPS + 1):
        share = step / _STEPS
        red, green, blue = (a + (b - a) * share for a, b in zip(colour, towards, strict=True))
        found = (round(red), round(green), round(blue))
        if _contrast(found, ground) >= LEAST_CONTRAST:
            return found
    return found


def _text_on(colour: Rgb) -> Rgb:
    return _WHITE if _contrast(colour, _WHITE) >= _contrast(colour, _BLACK) else _BLACK


def _contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _text(colour: Rgb) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in colour)
