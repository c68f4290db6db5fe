"""An envelope opens with its ring, for its purpose, unchanged; and in no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.envelopes import EnvelopeBroken, Envelopes
from shared.platform.keyring import KeyRing

OLD, NEW = b"o" * 32, b"n" * 32
BEFORE = Envelopes(KeyRing(current="k1", keys={"k1": OLD}))
AFTER = Envelopes(KeyRing(current="k2", keys={"k1": OLD, "k2": NEW}))


@given(st.binary(max_size=500))
def test_what_is_sealed_opens(plaintext: bytes) -> None:
    assert AFTER.open(AFTER.seal(plaintext, purpose="a|1"), purpose="a|1") == plaintext


def test_an_older_key_still_opens_and_the_new_one_seals() -> None:
    assert AFTER.open(BEFORE.seal(b"token", purpose="p"), purpose="p") == b"token"
    assert AFTER.seal(b"token", purpose="p").startswith("v1.k2.")


def test_two_seals_of_the_same_are_different() -> None:
    assert AFTER.seal(b"token", purpose="p") != AFTER.seal(b"token", purpose="p")


def test_a_ciphertext_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(EnvelopeBroken):
        AFTER.open(AFTER.seal(b"token", purpose="spotify|art_1"), purpose="spotify|art_2")


@pytest.mark.parametrize("position", range(4))
def test_no_part_can_be_changed(position: int) -> None:
    parts = AFTER.seal(b"token", purpose="p").split(".")
    parts[position] = "k1" if position == 1 else "v2" if position == 0 else "AAAA"
    with pytest.raises(EnvelopeBroken):
        AFTER.open(".".join(parts), purpose="p")


@pytest.mark.parametrize(
    "text", ["", "v1", "v1.k2.AAAA", "v1.k9.AAAA.AAAA", "v1.k2.=.!", "é.é.é.é"]
)
def test_what_is_no_envelope_is_broken_and_nothing_worse(text: str) -> None:
    with pytest.raises(EnvelopeBroken):
        AFTER.open(text, purpose="p")


def test_a_key_that_is_gone_opens_nothing() -> None:
    with pytest.raises(EnvelopeBroken):
        BEFORE.open(AFTER.seal(b"token", purpose="p"), purpose="p")
