"""The links in fans' mails: scanners change nothing, one click leaves, also years later."""

import base64
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.stored import Stored
from tests.world import Artist, Mail, World

pytestmark = pytest.mark.stack

ITS_OWN_CLOCK = {"Schedule", "Limits", "Idempotency"}  # Timers and other tests' leftovers.
FIVE_YEARS = timedelta(days=5 * 366)
ODD_BODIES = [
    b"",
    b"List-Unsubscribe=One-Click",
    b"nonsense=1&&&=%zz",
    b'{"json": true}',
    b"\xff\xfe\x00",
]


@dataclass(frozen=True, slots=True)
class Mailed:
    """Two fans of one artist: one who has confirmed and got a blast, one who was only asked."""

    artist: Artist
    fan: str
    asked: str
    blast: Mail
    question: Mail

    @property
    def links(self) -> set[str]:
        mails = (self.blast, self.question)
        return {link for mail in mails for link in _links(mail, self.artist.world)}


@pytest.fixture(scope="module")
def mailed(stack: World) -> Mailed:
    stack.calm()
    artist = stack.artist("The Quiet Engines")
    tag = secrets.token_hex(4)
    fan, asked = f"in-{tag}@fan-mail.dev", f"asked-{tag}@fan-mail.dev"
    stack.fan(artist, fan)
    assert stack.sign_up(artist, asked).status == 202
    artist.send(artist.draft())
    stack.idle()
    return Mailed(artist, fan, asked, stack.mails(fan)[0], stack.mails(asked)[0])


def test_whatever_a_scanner_asks_of_a_link_changes_nothing(world: World, mailed: Mailed) -> None:
    assert len(mailed.links) >= 5, mailed.links
    stored = Stored(world.account)
    world.idle()
    before = _of_fans(stored)
    for link in sorted(mailed.links):
        for method in ("GET", "HEAD", "OPTIONS", "GET"):
            answer = world.call(method, link, headers={"User-Agent": "Scanner/1.0"})
            assert answer.status in {200, 204, 405}, (method, link, answer.status)
            assert "Set-Cookie" not in answer.headers
        for method in ("PUT", "PATCH", "DELETE"):
            assert world.call(method, link).status == 405
    world.idle()
    assert _of_fans(stored) == before
    assert mailed.artist.fans() == {mailed.fan: "subscribed", mailed.asked: "pending"}


def test_a_scanner_that_posts_to_what_is_no_link_of_a_mail_changes_nothing(
    world: World, mailed: Mailed
) -> None:
    own = mailed.blast.link("unsubscribe").split("/")[2]
    confirm = mailed.question.link("confirm").split("/")[2]
    before = _of_fans(Stored(world.account))
    for path in (
        f"/f/{own}/confirm",
        f"/f/{confirm}/unsubscribe",
        f"/f/{confirm}/erase",
        f"/f/{own[:-2]}/unsubscribe",
        f"/f/{own}x/erase",
    ):
        for body in ODD_BODIES:
            assert world.call("POST", path, body).status == 404, path
    assert _of_fans(Stored(world.account)) == before


def test_one_click_leaves_at_once_in_whatever_form_it_comes(world: World) -> None:
    artist = world.artist("One click")
    fans = world.fans(artist, len(ODD_BODIES))
    for fan, body in zip(fans, ODD_BODIES, strict=True):
        mail = world.mails(fan)[0]
        link = mail.headers["List-Unsubscribe"].strip("<>")
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        media = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = world.call("POST", link, body, media if body else None)
        assert answer.status == 200
        for header in ("Location", "Set-Cookie", "WWW-Authenticate"):
            assert header not in answer.headers
        assert artist.fans()[fan] == "unsubscribed"


def test_a_link_holds_ids_and_nothing_personal(mailed: Mailed) -> None:
    for link in mailed.links:
        payload = link.split("/f/")[1].split("/")[0].partition("-")[2].partition(".")[0]
        parts = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert parts[0] == mailed.artist.id
        for part in parts[1:]:
            # A keyed hash, a nonce, a blast's id and a place in it, an expiry.
            assert re.fullmatch(r"[0-9a-f]{32}|bls_[0-9A-Z]{26}|[\w-]{22}|[\d-]+", str(part)), part


