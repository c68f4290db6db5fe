"""A signed token is ours, for one purpose, and has one form."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.cursors import Cursors
from shared.platform.keyring import KeyRing
from shared.platform.problems import Invalid
from shared.platform.signing import Signer, TokenBroken, TokenPart

OLD = Signer(KeyRing(current="k1", keys={"k1": b"o" * 32}))
NEW = Signer(KeyRing(current="k2", keys={"k1": b"o" * 32, "k2": b"n" * 32}))


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=30)), max_size=6))
def test_what_is_signed_reads_back(parts: list[TokenPart]) -> None:
    assert NEW.read(NEW.sign(parts, purpose="p"), purpose="p") == parts


def test_a_rotation_breaks_no_link() -> None:
    assert NEW.read(OLD.sign(["fan_1"], purpose="p"), purpose="p") == ["fan_1"]


def test_a_frozen_text_can_keep_its_key() -> None:
    assert NEW.sign(["x"], purpose="p", key_id="k1") == OLD.sign(["x"], purpose="p")


def test_a_token_of_one_purpose_is_none_of_another() -> None:
    with pytest.raises(TokenBroken):
        NEW.read(NEW.sign(["fan_1"], purpose="confirm"), purpose="unsubscribe")


def test_every_single_change_breaks_it() -> None:
    token = NEW.sign(["fan_1", 3], purpose="p")
    for position, letter in enumerate(token):
        changed = token[:position] + ("A" if letter != "A" else "B") + token[position + 1 :]
        with pytest.raises(TokenBroken):
            NEW.read(changed, purpose="p")


@pytest.mark.parametrize("extra", ["=", "!", " ", "\n", ".", "A", "é", "%00"])
def test_nothing_can_be_added(extra: str) -> None:
    token = NEW.sign(["fan_1"], purpose="p")
    for changed in (token + extra, extra + token):
        with pytest.raises(TokenBroken):
            NEW.read(changed, purpose="p")


def test_other_base64_of_the_same_bytes_is_not_the_token() -> None:
    # Of sixteen bytes the last letter carries four bits that nobody reads.
    body, _, mac = NEW.sign(["fan_1"], purpose="p").partition(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = mac[:-1] + alphabet[alphabet.index(mac[-1]) + 1]
    assert base64.urlsafe_b64decode(twin + "==") == base64.urlsafe_b64decode(mac + "==")
    with pytest.raises(TokenBroken):
        NEW.read(f"{body}.{twin}", purpose="p")


@pytest.mark.parametrize("text", ["", ".", "-", "k2-", "k2-.", "k9-AA.AA", "x" * 5000, "é" * 20])
def test_what_is_no_token_is_broken_and_nothing_worse(text: str) -> None:
    with pytest.raises(TokenBroken):
        NEW.read(text, purpose="p")


def test_a_cursor_belongs_to_its_list_and_owner() -> None:
    cursors = Cursors(NEW)
    cursor = cursors.make(["key"], scope="activity|art_1")
    assert cursors.read(cursor, scope="activity|art_1") == ["key"]
    assert cursors.read(None, scope="activity|art_1") is None
    with pytest.raises(Invalid):
        cursors.read(cursor, scope="activity|art_2")
