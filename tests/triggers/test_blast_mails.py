"""Every fan mail passes what mailboxes and the law ask for, whatever an artist writes."""

import pytest

from tests.mail_validator import faults_of
from tests.triggers.test_blasts import draft, fans_of, send
from tests.world import Artist, World

NAME = "Björk & Ünïted 🎻"
RTL = "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"
BODIES = (
    "Hi from {{artist_name}}: [listen](https://music.example/slow)\n\n- one\n- two",
    f"# {RTL}\n\n{'🔥' * 500}\n\n{'long ' * 3000}",
    ".\n\n..\n\nFrom here on\n\n" + "x" * 5000,
)


@pytest.fixture
def artist(world: World) -> Artist:
    return world.artist(NAME)


def test_fan_mails_pass_the_validator(world: World, artist: Artist) -> None:
    (fan,) = fans_of(world, artist, "a")
    subjects = [
        "Slow Fire is out 🔥🔥",
        RTL,
        "ü" * 200,
        "🎻" * 200,
        "Plain",
        '"quotes", <angles> & commas',
        "{{artist_name}} is back",
    ]
    made = [
        draft(artist, subject=subject, body_markdown=BODIES[at % len(BODIES)])
        for at, subject in enumerate(subjects)
    ]
    for blast in made:
        assert send(artist, blast, 1).status == 202
    world.idle()
    blasts = [mail for mail in world.mails(fan) if mail.members["batch"]]
    assert len(blasts) == len(subjects)
    for mail in blasts:
        domain = mail.members["from"].rpartition("@")[2].strip(">")
        assert domain.startswith("fans.")
        found = faults_of(
            mail.members, artist=NAME, address="1 Street, 10115 Berlin, DE", domain=domain
        )
        assert found == [], mail.subject


SEVERAL_LINES = pytest.mark.parametrize(
    "text",
    ["a\r\nBcc: b@fan-mail.dev", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\x00b", "a\u2028b"],
    ids=["CRLF", "LF", "CR", "NUL", "line separator"],
)


@SEVERAL_LINES
@pytest.mark.parametrize("field", ["subject", "preview_text"])
def test_a_draft_s_line_of_several_is_refused(artist: Artist, field: str, text: str) -> None:
    refused = artist.post("/api/blasts", {"subject": "x", "body_markdown": "x", field: text})
    assert (refused.status, refused["errors"][0]["field"]) == (422, field)


@SEVERAL_LINES
def test_no_title_and_no_name_of_several_lines_can_come_into_a_mail(
    artist: Artist, text: str
) -> None:
    release = artist.post("/api/releases", {"title": text, "kind": "single", "genre": "pop"})
    assert (release.status, release["errors"][0]["field"]) == (422, "title")
    renamed = artist.call("PATCH", "/api/me", {"artist_name": text})
    assert (renamed.status, renamed["errors"][0]["field"]) == (422, "artist_name")


def test_a_subject_names_the_release_and_nothing_of_a_fan(world: World, artist: Artist) -> None:
    (fan,) = fans_of(world, artist, "a")
    release = artist.release(title="Slow 🔥 Fire")
    blast = draft(artist, subject="{{release_title}} {{fan_email}}", release_id=release["id"])
    assert send(artist, blast, 1).status == 202
    world.idle()
    (mail,) = (mail for mail in world.mails(fan) if mail.members["batch"])
    assert mail.subject == "Slow 🔥 Fire {{fan_email}}"


def test_the_validator_finds_what_is_wrong(world: World, artist: Artist) -> None:
    (fan,) = fans_of(world, artist, "a")
    assert send(artist, draft(artist), 1).status == 202
    world.idle()
    (good,) = (mail.members for mail in world.mails(fan) if mail.members["batch"])
    domain = good["from"].rpartition("@")[2].strip(">")
    facts = {"artist": NAME, "address": "1 Street, 10115 Berlin, DE", "domain": domain}
    without = {name: value for name, value in good["headers"].items() if name != "List-Id"}
    wrongs: tuple[dict[str, object], ...] = (
        {"headers": without},
        {"headers": {**good["headers"], "List-Unsubscribe": "<mailto:a@b.dev>"}},
        {"html": good["html"].replace("10115", "")},
        {"html": good["html"].replace("</body>", '<img src="https://t.dev/p.gif"></body>')},
        {"text": "Hello"},
        {"from": f"Somebody <news@{domain}>"},
        {"from": "Somebody <news@elsewhere.dev>"},
        {"reply_to": []},
    )
    for wrong in wrongs:
        assert faults_of({**good, **wrong}, **facts), wrong
