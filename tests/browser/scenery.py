"""Every page that somebody meets without an account, and how a person comes to it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.demo.browser import Browser
from tests.browser import pictures
from tests.world import Artist, Mail, World

BUSY = {"X-Local-Client-IP": "203.0.113.77"}  # A network that has had its sign-ups.
NETWORK_LIMIT = 33
CONFIRMED = ("stays", "leaves", "goes")
FANS = (*CONFIRMED, "new")
RIGHT_TO_LEFT = "להקת הבוקר!"


@dataclass(frozen=True, slots=True)
class Scenery:
    """Artists and fans, and the mails that lead to their pages."""

    world: World
    artist: Artist  # With artwork, a bright accent and words of its own.
    bare: Artist  # With nothing but a name, and a black accent.
    hebrew: Artist
    mails: dict[str, Mail]
    tasks: str
    request: str

    def url(self, path: str) -> str:
        return self.world.app + path

    def form(self) -> str:
        return self.url(f"/a/{self.artist.slug}?source=poster")


def arranged(world: World) -> Scenery:
    """Make the artists, have fans join, and order what mails bring."""
    artist = world.artist("Mia Lind", time_zone="UTC")
    release = artist.release(title="Slow Fire", release_date="2031-05-02")
    put_artwork(artist, release["id"], pictures.photograph())
    words = {"headline": "Hear it before anybody", "notice_addition": "We also print posters."}
    look(artist, accent_colour="#ffee00", thank_you="You are lovely.\nSee you soon.", **words)
    bare, hebrew = world.artist("NOIR"), world.artist(RIGHT_TO_LEFT)
    look(bare, accent_colour="#000000")
    look(hebrew, accent_colour="#f7d6e6", headline="שמעו ראשונים")
    planner, tomorrow = world.artist("Planner", time_zone="UTC"), _nine_tomorrow()
    dated = planner.release(release_date=(tomorrow + timedelta(days=45)).date().isoformat())
    plan_id = planner.ask_for_plan(dated["id"])
    for name in FANS:
        world.sign_up(artist, f"{name}@fan-mail.dev")
    for _ in range(NETWORK_LIMIT):
        world.sign_up(bare, "crowd@fan-mail.dev", address=BUSY["X-Local-Client-IP"])
    world.idle()
    mails = {name: world.mails(f"{name}@fan-mail.dev")[0] for name in FANS}
    for name in CONFIRMED:
        world.form(mails[name].link("confirm"))
    planner.approve(planner.get(f"/api/plans/{plan_id}"))
    world.call("POST", "/api/privacy/requests", {"kind": "access", "email": "stays@fan-mail.dev"})
    world.idle()
    world.at(tomorrow)
    world.timer("daily_reminders")
    world.idle()
    world.calm()
    tasks = _path(_mail(world, planner.email, "daily_reminder"), "t")
    request = _path(_mail(world, "stays@fan-mail.dev", "privacy_request_confirmation"), "r")
    return Scenery(world, artist, bare, hebrew, mails, tasks, request)


def put_artwork(artist: Artist, release_id: str, picture: bytes) -> None:
    """Give a release its artwork."""
    media = {"Content-Type": "image/jpeg"}
    put = artist.call("PUT", f"/api/releases/{release_id}/files/artwork", picture, media)
    assert put.status in {200, 201}, put.text


def look(artist: Artist, **chosen: str) -> None:
    """Choose how the page looks."""
    changed = artist.call("PATCH", "/api/me", {"settings": {"capture": chosen}})
    assert changed.status == 200, changed.text


def _nine_tomorrow() -> datetime:
    today = datetime.now(UTC).replace(hour=9, minute=1, second=0, microsecond=0)
    return today + timedelta(days=1)


def _mail(world: World, to: str, kind: str) -> Mail:
    found = [mail for mail in world.mails(to) if mail.kind == kind]
    assert found, f"no mail of the kind {kind}"
    return found[0]


def _path(mail: Mail, kind: str) -> str:
    found = re.search(rf"https?://[^/\s]+(/{kind}/[^\s\"'<>)]+)", mail.text)
    assert found, mail.text
    return found.group(1)


def join(window: Browser, email: str) -> None:
    """Fill in the form that is open, and send it."""
    window.find("input[name=email]").send_keys(email)
    window.find("input[name=consent]").click()
    window.press("button[type=submit]")


def _at(path: Callable[[Scenery], str]) -> Callable[[Scenery, Browser], None]:
    return lambda here, window: window.open(here.url(path(here)))


def _pressed(path: Callable[[Scenery], str]) -> Callable[[Scenery, Browser], None]:
    def visit(here: Scenery, window: Browser) -> None:
        window.open(here.url(path(here)))
        window.press("main button")

    return visit


def _wrong_form(here: Scenery, window: Browser) -> None:
    window.open(here.form())
    window.find("input[name=email]").send_keys("not an address")
    window.press("button[type=submit]")


def _thanks(here: Scenery, window: Browser) -> None:
    window.open(here.form())
    join(window, "thanked@fan-mail.dev")


def _too_many(here: Scenery, window: Browser) -> None:
    window.sends(**BUSY)
    window.open(here.form())
    join(window, "one-too-many@fan-mail.dev")
    window.sends()


def _erased(here: Scenery, window: Browser) -> None:
    window.open(here.url(here.mails["goes"].link("data")))
    window.find("summary").click()
    window.press("details button")


def _asked_for_data(here: Scenery, window: Browser) -> None:
    window.open(here.url("/privacy"))
    window.find("input[name=email]").send_keys("nobody@fan-mail.dev")
    window.press("main button")


# In this order: what a visit does, later ones find.
PAGES: dict[str, Callable[[Scenery, Browser], None]] = {
    "capture page": _at(lambda here: f"/a/{here.artist.slug}"),
    "capture page without a release": _at(lambda here: f"/a/{here.bare.slug}"),
    "capture page from right to left": _at(lambda here: f"/a/{here.hebrew.slug}"),
    "form with errors": _wrong_form,
    "thanks": _thanks,
    "too many from this network": _too_many,
    "confirm": _at(lambda here: here.mails["new"].link("confirm")),
    "confirmed": _pressed(lambda here: here.mails["new"].link("confirm")),
    "unsubscribe": _at(lambda here: here.mails["leaves"].link("unsubscribe")),
    "unsubscribed, with undo": _pressed(lambda here: here.mails["leaves"].link("unsubscribe")),
    "receipt": _at(lambda here: here.mails["stays"].link("data")),
    "erased": _erased,
    "tasks": _at(lambda here: here.tasks),
    "task done": _pressed(lambda here: here.tasks),
    "policy": _at(lambda _: "/privacy"),
    "privacy request taken": _asked_for_data,
    "privacy request": _at(lambda here: here.request),
    "privacy request answered": _pressed(lambda here: here.request),
    "nothing here": _at(lambda _: "/a/nobody-at-all"),
}
