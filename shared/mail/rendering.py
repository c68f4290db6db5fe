"""How a mail is written: one template gives subject, HTML and plain text, so that they agree.

A template says what stands in the mail by parts (`parts.html`, `parts.txt`): a paragraph, a button,
a list. It is rendered three times: into the HTML frame, into the text frame, and as its subject.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.mail.postman import one_line

if TYPE_CHECKING:
    from jinja2 import Environment

_OWN: Final = Path(__file__).parent / "templates"
_MANY_BREAKS: Final = re.compile(r"\n{3,}")
_TEXT_WIDTH: Final = 76


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A mail's words. `link` is where its button leads, None when it has none."""

    subject: str
    html: str
    text: str
    link: str | None


def written(template: str, facts: Mapping[str, object], *, folder: Path = _OWN) -> Written:
    """Write a mail from a template of a room's folder (or this room's own).

    Raises:
        jinja2.UndefinedError: a fact that the template needs is not given.
    """
    links: list[str] = []
    context = {**facts, "note_link": links.append}
    page = _environment(folder, escaped=True).get_template(template)
    html = page.render(**context, frame="frame.html", parts="parts.html")
    plain = _environment(folder, escaped=False).get_template(template)
    text = plain.render(**context, frame="frame.txt", parts="parts.txt")
    subject = plain.render(**context, frame="subject.txt", parts="parts.txt")
    return Written(
        subject=one_line(subject),
        html=html.strip() + "\n",
        text=_MANY_BREAKS.sub("\n\n", text).strip() + "\n",
        link=links[0] if links else None,
    )


@cache
def _environment(folder: Path, *, escaped: bool) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([folder, _OWN]),
        autoescape=escaped,  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters["flow"] = _flow
    return environment


def _flow(text: object, first: str = "", rest: str | None = None) -> str:
    """Return a paragraph filled to the width of a plain-text mail; links are never broken."""
    import textwrap

    return textwrap.fill(
        " ".join(str(text).split()),
        width=_TEXT_WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
