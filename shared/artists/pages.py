"""The page behind the link that confirms a reply address."""

from pathlib import Path

from shared.artists.reply_to import Confirmation
from shared.platform import pages

_OWN = Path(__file__).parent / "templates"


def reply_to_page(found: Confirmation) -> str:
    """Return the page: a button, or what has become of it."""
    return pages.renderer(_OWN)("reply_to.html", confirmation=found)
