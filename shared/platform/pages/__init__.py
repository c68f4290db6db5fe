"""Server-rendered pages: one base, one style, escaped by default, no script, no other host.

A room keeps its own templates and extends `base.html`; this package knows the frame only.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from unicodedata import category

from shared.platform.clock import parse_instant

_FRAME = Path(__file__).parent / "templates"

Render = Callable[..., str]


def renderer(folder: Path) -> Render:
    """Return a function that renders templates of a room's folder: `render("thanks.html", …)`."""

    def rendered(template: str, **context: object) -> str:
        return str(_environment(folder).get_template(template).render(**context))

    return rendered


def render(template: str, **context: object) -> str:
    """Render a page of the frame itself."""
    return str(_environment(_FRAME).get_template(template).render(**context))


@cache
def _environment(folder: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202 - jinja2 comes late
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([folder, _FRAME]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["initial"] = _initial
    return environment


def _moment(text: str) -> str:
    """Return an instant of the API as people write it."""
    at = parse_instant(text)
    return f"{at.day} {at:%B %Y}, {at:%H:%M} UTC"


def _initial(name: str) -> str:
    """Return what stands for a name where there is no picture: its first letter with its marks."""
    letters = (at for at, sign in enumerate(name) if sign.isalnum())
    first = next(letters, None)
    if first is None:
        return "♪"
    end = first + 1
    while end < len(name) and category(name[end]).startswith("M"):
        end += 1
    large = name[first:end].upper()
    return large if len(large) == end - first else name[first:end]
