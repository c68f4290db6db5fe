"""Addresses as people, robots and attackers type them: which are taken, and what is one mailbox."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.addresses import EmailAddress, mailbox_hash
from shared.platform.problems import Invalid

KEY = b"k" * 32
LONGEST_LOCAL = "a" * 64
# 64 for the local part, the sign, and labels of 61: 254 characters in all.
LONGEST = f"{LONGEST_LOCAL}@{'.'.join(['d' * 61] * 3)}.com"

TAKEN = [
    # Typed, and the normal form: what is compared, and hashed into the fan's id.
    pytest.param("ada@example.com", "ada@example.com", id="plain"),
    pytest.param("Ada@Example.COM", "ada@example.com", id="as a phone writes it"),
    pytest.param("  ada@example.com ", "ada@example.com", id="spaces around"),
    pytest.param("\u00a0ada@example.com\u00a0", "ada@example.com", id="hard spaces around"),
    pytest.param("ada+gig@example.com", "ada+gig@example.com", id="a plus tag"),
    pytest.param("a.d.a@example.com", "a.d.a@example.com", id="dots inside"),
    pytest.param("o'brien@example.com", "o'brien@example.com", id="an apostrophe"),
    pytest.param("=1+1@example.com", "=1+1@example.com", id="a formula"),
    pytest.param("a/b#c?d@example.com", "a/b#c?d@example.com", id="what keys may not hold"),
    pytest.param("ada%x@example.com", "ada%x@example.com", id="a percent sign is no relay"),
    pytest.param("ada@BÜCHER.de", "ada@xn--bcher-kva.de", id="a domain with umlauts"),
    pytest.param("ada@XN--BCHER-KVA.de", "ada@xn--bcher-kva.de", id="the same as servers write it"),
    pytest.param("ada@bu\u0308cher.de", "ada@xn--bcher-kva.de", id="the same, letter and dots"),
    pytest.param("ada@faß.de", "ada@xn--fa-hia.de", id="a sharp s is a domain of its own"),
    pytest.param(
        "ada@\uff45xample\u3002com", "ada@example.com", id="wide letters and a Chinese dot"
    ),
    pytest.param("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v", id="Chinese on both sides"),
    pytest.param("مثال@example.com", "مثال@example.com", id="Arabic, without marks"),
    pytest.param("\u00e1da@example.com", "\u00e1da@example.com", id="an accent in one"),
    pytest.param("a\u0301da@example.com", "\u00e1da@example.com", id="an accent in two"),
    pytest.param("\u212aelvin@example.com", "kelvin@example.com", id="the sign for kelvin"),
    pytest.param("STRASSE@example.com", "strasse@example.com", id="sharp s in capitals"),
    pytest.param("straße@example.com", "straße@example.com", id="sharp s is a letter of its own"),
    pytest.param("ﬁsh@example.com", "fish@example.com", id="a ligature"),
    pytest.param("\u03ab\u0301@example.com", "\u03b0@example.com", id="Greek capitals"),
    pytest.param("\u0430da@example.com", "\u0430da@example.com", id="a Cyrillic a is another"),
    pytest.param("ada@ex\u0430mple.com", "ada@xn--exmple-4nf.com", id="and in a domain"),
    pytest.param(LONGEST, LONGEST, id="as long as can be"),
]

REFUSED = [
    pytest.param("", id="nothing"),
    pytest.param("\u00b4@example.com", id="an accent by itself, which is a space when compared"),
    pytest.param("ada", id="no sign"),
    pytest.param("@example.com", id="nobody"),
    pytest.param("ada@", id="nowhere"),
    pytest.param("ada@@example.com", id="two signs"),
    pytest.param("ada@bob@example.com", id="two signs apart"),
    pytest.param("ada@localhost", id="no dot in the domain"),
    pytest.param("ada@127.0.0.1", id="an IP address"),
    pytest.param("ada@[127.0.0.1]", id="an IP literal"),
    pytest.param("ada@[IPv6:2001:db8::1]", id="an IPv6 literal"),
    pytest.param("ada@example.invalid", id="a name that is nowhere"),
    pytest.param(".ada@example.com", id="a dot in front"),
    pytest.param("ada.@example.com", id="a dot at the end"),
    pytest.param("a..da@example.com", id="two dots"),
    pytest.param("ada@example.com.", id="a dot after the domain"),
    pytest.param("ada@.example.com", id="a dot before the domain"),
    pytest.param("ada@-example.com", id="a hyphen before the domain"),
    pytest.param("ada@exa_mple.com", id="no domain has that"),
    pytest.param("ada@xn--a.com", id="broken Punycode"),
    pytest.param('"ada"@example.com', id="quoted"),
    pytest.param('"a@b c"@example.com', id="quoted with a sign and a space"),
    pytest.param("<ada@example.com>", id="in brackets"),
    pytest.param("Ada <ada@example.com>", id="with a name"),
    pytest.param("ada(x)@example.com", id="with a comment"),
    pytest.param("ada@example.com,bob@example.com", id="two addresses"),
    pytest.param("mailto:ada@example.com", id="a link"),
    pytest.param("ada @example.com", id="a space inside"),
    pytest.param("\tada@example.com", id="a tab"),
    pytest.param("ada@example.com\r\n", id="a line break"),
    pytest.param("ada@example.com\r\nBcc: bob@example.com", id="a header"),
    pytest.param("a\x00da@example.com", id="a NUL"),
    pytest.param("ada@example.com\x7f", id="a delete"),
    pytest.param("\u200fada@example.com", id="a right-to-left mark"),
    pytest.param("ada\u202e@example.com", id="a right-to-left override"),
    pytest.param("ada\u200b@example.com", id="a space of no width"),
    pytest.param("\ufeffada@example.com", id="a byte order mark"),
    pytest.param("ada@exam\u200dple.com", id="a joiner in the domain"),
    pytest.param("ada\u2028@example.com", id="a line separator"),
    pytest.param("\ud800@example.com", id="half a letter"),
    pytest.param(f"{LONGEST_LOCAL}a@example.com", id="a local part too long"),
    pytest.param(f"a{LONGEST}", id="one letter too long"),
    pytest.param(f"{LONGEST}m", id="too long at the end"),
]


@pytest.mark.parametrize(("typed", "normalised"), TAKEN)
def test_an_address_is_taken_and_kept_as_typed(typed: str, normalised: str) -> None:
    address = EmailAddress.parse(typed)
    assert address.normalised == normalised
    assert address.typed == typed.strip(" \u00a0")
    assert EmailAddress.parse(address.normalised).normalised == normalised


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_address_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        EmailAddress.parse(typed)
    assert not typed or typed not in str(refused.value.errors)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("Ada@Bücher.de", "Ada@xn--bcher-kva.de"),
        ("Ada@Example.com", "Ada@Example.com"),
        ("hana@fan-mail\u3002dev", "hana@fan-mail.dev"),
        ("taro@\uff46\uff41\uff4e.dev", "taro@fan.dev"),
        ("\uff46iona@fan-mail.dev", "fiona@fan-mail.dev"),
        ("\u212aelvin@fan-mail.dev", "Kelvin@fan-mail.dev"),
        ("stra\u00dfe@fan-mail.dev", "stra\u00dfe@fan-mail.dev"),
    ],
)
def test_a_mail_goes_to_the_mailbox_that_is_compared(typed: str, mailed: str) -> None:
    """A made-up spelling that bounced would shut out whoever it is compared as."""
    address = EmailAddress.parse(typed)
    assert address.deliverable == mailed
    assert EmailAddress.parse(mailed).normalised == address.normalised
    assert mailed.lower() == address.normalised, "what is mailed is what is compared"


@given(st.emails() | st.text(max_size=12).map(lambda text: f"{text}@fan-mail.dev"))
def test_whatever_is_taken_is_mailed_to_what_it_is_compared_as(typed: str) -> None:
    try:
        address = EmailAddress.parse(typed)
    except Invalid:
        return
    assert address.deliverable.lower() == address.normalised
    assert EmailAddress.parse(address.deliverable).normalised == address.normalised


def test_every_letter_is_one_mailbox_in_whichever_case_it_is_typed() -> None:
    """In capitals and small letters, composed and taken apart: one hash."""
    apart = []
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        if not letter.isalpha() or letter.lower() == letter.upper() == letter:
            continue
        # Where a capital is of two letters, as of a sharp s, they are letters of their own.
        spellings = {one for one in (letter, letter.lower(), letter.upper()) if len(one) == 1}
        spellings |= {unicodedata.normalize("NFD", each) for each in spellings}
        hashes = {_mailbox(each) for each in spellings} - {None}
        if len(hashes) > 1 and letter not in _TURKISH:
            apart.append(letter)
    assert apart == []


# The i with a dot in capitals and the one without in small letters: Unicode folds neither to an i.
_TURKISH = "\u0130\u0131"


def _mailbox(local: str) -> str | None:
    try:
        return mailbox_hash(EmailAddress.parse(f"{local}x@example.com").normalised, key=KEY)
    except Invalid:
        return None