def test_five_years_on_a_fan_still_leaves_by_the_old_mail_and_sees_what_is_held(
    world: World,
) -> None:
    artist, fan = world.artist("Long since"), f"old-{secrets.token_hex(4)}@fan-mail.dev"
    mail = world.fan(artist, fan)
    world.at(datetime.now(UTC) + FIVE_YEARS)
    assert world.call("GET", f"{mail.link('data')}?format=json")["email"] == fan
    assert world.form(mail.link("unsubscribe")).status == 200
    held = world.call("GET", f"{mail.link('data')}?format=json")
    assert held["status"] == "unsubscribed"
    assert [(entry["status"], entry["how"]) for entry in held["history"]] == [
        ("pending", "json"),
        ("subscribed", "confirmed"),
        ("unsubscribed", "link"),
    ]
    assert world.form(mail.link("data").replace("/data", "/erase")).status == 200
    assert world.call("GET", f"{mail.link('data')}?format=json").json == {"held": False}


def test_an_erasure_revokes_every_link_and_only_a_new_mail_brings_a_fan_back(
    world: World,
) -> None:
    artist, fan = world.artist("Erased"), f"gone-{secrets.token_hex(4)}@fan-mail.dev"
    old = world.fan(artist, fan)
    assert world.form(old.link("data").replace("/data", "/erase")).status == 200
    for act in ("confirm", "unsubscribe"):
        assert world.form(old.link(act)).status == 200
    assert world.form(old.link("data").replace("/data", "/resubscribe")).status == 200
    assert artist.fans() == {}
    assert world.sign_up(artist, fan).status == 202
    world.idle()
    assert world.form(old.link("confirm")).status == 200
    assert artist.fans() == {}
    new = world.mails(fan)[0]
    assert new.link("confirm") != old.link("confirm")
    assert world.form(new.link("confirm")).status == 200
    assert artist.fans() == {fan: "subscribed"}
    # Of the time before nothing is known any more.
    held = world.call("GET", f"{new.link('data')}?format=json")
    assert [entry["status"] for entry in held["history"]] == ["pending", "subscribed"]


def test_a_refusal_is_lifted_by_no_sign_up(world: World) -> None:
    artist, tag = world.artist("Refused"), secrets.token_hex(4)
    fans = {kind: f"{kind}+{tag}@fan-mail.dev" for kind in ("bounced", "complained")}
    world.control("POST", "/config", {"resend_webhooks": False})
    for fan in fans.values():
        assert world.sign_up(artist, fan).status == 202
    world.idle()
    for fan in fans.values():
        assert world.form(world.mails(fan)[0].link("confirm")).status == 200
    world.control("DELETE", "/config")
    artist.send(artist.draft())
    world.idle()
    assert artist.fans() == {fan: kind for kind, fan in fans.items()}
    had = {fan: len(world.mails(fan)) for fan in fans.values()}
    world.at(datetime.now(UTC) + timedelta(hours=25))
    for fan in fans.values():
        assert world.sign_up(artist, fan).status == 202
    world.idle()
    assert {fan: len(world.mails(fan)) for fan in fans.values()} == had
    world.at(None)
    assert artist.fans() == {fan: kind for kind, fan in fans.items()}


def _of_fans(stored: Stored) -> dict[tuple[str, str, str], str]:
    """Return the version of every row but those that timers touch by themselves."""
    return {key: etag for key, etag in stored.versions().items() if key[0] not in ITS_OWN_CLOCK}


def _links(mail: Mail, world: World) -> list[str]:
    found = re.findall(r"https?://[^\s\"'<>)]+", f"{mail.text} {mail.html} {mail.headers}")
    return [link.rstrip(".,") for link in found if link.startswith(f"{world.app}/f/")]
