"""What an artist writes: safe, in both forms, with the footer that nothing can hide."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from shared.artists.model import Artist, SignIn
from shared.blasts import composing, mailing, markdown, previewing
from shared.blasts.composing import MARKER, Stationery
from shared.blasts.mailing import Recipient
from shared.blasts.model import Blast, CallToAction
from shared.fans.tokens import BlastRef, FanTokens
from shared.platform import keyring
from shared.platform.ids import ArtistId, BlastId
from shared.platform.signing import Signer

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DESK = Stationery(public_base_url="https://artistos.example", mail_domain="mail.example")
RING = keyring.KeyRing(current="k1", keys={"k1": b"1" * 32})
ARTIST = Artist(
    artist_id=ArtistId("art_01JZZZZZZZZZZZZZZZZZZZZZZZ"),
    clerk_user_id="user_1",
    clerk_updated_at=0,
    email="ada@b.example",
    sign_in=SignIn(),
    artist_name="Ada & the 🔥",
    slug="ada",
    time_zone="UTC",
    age_checked_at=NOW,
    created_at=NOW,
    postal_address="1 Street\n10115 Berlin",
    reply_to="ada@b.example",
)
BLAST = Blast(
    blast_id=BlastId("bls_01JZZZZZZZZZZZZZZZZZZZZZZZ"),
    artist_id=ARTIST.artist_id,
    subject="News",
    created_at=NOW,
    updated_at=NOW,
    body_markdown="It is **out**.",
)


def composed(**changes: object) -> composing.Composed:
    blast = replace(BLAST, **changes)  # type: ignore[arg-type]  # A test names the fields.
    return composing.composed(blast, artist=ARTIST, release=None, key_id="k1", stationery=DESK)


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        '<a href="https://x.example" style="position:fixed">x</a>',
        "![pixel](https://tracker.example/p.gif)",
        "<svg><style><img src=x onerror=alert(1)>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;<img src=1 onerror=x>'>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(body: str) -> None:
    html = markdown.rendered(body, {}).html
    assert not any(f"<{tag}" in html for tag in ("script", "img", "svg", "style", "math"))
    assert 'href="javascript' not in html
    assert 'href="data' not in html


@pytest.mark.parametrize("body", ["x", "<!--", "<div>", "</td></table></body>", "```", "> " * 50])
def test_the_footer_is_in_every_mail_whatever_is_left_open(body: str) -> None:
    content = composed(body_markdown=body).content
    for form in (content.html, content.text):
        assert f"https://artistos.example/f/{MARKER}/unsubscribe" in form
        assert f"https://artistos.example/f/{MARKER}/data" in form
        assert "10115 Berlin" in form
    assert content.html.count("<!--") == 0


def test_fields_are_filled_with_text_and_never_with_markup() -> None:
    fields = {"artist_name": "*A* <b>", "release_url": "https://x.example/a b"}
    body = markdown.rendered("Hi {{artist_name}} [go]({{release_url}}) {{7*7}} {{who}}", fields)
    assert 'Hi *A* &lt;b&gt; <a href="https://x.example/a%20b"' in body.html
    assert body.text == "Hi *A* <b> go (https://x.example/a%20b) {{7*7}} {{who}}"


def test_plain_text_reads_like_a_letter() -> None:
    source = "# Title\n\nHello\nworld\n\n- one\n- two\n\n1. a\n2. b\n\n> quoted"
    text = markdown.rendered(source, {}).text
    assert text.splitlines()[0] == "Title"
    assert "- one" in text
    assert "2. b" in text


def test_a_marker_in_an_artist_s_text_is_taken_out() -> None:
    content = composed(body_markdown=f"a{MARKER}b", subject=f"c{MARKER}").content
    assert content.html.count(MARKER) == 2
    assert (content.text.count(MARKER), content.subject) == (2, "c")


@pytest.mark.parametrize("gap", ["\r\n", "\n", "\r", "\x00", "\u2028", "\u2029", "\x85"])
def test_no_stored_text_brings_a_line_into_a_header(gap: str) -> None:
    """The doors refuse these texts; a row of before that, or a mended one, may still hold them."""
    text = f"a{gap}Bcc: b@x.example"
    content = composing.composed(
        replace(BLAST, subject="{{artist_name}}", preview_text="{{artist_name}}"),
        artist=replace(ARTIST, artist_name=text),
        release=None,
        key_id="k1",
        stationery=DESK,
    ).content
    assert content.subject == "a Bcc: b@x.example"
    for header in (content.subject, content.sender, content.list_id):
        assert len(header.splitlines()) == 1
        assert "\x00" not in header


def test_the_same_recipients_give_the_same_bytes_and_each_their_own_link() -> None:
    content = composed(body_markdown="\\u0002 \\u0005 {{x}}").content
    sent = mailing.prepared(BLAST, content, frozen_at=NOW, base_url="https://artistos.example")
    tokens = FanTokens(lambda: Signer(RING))
    people = [
        Recipient(position=i, hashed=f"{i:032x}", address=f"fan{i}@x.example") for i in (0, 7)
    ]
    body = sent.batch(people, chunk="000001-1", generation=3, tokens=tokens)
    assert body == sent.batch(people, chunk="000001-1", generation=3, tokens=tokens)
    mails = orjson.loads(body)
    assert [mail["to"] for mail in mails] == [["fan0@x.example"], ["fan7@x.example"]]
    link = mails[1]["headers"]["List-Unsubscribe"].strip("<>")
    assert link in mails[1]["html"]
    assert link in mails[1]["text"]
    ref = tokens.read_fan(link.split("/")[-2])
    assert ref.blast == BlastRef(BLAST.blast_id, "000001-1", 7)
    named = {tag["name"]: tag["value"] for tag in mails[1]["tags"]}
    assert (named["chunk"], named["position"], named["generation"]) == ("000001-1", "7", "3")
    assert mails[0]["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mails[0]["headers"]["List-Id"].isascii()
    assert mails[0]["headers"]["List-Id"].endswith(".fans.mail.example>")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"body_markdown": ""}, "no_text"),
        ({"subject": "WIN A FREE CASH BONUS"}, "spam_trigger_subject"),
        ({"body_markdown": "[x](http://plain.example)"}, "broken_link"),
        ({"call_to_action": CallToAction(label="x", url="https://nohost")}, "broken_link"),
        ({"body_markdown": "[x](//other.example/x)"}, "broken_link"),
        ({"body_markdown": "& " * 8000 * 3}, "too_large"),
    ],
)
def test_what_should_be_mended_is_said(changes: dict[str, object], code: str) -> None:
    found = previewing.warnings(composed(**changes), artist=ARTIST)
    assert code in {caution.code for caution in found}


def test_a_mail_that_nobody_can_answer_is_told() -> None:
    mute = replace(ARTIST, reply_to=None)
    unanswerable = composing.composed(
        BLAST, artist=mute, release=None, key_id="k1", stationery=DESK
    )
    assert [c.code for c in previewing.warnings(unanswerable, artist=mute)] == ["no_reply_to"]


def test_a_plain_blast_has_nothing_to_mend() -> None:
    assert previewing.warnings(composed(), artist=ARTIST) == []
    bare = replace(ARTIST, postal_address=None)
    assert [c.code for c in previewing.warnings(composed(), artist=bare)] == ["no_postal_address"]
