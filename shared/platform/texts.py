"""Plain text that people send: one line, or several. Any script and any emoji, and no tricks.

What turns the direction of text around (embeddings, overrides and isolates) is refused: it lets a
subject or a title read as something that it is not. Right-to-left scripts need none of it; their
invisible marks are taken in longer text, where people paste them, and not in a name or a title.
"""

import re
import unicodedata
from typing import Final

from pydantic import AfterValidator

_MARKS: Final = "\u061c\u200e\u200f"
# Noncharacters, two at the end of each plane and 32 more, are for a program's own use.
_NONCHARACTERS: Final = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
# Half a character (a lone surrogate) cannot be stored as UTF-8, and U+FEFF is a file's mark.
_NEVER: Final = f"\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff{_NONCHARACTERS}"
# Nothing is seen of these kinds of characters, nor of the fillers.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_NOT_IN_A_LINE: Final = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_MARKS}{_NEVER}]")
_NOT_IN_LINES: Final = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f{_NEVER}]")


def one_line(text: str) -> str:
    """Return the text when it is one line of plain text.

    Raises:
        ValueError: it holds a line break, a control character or a mark of direction.
    """
    if _NOT_IN_A_LINE.search(text):
        raise ValueError("This is one line of plain text, without control characters.")
    return text


def lines(text: str) -> str:
    """Return plain text with its line breaks as line feeds; tabs stay.

    Raises:
        ValueError: it holds a control character or turns the direction around.
    """
    unified = text.replace("\r\n", "\n")
    if _NOT_IN_LINES.search(unified):
        raise ValueError("This is plain text, without control characters.")
    return unified


def without_controls(text: str) -> str:
    """Return a text without what `lines` refuses: what a way of writing, such as `&#8238;`, hid."""
    return _NOT_IN_LINES.sub("", text)


def visible(text: str) -> str:
    """Return a text of which something is seen.

    Raises:
        ValueError: it is blank, or all of it is invisible.
    """
    if all(unicodedata.category(c) in _UNSEEN or c in _FILLERS for c in text):
        raise ValueError("There is nothing to read in this.")
    return text


OneLine: Final = AfterValidator(one_line)
Lines: Final = AfterValidator(lines)
Visible: Final = AfterValidator(visible)
