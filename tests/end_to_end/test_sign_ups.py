"""The sign-up from outside: who is told what, what it costs, and what a flood of them may cause."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlencode

import pytest

from local.demo.client import Answer
from shared.capture.caps import HOURLY, ArtistMailCap
from shared.platform.ids import ArtistId
from shared.platform.limits import Limits
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables
from tests.world import Artist, World

pytestmark = pytest.mark.stack

People = dict[str, list[str]]
_NETWORKS = count(1)
_ITS_OWN = {"date", "x-request-id"}  # Headers that differ between any two answers.
# A line of the emulator's log: `127.0.0.1 - - [date] "GET /devstoreaccount1/… HTTP/1.1" 200 -`.
_CALL = re.compile(
    r'"(?P<verb>[A-Z]+) /devstoreaccount1/(?P<what>\$batch|Fans\(|emails/messages\?(?!num|peek))'
)


def network() -> str:
    """Return a client's address that nobody else has in this run."""
    number = next(_NETWORKS)
    return f"198.18.{number >> 8}.{number & 255}"


def address(fate: str = "fan") -> str:
    return f"{fate}+{secrets.token_hex(5)}@fan-mail.dev"


@dataclass(frozen=True, slots=True)
class Door:
    """One artist's sign-up, with a form that is already open."""

    world: World
    artist: Artist
    token: str

    def json(self, email: str, *, client: str | None = None, **fields: object) -> Answer:
        body = {"email": email, "consent": True, "form_token": self.token, **fields}
        here = {"X-Local-Client-IP": client or network()}
        return self.world.call("POST", f"/api/capture/{self.artist.slug}", body, here)

    def form(self, email: str) -> Answer:
        body = urlencode({"email": email, "consent": "true", "form_token": self.token})
        return self.world.form(f"/a/{self.artist.slug}", body, **{"X-Local-Client-IP": network()})

    def many(self, emails: list[str], *, client: str | None = None) -> list[Answer]:
        """Have all these sign up, eight at a time."""
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda email: self.json(email, client=client), emails))


def door_of(world: World, artist: Artist) -> Door:
    info = world.call("GET", f"/api/capture/{artist.slug}")
    return Door(world, artist, info["form_token"])


@pytest.fixture(scope="module")
def artist(stack: World) -> Artist:
    stack.calm()
    return stack.artist("The Quiet Engines")


@pytest.fixture
def door(world: World, artist: Artist) -> Door:
    return door_of(world, artist)


def test_spellings_of_one_mailbox_are_one_fan_shown_as_first_typed(world: World) -> None:
    artist = world.artist("Spelled")
    door = door_of(world, artist)
    typed = ["Zoë.Möller@Bücher.example.de", "o'Brien+tour@Example.org", "用户@例子.广告"]
    again = [
        "ZOË.MÖLLER@xn--bcher-kva.example.de",
        " O'BRIEN+TOUR@example.org ",
        "用户@xn--fsqu00a.xn--4rr70v",
    ]
    for spelling in (*typed, *again):
        assert door.json(spelling).status == 202
    assert sorted(artist.fans()) == sorted(typed)
    world.idle()
    # Mail goes where servers take it, once; the fan is still shown as typed.
    assert len(world.mails("Zoë.Möller@xn--bcher-kva.example.de")) == 1
    assert artist.get("/api/fans/stats")["total"] == len(typed)


def test_a_fan_belongs_to_a_release_of_this_artist_or_to_none(world: World) -> None:
    artist, other = world.artist("With releases"), world.artist("Another")
    shown = artist.release(title="Shown", release_date="2031-05-02")["id"]
    draft = artist.release(title="Draft")["id"]
    foreign = other.release(title="Foreign", release_date="2031-05-02")["id"]
    nobodys = "rel_" + "0" * 26
    door = door_of(world, artist)
    named = {address(): release for release in (shown, draft, foreign, nobodys)}
    for email, release in named.items():
        assert door.json(email, release_id=release).status == 202
    kept = {fan["email"]: fan["release_id"] for fan in artist.get("/api/fans")["items"]}
    assert [kept[email] for email in named] == [shown, draft, None, None]


def test_the_pages_own_form_names_the_release_that_it_shows(world: World) -> None:
    artist = world.artist("Shows one")
    shown = artist.release(title="Shown", release_date="2031-05-02")["id"]
    page = world.call("GET", f"/a/{artist.slug}").text
    fields = dict(re.findall(r'name="(form_token|release_id)" value="([^"]+)"', page))
    assert fields["release_id"] == shown
    body = urlencode({**fields, "email": address(), "consent": "true"})
    assert world.form(f"/a/{artist.slug}", body).status == 202
    assert artist.get("/api/fans")["items"][0]["release_id"] == shown


