"""Mails: every template in both forms, safe whatever is in its facts, from our domain only."""

from email.header import decode_header, make_header
from email.parser import HeaderParser
from email.policy import default
from email.utils import parseaddr
from html.parser import HTMLParser

import pytest

from shared.mail import letters
from shared.mail.letters import Letter, Letterhead
from shared.mail.outbox import Template
from shared.mail.postman import Mail, Postman, Stream, display_name, one_line, sender
from shared.mail.samples import SAMPLES

HEAD = Letterhead(
    public_base_url="https://artistos.example", privacy_contact="privacy@artistos.example"
)
NASTY = '<script>alert(1)</script>"\r\nBcc: x@y.example'


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hosts: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.hosts.add(value.split("/")[2])


def test_every_template_but_the_blast_s_own_has_a_sample() -> None:
    assert set(SAMPLES) == set(Template) - {Template.BLAST_TEST}


@pytest.mark.parametrize("template", sorted(SAMPLES))
def test_a_mail_has_both_forms_its_words_and_no_other_host(template: Template) -> None:
    words = letters.write(Letter(template=template, to=None, facts=SAMPLES[template]), HEAD)
    seen = _Links()
    seen.feed(words.html)
    assert words.subject
    assert "{{" not in words.subject + words.html + words.text
    assert seen.hosts <= {"artistos.example", "app.artistos.example"}
    assert not seen.tags & {"script", "img", "form", "iframe"}
    assert "prefers-color-scheme:dark" in words.html
    assert max(map(len, words.text.splitlines())) < 200
    assert all(link in words.text for link in [words.link] if link)


@pytest.mark.parametrize("template", sorted(SAMPLES))
def test_a_fact_is_never_markup_nor_a_header(template: Template) -> None:
    facts = {
        name: NASTY if isinstance(value, str) and not name.endswith("_url") else value
        for name, value in SAMPLES[template].items()
    }
    words = letters.write(Letter(template=template, to=None, facts=facts), HEAD)
    assert "<script>alert" not in words.html
    assert "\n" not in words.subject
    assert "\r" not in words.subject


@pytest.mark.parametrize(
    "name",
    ["Ada", "Björk & Co", 'A "quoted", one', "名前" * 30, NASTY, "=?utf-8?q?Bcc?=", "🔥 اسم"],
)
def test_a_display_name_is_one_header_and_the_address_ours(name: str) -> None:
    text = sender(name, stream=Stream.FANS, domain="mail.example")
    assert text.isascii()
    parsed = HeaderParser(policy=default).parsestr(f"From: {text}\r\n\r\n")["From"]
    (address,) = parsed.addresses
    assert (address.username, address.domain) == ("news", "fans.mail.example")
    # The parser of headers leaves the spaces between encoded words, which RFC 2047 says to drop.
    written = str(make_header(decode_header(parseaddr(text)[0])))
    assert written == one_line(name)


def test_directions_cannot_be_turned_in_a_name() -> None:
    assert display_name("moc.\u202eevil") == "moc.evil"
    assert one_line("a\u2028b\tc") == "a b c"


def test_automatic_mails_say_so_and_fans_mails_do_not() -> None:
    postman = Postman(None, domain="mail.example")  # type: ignore[arg-type]  # It sends nothing here.
    mail = Mail(to="a@b.example", subject="s", html="h", text="t")
    automatic = postman.payload(mail, idempotency_key="k")
    assert automatic["headers"]["Auto-Submitted"] == "auto-generated"  # type: ignore[index]  # A payload's values are objects.
    assert automatic == postman.payload(mail, idempotency_key="k")
    assert automatic != postman.payload(mail, idempotency_key="other")
    fans = Mail(to="a@b.example", subject="s", html="h", text="t", stream=Stream.FANS)
    assert postman.payload(fans, idempotency_key="k")["headers"] == {}
