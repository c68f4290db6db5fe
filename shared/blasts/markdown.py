"""What an artist wrote, as safe HTML and as plain text.

Markdown is parsed once (markdown-it-py, HTML off); merge fields are put into the parsed text, so
that a value is never read as Markdown; HTML goes through an allow-list (nh3). What is not allowed
is left out, and told as a broken link where it was one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAGS: Final = frozenset(
    "p br strong em s a ul ol li h1 h2 h3 blockquote code pre hr".split()  # noqa: SIM905
)
_FIELD: Final = re.compile(r"\{\{\s*([a-z_]{1,40})\s*\}\}")
_FIELD_IN_LINK: Final = re.compile(r"%7B%7B([a-z_]{1,40})%7D%7D")
_STYLES: Final[Mapping[str, str]] = {
    "p": "margin:0 0 16px",
    "h1": "margin:24px 0 12px;font-size:24px;line-height:1.3",
    "h2": "margin:22px 0 10px;font-size:20px;line-height:1.3",
    "h3": "margin:20px 0 8px;font-size:17px;line-height:1.3",
    "ul": "margin:0 0 16px;padding:0 0 0 22px",
    "ol": "margin:0 0 16px;padding:0 0 0 22px",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid #c9c9d4",
    "hr": "border:0;border-top:1px solid #c9c9d4;margin:24px 0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What was written, both ways, and the links in it that lead nowhere."""

    html: str
    text: str
    broken_links: tuple[str, ...]


def rendered(source: str, fields: Mapping[str, str]) -> Body:
    """Return an artist's Markdown as safe HTML and as plain text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).disable(["image"])
    tokens = parser.parse(source)
    broken: list[str] = []
    for token in tokens:
        for child in token.children or [token]:
            _fill(child, fields, broken)
    html = parser.renderer.render(tokens, parser.options, {})
    return Body(html=_safe(html), text=_text(tokens), broken_links=tuple(broken))


def merged(text: str, fields: Mapping[str, str]) -> str:
    """Return a text with its merge fields filled; what names no field stays as it is."""
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), text)


def is_good_link(url: str) -> bool:
    """Tell whether a link of a mail leads somewhere: https and a host with a dot."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in (parts.hostname or "")


def _fill(token: "Token", fields: Mapping[str, str], broken: list[str]) -> None:
    if token.type in {"text", "code_inline", "fence", "code_block"}:
        token.content = merged(token.content, fields)
    if token.type == "link_open":
        given = str(token.attrGet("href") or "")
        url = _FIELD_IN_LINK.sub(lambda m: quote(fields.get(m[1], m[0]), safe=_URL_SAFE), given)
        token.attrSet("href", url)
        if not is_good_link(url):
            broken.append(url[:200])


_URL_SAFE: Final = ":/?#[]@!$&'()*+,;=%~-._"


def _safe(html: str) -> str:
    import nh3

    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    # What comes out of nh3 is regular: an element that may have no attribute is `<name>`.
    for name, style in _STYLES.items():
        clean = clean.replace(f"<{name}>", f'<{name} style="{style}">')
    return clean


def _text(tokens: Sequence["Token"]) -> str:
    lines: list[str] = []
    marks: list[str] = []  # The list item marks that are still to be written.
    depth = 0
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
        elif token.type == "list_item_open":
            marks.append(f"{token.info}. " if token.info else "- ")
        elif token.type == "inline":
            mark = "  " * (depth - 1) + marks.pop() if marks else "  " * depth
            lines += [mark + _inline(token.children or []), ""]
        elif token.type in {"fence", "code_block"}:
            lines += [token.content.rstrip("\n"), ""]
        elif token.type == "hr":
            lines += ["* * *", ""]
    return "\n".join(lines).strip()


def _inline(children: Sequence["Token"]) -> str:
    out: list[str] = []
    links: list[str] = []
    for token in children:
        if token.type in {"text", "code_inline"}:
            out.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            out.append("\n")
        elif token.type == "link_open":
            links.append(str(token.attrGet("href") or ""))
            out.append("\x00")
        elif token.type == "link_close" and links:
            out = _with_address(out, links.pop())
    return "".join(out)


def _with_address(out: list[str], url: str) -> list[str]:
    start = len(out) - 1 - out[::-1].index("\x00")
    label = "".join(out[start + 1 :])
    shown = label if not is_good_link(url) or label == url else f"{label} ({url})"
    return [*out[:start], shown]
