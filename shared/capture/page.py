"""The artist's public page, and the same as facts for an embedded form."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from shared.artists.model import Artist
from shared.artists.slugs import SlugStore
from shared.artists.store import ArtistStore
from shared.capture.forms import FormTokens, hour_of
from shared.capture.model import SOURCE_MAX_CHARS, Form, Notice, ShownRelease, notice
from shared.capture.schemas import CaptureInfo, CaptureRelease
from shared.capture.store import NoticeStore
from shared.platform.geoip import GeoIp
from shared.platform.ids import ArtistId
from shared.platform.pages.colours import Accent, accent
from shared.platform.problems import NotFound, Problem

if TYPE_CHECKING:
    from shared.platform.pages import Render

MOVED_KEPT_FOR: Final = timedelta(seconds=300)
_SLUG: Final = re.compile(r"[a-z0-9-]{3,40}")

ShowRelease = Callable[[ArtistId, date], ShownRelease | None]


class PageMoved(Problem):
    """The slug is one of before: the page is under the artist's current one."""

    status: ClassVar[int] = 302
    title: ClassVar[str] = "This page has moved"
    default_code: ClassVar[str] = "page_moved"

    def __init__(self, location: str) -> None:
        kept = f"public, max-age={int(MOVED_KEPT_FOR.total_seconds())}"
        headers = {"Location": location, "Cache-Control": kept}
        super().__init__("The artist has a new address.", headers=headers)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, ready to answer with."""

    html: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What a visitor had typed, for a form that is shown again."""

    email: str = ""
    agreed_to: str | None = None  # The version of the notice beside which the box was ticked.
    source: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)  # By field; `form` is none of them.


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePages:
    """What pages are made of."""

    artists: ArtistStore
    slugs: SlugStore
    notices: NoticeStore
    forms: FormTokens
    geoip: GeoIp
    show_release: ShowRelease
    public_base_url: str

    def address(self, slug: str) -> str:
        """Return the public address of a page."""
        return f"{self.public_base_url}/a/{slug}"


def page(
    slug: str, *, source: str | None, pages: CapturePages, now: datetime, typed: Typed | None = None
) -> Shown:
    """Return the artist's page; the form is made for the hour, so that it can be kept.

    A form that was sent to a slug of before is shown again in place, with what was typed.

    Raises:
        NotFound: nobody's page, or a closed one.
        PageMoved: the slug is one of before, and nothing was typed yet.
    """
    find = current if typed is None else holder
    artist = find(slug, pages=pages, now=now)
    opened = _opened(artist, pages=pages, now=now, made_at=hour_of(now))
    named = (source or "")[:SOURCE_MAX_CHARS]
    entered = typed or Typed(source=named if named.isprintable() else "")
    html = renders()(
        "page.html",
        artist=artist,
        accent=accent_of(artist),
        release=opened.release,
        notice=opened.notice,
        form_token=pages.forms.make(opened.form),
        typed=entered,
        # A tick was given to the words that stood there: beside other words it is not one.
        is_ticked=entered.agreed_to == opened.notice.version,
        page_url=pages.address(artist.slug),
        base_url=pages.public_base_url,
    )
    return Shown(html, status=422 if entered.errors else 200)


def for_embedding(slug: str, *, pages: CapturePages, now: datetime) -> CaptureInfo:
    """Return what an embedded form needs; a slug of before is answered in place.

    Raises:
        NotFound: nobody's page, or a closed one.
    """
    artist = holder(slug, pages=pages, now=now)
    opened = _opened(artist, pages=pages, now=now, made_at=now)
    form = replace(opened.form, former_slug=slug if slug != artist.slug else None)
    return CaptureInfo(
        artist_name=artist.artist_name,
        slug=artist.slug,
        headline=artist.settings.capture.headline,
        release=_release(opened.release, base_url=pages.public_base_url),
        notice=opened.notice.words,
        notice_version=opened.notice.version,
        form_token=pages.forms.make(form),
    )


def thanks(artist: Artist | None) -> Shown:
    """Return the page after a sign-up: the same for everybody."""
    html = renders()(
        "thanks.html",
        artist=artist,
        accent=accent_of(artist),
        text=artist.settings.capture.thank_you if artist else None,
    )
    return Shown(html, status=202)


def holder(slug: str, *, pages: CapturePages, now: datetime) -> Artist:
    """Return whose page a slug leads to, now or still.

    Raises:
        NotFound: nobody's, or a closed one.
    """
    # What cannot be a slug is not asked for: storage refuses some characters in keys.
    found = pages.slugs.find(slug, now=now) if _SLUG.fullmatch(slug) else None
    artist = pages.artists.by_id(found) if found else None
    if artist is None or not artist.is_open:
        raise NotFound
    return artist


def current(slug: str, *, pages: CapturePages, now: datetime, suffix: str = "") -> Artist:
    """Return whose current slug this is.

    Raises:
        NotFound: nobody's, or a closed one.
        PageMoved: it is one of before; `suffix` follows the new address.
    """
    artist = holder(slug, pages=pages, now=now)
    if artist.slug != slug:
        raise PageMoved(f"/a/{artist.slug}{suffix}")
    return artist


def accent_of(artist: Artist | None) -> Accent | None:
    """Return the colours in which an artist's pages are shown; None where there are none."""
    return accent(artist.settings.capture.accent_colour) if artist else None


@cache
def renders() -> "Render":
    """Return the renderer of this room's templates."""
    from shared.platform import pages

    return pages.renderer(Path(__file__).parent / "templates")


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a visitor is shown beside the artist, and the form that says so."""

    notice: Notice
    release: ShownRelease | None
    form: Form


def _opened(artist: Artist, *, pages: CapturePages, now: datetime, made_at: datetime) -> _Opened:
    pages.geoip.warm(now=now)
    words = notice(artist.artist_name, addition=artist.settings.capture.notice_addition)
    pages.notices.keep(artist.artist_id, words, now=now)
    release = pages.show_release(artist.artist_id, artist.day(now))
    form = Form(
        artist_id=artist.artist_id,
        slug=artist.slug,
        notice_version=words.version,
        made_at=made_at,
        release_id=release.release_id if release else None,
    )
    return _Opened(words, release, form)


def _release(release: ShownRelease | None, *, base_url: str) -> CaptureRelease | None:
    if release is None:
        return None
    return CaptureRelease(
        id=release.release_id,
        title=release.title,
        is_out=release.is_out,
        release_date=release.release_date,
        artwork_url=f"{base_url}{release.artwork_large}" if release.artwork_large else None,
    )