def test_nobody_learns_from_an_answer_who_is_on_a_list(door: Door, people: People) -> None:
    for sign_up in (door.json, door.form):
        answers = {kind: sign_up(emails.pop()) for kind, emails in people.items()}
        told = {kind: _told(answer) for kind, answer in answers.items()}
        assert all(answer == told["new"] for answer in told.values()), told
        assert told["new"][0] == 202


def test_a_sign_up_costs_the_same_three_calls_whoever_it_is(
    door: Door, people: People, world: World
) -> None:
    world.idle()  # Whatever follows by these sign-ups' messages comes three seconds later.
    for kind, emails in people.items():
        calls = _calls_of(door, emails.pop(), world)
        assert calls == ["GET Fans(", "POST emails/messages?", "POST $batch"], kind


def test_sixty_at_once_from_one_network_are_told_when_to_come_again(
    door: Door, world: World
) -> None:
    here = network()
    answers = door.many([address() for _ in range(60)], client=here)
    taken = [answer for answer in answers if answer.status == 202]
    refused = [answer for answer in answers if answer.status == 429]
    assert (len(taken), len(refused)) == (33, 27)  # The limit of 30, and three by memory.
    for answer in refused:
        assert 0 < int(answer.headers["Retry-After"]) <= 600
        assert answer.headers["Content-Type"] == "application/problem+json"
    world.at(datetime.now(UTC) + timedelta(seconds=601))
    assert door.json(address(), client=here).status == 202


def test_what_an_artists_page_may_not_mail_this_hour_waits_and_is_counted(world: World) -> None:
    artist = world.artist("Sprayed")
    cap = ArtistMailCap(
        Limits(Tables(StorageAccount.from_connection_string(world.account))),
        recent_confirmations=lambda _, __: 0,
    )
    for _ in range(HOURLY - 4):
        assert cap.claim(ArtistId(artist.id), waited=False, now=datetime.now(UTC))
    strangers = [address() for _ in range(10)]
    before = _waiting(world)
    answers = door_of(world, artist).many(strangers)
    assert {answer.status for answer in answers} == {202}
    world.idle()
    assert sum(len(world.mails(stranger)) for stranger in strangers) == 4
    assert _waiting(world) == before + 6


@pytest.fixture(scope="module")
def people(stack: World, artist: Artist) -> People:
    """Three of each kind that a list can know, beside those who are new to it."""
    here = door_of(stack, artist)
    others = [stack.artist(f"Other {number}") for number in range(3)]
    listed = ("subscribed", "unsubscribed", "erased", "bounced", "complained")
    people = {kind: [address(kind)] * 3 for kind in listed}
    people["pending"] = [address()] * 3
    # What is written here for the first time only: not heard of, refused or capped elsewhere.
    people |= {kind: [address() for _ in range(3)] for kind in ("new", "capped")}
    people["refused elsewhere"] = [address("bounced") for _ in range(3)]
    stack.control("POST", "/config", {"resend_webhooks": False})
    for kind in (*listed, "pending"):
        assert here.json(people[kind][0]).status == 202
    for other in others:
        door_of(stack, other).many(people["capped"])
    stack.idle()
    stack.control("DELETE", "/config")
    door_of(stack, others[0]).many(people["refused elsewhere"])
    _confirm_and_part(stack, artist, {kind: people[kind][0] for kind in listed})
    statuses = artist.fans()
    for kind in {*listed, "pending"} - {"erased"}:
        assert statuses[people[kind][0]] == kind
    return people


def _confirm_and_part(stack: World, artist: Artist, people: dict[str, str]) -> None:
    """Have all confirm; then a blast finds out who bounces and complains, one leaves, one goes."""
    mails = {kind: stack.mails(email)[0] for kind, email in people.items()}
    for mail in mails.values():
        assert stack.form(mail.link("confirm")).status == 200
    artist.send(artist.draft())
    stack.idle()
    assert stack.form(mails["unsubscribed"].link("unsubscribe")).status == 200
    erase = mails["erased"].link("data").replace("/data", "/erase")
    assert stack.form(erase).status == 200


def _told(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status, {k: v for k, v in headers.items() if k not in _ITS_OWN}, answer.body


def _calls_of(door: Door, email: str, world: World) -> list[str]:
    """Return what a sign-up asks of storage."""
    log = world.data / "azurite-access.log"
    before = log.stat().st_size
    assert door.json(email).status == 202

    def calls() -> list[str]:
        with log.open("rb") as lines:
            lines.seek(before)
            text = lines.read().decode(errors="replace")
        return [f"{call['verb']} {call['what']}" for call in _CALL.finditer(text)]

    world.until(lambda: "POST $batch" in calls(), "the emulator's log")
    return calls()


def _waiting(world: World) -> int:
    health = world.operator("GET", "/api/ops/health")
    assert health.status == 200, health.text
    found = re.search(r'"waiting": ?(\d+)', health.text)
    assert found, health.text
    return int(found.group(1))
