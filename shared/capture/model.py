"""What a visitor meets: the notice, the form's token, the page. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from shared.platform.ids import ArtistId

FORM_TOKEN_FOR: Final = timedelta(hours=24)
SOURCE_MAX_CHARS: Final = 64
_VERSION_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class Notice:
    """The exact words that a fan agrees to, and their version: a hash of them."""

    words: str

    @property
    def version(self) -> str:
        return hashlib.sha256(self.words.encode()).hexdigest()[:_VERSION_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a form's token says: whose page, under which slug, with which notice, since when.

    And which release the page showed, so that a sign-up can name that one without being looked up.
    """

    artist_id: ArtistId
    slug: str
    notice_version: str
    made_at: datetime
    former_slug: str | None = None  # Where the page was asked for under a slug of before.
    release_id: str | None = None  # What the page showed.

    def belongs_to(self, slug: str) -> bool:
        """Tell whether the form is one of this page's."""
        return slug in {self.slug, self.former_slug}

    def is_open(self, *, now: datetime) -> bool:
        """Tell whether the form may still be sent."""
        return now - self.made_at < FORM_TOKEN_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRelease:
    """The release on the page."""

    release_id: str
    title: str
    is_out: bool
    release_date: date | None
    artwork: str | None  # The path of the rendition of 300 px.
    artwork_large: str | None  # The path of the rendition of 1000 px.


def notice(artist_name: str, *, addition: str | None) -> Notice:
    """Return the notice of an artist's page. Another word is another version."""
    words = (
        f"{artist_name} may write to you about their music, at the address that you enter. "
        "With it are kept: your approximate location (city, region and country), looked up from "
        "your internet address while you sign up; the time; this page; and these words. "
        "The internet address itself is not kept. "
        f"ArtistOS.studio keeps this for {artist_name}, sells none of it and shows no "
        "advertising. Each mail has a link to leave, and one to see, correct or erase it all."
    )
    return Notice(f"{words} {addition.strip()}" if addition and addition.strip() else words)
