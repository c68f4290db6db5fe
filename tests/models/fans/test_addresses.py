"""Addresses and networks: what is one mailbox, what is no address, whose hop counts."""

from datetime import UTC, datetime

import pytest

from shared.platform.addresses import EmailAddress, client_address, network_hash
from shared.platform.problems import Invalid

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.com", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("ada@BÜCHER.de", "ada@xn--bcher-kva.de"),
        ("\u212aelvin@example.com", "kelvin@example.com"),
        ("STRASSE@example.com", "strasse@example.com"),
    ],
)
def test_two_ways_to_write_one_mailbox_are_one_fan(one: str, other: str) -> None:
    assert EmailAddress.parse(one).normalised == EmailAddress.parse(other).normalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "ada+gig@example.com"),
        ("a.da@example.com", "ada@example.com"),
    ],
)
def test_plus_tags_and_dots_are_mailboxes_of_their_own(one: str, other: str) -> None:
    assert EmailAddress.parse(one).normalised != EmailAddress.parse(other).normalised


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@localhost",
        "ada@[127.0.0.1]",
        '"a b"@example.com',
        "ada@example.com\n",
        "a\x00da@example.com",
        "ada@example..com",
        "a" * 65 + "@example.com",
        "ada@" + "b." * 130 + "com",
    ],
)
def test_what_mail_cannot_go_to_is_no_address(text: str) -> None:
    with pytest.raises(Invalid):
        EmailAddress.parse(text)


@pytest.mark.parametrize(
    "text", ["=1+1@example.com", "a/b#c?d@example.com", "o'brien@example.com", "用户@例子.广告"]
)
def test_odd_addresses_are_kept_as_they_were_typed(text: str) -> None:
    assert EmailAddress.parse(text).typed == text


@pytest.mark.parametrize(
    ("header", "hops", "found"),
    [
        ("203.0.113.7:49152", 1, "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", 1, "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7, 10.0.0.1", 2, "203.0.113.7"),
        ("[2001:db8::1]:51234", 1, "2001:db8::1"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("::ffff:203.0.113.7", 1, "203.0.113.7"),
        ("unknown", 1, "None"),
        ("203.0.113.7", 2, "None"),
        ("", 1, "None"),
    ],
)
def test_the_client_is_the_hop_that_our_own_front_wrote(header: str, hops: int, found: str) -> None:
    assert str(client_address(header, hops=hops)) == found


def test_a_network_is_an_address_or_an_ipv6_customer_and_another_hash_each_day() -> None:
    def hashed(text: str, now: datetime = NOW) -> str:
        return network_hash(client_address(text, hops=1), key=KEY, now=now)

    assert hashed("203.0.113.7") != hashed("203.0.113.8")
    assert hashed("2001:db8::1") == hashed("2001:db8::ffff")
    assert hashed("2001:db8::1") != hashed("2001:db8:0:1::1")
    assert hashed("203.0.113.7") != hashed("203.0.113.7", datetime(2026, 12, 2, tzinfo=UTC))
