"""The pages of this room, and the policy's text as HTML."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from shared.platform import pages
from shared.privacy.datamap import Processor
from shared.privacy.model import Policies, Policy

TEMPLATES: Final = Path(__file__).parent / "templates"
_LISTED_HERE: Final = "We use the following sub-processors to operate the Service:"
_HEADING: Final = re.compile(r"^\d+\. \S")


def policy_page(
    policy: Policy, *, all_versions: Policies, processors: Sequence[Processor], in_force: bool
) -> str:
    """Return a version as a page: its words, the sub-processors, the history, the form."""
    before, after = policy_html(policy.body)
    return pages.renderer(TEMPLATES)(
        "policy.html",
        title="Privacy Policy",
        policy=policy,
        before=before,
        after=after,
        processors=processors,
        versions=all_versions.newest_first(),
        in_force=in_force,
    )


def thanks_page() -> str:
    """Return the page after a request was entered in the form."""
    return pages.renderer(TEMPLATES)("request_taken.html", title="Thank you")


@lru_cache(maxsize=16)
def policy_html(body: str) -> tuple[str, str]:
    """Return a policy's text as HTML, cut where the sub-processors are listed.

    Where the text does not announce them, they follow the whole.
    """
    words = _as_markdown(body)
    before, announced, after = words.partition(_LISTED_HERE)
    return _html(before + announced), _html(after)


def _html(words: str) -> str:
    from markdown_it import MarkdownIt

    # Raw HTML stays text, and markdown-it lets no link through but to http, https and mailto.
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(words))


def _as_markdown(body: str) -> str:
    """Return the plain text of the first version as Markdown; Markdown itself is left alone."""
    lines = body.splitlines()
    if not lines or lines[0].strip() != "Privacy Policy":
        return body
    return "\n".join(_marked(line, lines[at + 1 :]) for at, line in enumerate(lines) if at > 0)


def _marked(line: str, following: Sequence[str]) -> str:
    if _HEADING.match(line):
        number, _, words = line.partition(". ")
        return f"\n## {number}. {words}\n"
    if line.startswith("- "):
        return line
    leads = bool(following) and following[0].startswith("- ")
    if leads and not line.endswith((":", ".")):
        return f"\n### {line}\n"
    return f"\n{line}\n"
