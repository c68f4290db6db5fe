"""CPU of the public page, called in process as the host calls it, and of what is asked beside it.

The artist and the release are known beforehand; what their three reads of storage cost the client
is measured alone, on the storage that answers at once.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import azure.functions as func

from bench.figures import cpu_milliseconds, table
from bench.in_process import Trigger, application, stub
from shared.artists.model import Artist, ArtistSettings, CaptureLook, SignIn
from shared.capture.model import Notice, ShownRelease
from shared.platform.ids import ArtistId
from shared.wiring import App

TIMES = 300
BUDGET_MS = 1.5
ARTIST = ArtistId("art_01J00000000000000000000000")
SLUG = "bench"
LOOK = CaptureLook(headline="Hear it first", accent_colour="#ffee00", notice_addition="And more.")
_PICTURE = "/api/releases/rel_01J00000000000000000000000/artwork"
RELEASE = ShownRelease(
    release_id="rel_01J00000000000000000000000",
    title="Slow Fire",
    is_out=False,
    release_date=date(2031, 5, 2),
    artwork=f"{_PICTURE}/300.jpg",
    artwork_large=f"{_PICTURE}/1000.jpg",
)


class KnownArtist:
    """Slugs, accounts and notices of one artist, in memory."""

    def find(self, _slug: str, *, now: datetime) -> ArtistId:
        """Return whose slug it is."""
        del now
        return ARTIST

    def by_id(self, _artist_id: ArtistId) -> Artist:
        """Return the account."""
        return Artist(
            artist_id=ARTIST,
            clerk_user_id="user_bench",
            clerk_updated_at=0,
            email=None,
            sign_in=SignIn(provider="oauth_google", provider_user_id="p"),
            artist_name="فرقة المساء",
            slug=SLUG,
            time_zone="Europe/Berlin",
            age_checked_at=datetime.now(UTC),
            created_at=datetime.now(UTC),
            settings=ArtistSettings(capture=LOOK),
        )

    def keep(self, _artist_id: ArtistId, _notice: Notice, *, now: datetime) -> None:
        """Have kept the notice already."""
        del now


def run() -> None:
    """Measure the page, the same as JSON, and the poster's code."""
    with stub() as connection:
        app = application(connection)
        reads = cpu_milliseconds(lambda: _reads(app), times=TIMES)
        known: Any = KnownArtist()
        app.__dict__["capture_pages"] = replace(
            app.capture_pages,
            artists=known,
            slugs=known,
            notices=known,
            show_release=lambda _artist_id, _today: RELEASE,
        )
        doors = _doors()
        asked = {name: _asked(doors[name], path) for name, path in PATHS.items()}
        spent = {name: cpu_milliseconds(ask, times=TIMES) for name, ask in asked.items()}
    table(
        "The public page (artwork, a bright accent, a name from right to left)",
        ("work", "CPU ms"),
        (
            (f"the page; the budget is {BUDGET_MS}", f"{spent['capture_page']:.2f}"),
            ("its three reads of storage", f"{reads:.2f}"),
            ("the same for a form on another site", f"{spent['capture_info']:.2f}"),
            ("the poster's code as SVG", f"{spent['capture_qr_svg']:.2f}"),
        ),
    )


PATHS = {
    "capture_page": f"/a/{SLUG}",
    "capture_info": f"/api/capture/{SLUG}",
    "capture_qr_svg": f"/a/{SLUG}/qr.svg",
}


def _doors() -> dict[str, Trigger]:
    """Return the functions of the application by name: it can be indexed once in a process."""
    import function_app

    functions = function_app.app.get_functions()
    return {str(one.get_function_name()): one.get_user_function() for one in functions}


def _asked(answer: Trigger, path: str) -> Callable[[], None]:
    def asked() -> None:
        request = func.HttpRequest(
            method="GET",
            url=f"http://127.0.0.1{path}",
            headers={},
            route_params={"slug": SLUG},
            body=b"",
        )
        answered = answer(request)
        if answered.status_code != 200:
            raise AssertionError(answered.get_body())

    return asked


def _reads(app: App) -> None:
    now = datetime.now(UTC)
    app.account_books.slugs.find(SLUG, now=now)
    app.artists.by_id(ARTIST)
    app.artists.by_id(ARTIST)  # In the place of the releases' one query.
