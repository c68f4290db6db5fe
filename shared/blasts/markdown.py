"""What an artist wrote, as safe HTML and as plain text.

Markdown is parsed once (markdown-it-py, HTML off); merge fields are put into the parsed text, so
that a value is never read as Markdown; HTML goes through an allow-list (nh3). What is not allowed
is left out, and told as a broken link where it was one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from shared.platform.texts import one_line, without_controls

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAGS: Final = frozenset(
    "p br strong em s a ul ol li h1 h2 h3 blockquote code pre hr".split()  # noqa: SIM905
)
_FIELD: Final = re.compile(r"\{\{\s*([a-z_]{1,40})\s*\}\}")
_FIELD_IN_LINK: Final = re.compile(
    r"(?:\{\{|%7B%7B)(?:\s|%20)*([a-z_]{1,40})(?:\s|%20)*(?:\}\}|%7D%7D)"
)
_NOT_IN_URL: Final = re.compile(r"[\s\\<>\"\u200b-\u200d\u2060]")
_LABEL: Final = r"(?!-)[\w-]{1,63}(?<!-)"
_HOST: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})+")
# In the words of a paragraph: a tag or comment, a table's second line, a link that was refused.
_BARE: Final = re.compile(
    r"</?[a-z][a-z0-9-]*(\s[^<>]*)?/?>|<!--"
    r"|^\s*\|?\s*:?-{2,}:?\s*\|[\s:|-]*$"
    r"|\]\(\s*[a-z][a-z0-9+.-]*:"
    r"|^\s*\[[^\]\n]+\]:\s*<?(javascript|vbscript|file|data):",
    re.IGNORECASE | re.MULTILINE,
)
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
    """What was written, both ways, the links that lead nowhere, and whether marks became nothing.

    `has_bare_marks`: an image, a table, HTML or a refused link stands there as it was typed.
    """

    html: str
    text: str
    broken_links: tuple[str, ...]
    has_bare_marks: bool


def rendered(source: str, fields: Mapping[str, str]) -> Body:
    """Return an artist's Markdown as safe HTML and as plain text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).disable(["image"])
    tokens = parser.parse(source)
    bare = any(_is_bare(token) for token in tokens if token.type == "inline")
    broken: list[str] = []
    for token in tokens:
        for child in token.children or [token]:
            _fill(child, fields, broken)
    html = parser.renderer.render(tokens, parser.options, {})
    return Body(
        html=_safe(html), text=_text(tokens), broken_links=tuple(broken), has_bare_marks=bare
    )


def merged(text: str, fields: Mapping[str, str]) -> str:
    """Return a text with its merge fields filled; what names no field stays as it is."""
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), text)


def merged_link(url: str, fields: Mapping[str, str]) -> str:
    """Return a link with its merge fields filled, as Markdown or an artist wrote their braces.

    A field at the beginning is an address; one that comes later is a value within it.
    """

    def filled(found: re.Match[str]) -> str:
        value = fields.get(found[1])
        if value is None:
            return found[0]
        return quote(value, safe="" if found.start() else _URL_SAFE)

    return _FIELD_IN_LINK.sub(filled, url)


def may_be_good_link(url: str) -> bool:
    """Tell whether a link leads somewhere once its merge fields are filled, whichever they are."""
    samples = dict.fromkeys(_FIELD_IN_LINK.findall(url), "x")
    addresses = {name: "https://x.example" for name in samples if name.endswith("_url")}
    return is_good_link(merged_link(url, samples | addresses))


def unfilled(text: str, fields: Mapping[str, str]) -> bool:
    """Tell whether a text names a field in braces that nothing fills: it would go as typed."""
    return any(found[1] not in fields for found in _FIELD.finditer(text))


def is_good_link(url: str) -> bool:
    """Tell whether a link of a mail leads somewhere: https, a host's name, and no tricks.

    A user's name before the host is one: it reads as if it were the host.
    """
    try:
        parts = urlsplit(one_line(url))
        _ = parts.port
    except ValueError:
        return False
    known = parts.scheme == "https" and "@" not in parts.netloc
    host = (parts.hostname or "").removesuffix(".")
    return known and not _NOT_IN_URL.search(url) and _HOST.fullmatch(host) is not None


def _fill(token: "Token", fields: Mapping[str, str], broken: list[str]) -> None:
    if token.type in {"text", "code_inline", "fence", "code_block"}:
        token.content = without_controls(merged(token.content, fields))
    if token.type == "link_open":
        url = merged_link(str(token.attrGet("href") or ""), fields)
        token.attrSet("href", url)
        if not is_good_link(url):
            broken.append(url[:200])
            del token.attrs["href"]


def _is_bare(inline: "Token") -> bool:
    """Tell whether a paragraph holds marks that no rule of ours reads."""
    children = inline.children or []
    words = "".join("\n" if c.type == "softbreak" else c.content for c in children if _is_text(c))
    image = any(
        before.type == "text" and before.content.endswith("!") and link.type == "link_open"
        for before, link in pairwise(children)
    )
    return image or _BARE.search(words) is not None


def _is_text(token: "Token") -> bool:
    return token.type in {"text", "softbreak"}


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
    marks: list[str] = []  # For each open list the mark of its item, until it is written.
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            marks.append("")
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            marks.pop()
        elif token.type == "list_item_open":
            marks[-1] = f"{token.info}. " if token.info else "- "
        elif token.type == "inline":
            lines += [_lead(marks) + _inline(token.children or []), ""]
        elif token.type in {"fence", "code_block"}:
            lines += [token.content.rstrip("\n"), ""]
        elif token.type == "hr":
            lines += ["* * *", ""]
    return "\n".join(lines).strip()


def _lead(marks: list[str]) -> str:
    """Return what stands before a paragraph, and use up its item's mark."""
    if not marks:
        return ""
    mark, marks[-1] = marks[-1], ""
    return "  " * (len(marks) - 1) + (mark or "  ")


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
