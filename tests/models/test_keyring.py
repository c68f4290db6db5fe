"""A ring is read whole or not at all, and its faults never quote it."""

import base64
import json

import pytest

from shared.platform import keyring
from shared.platform.keyring import UnknownKey

KEY = base64.urlsafe_b64encode(b"k" * 32).rstrip(b"=").decode()


def text(**ring: object) -> str:
    return json.dumps({"current": "k1", "keys": {"k1": KEY}} | ring)


def test_a_ring_gives_its_current_key_and_the_named_ones() -> None:
    ring = keyring.parse(text(keys={"k1": KEY, "k0": KEY}))
    assert ring.key == b"k" * 32
    assert ring.named("k0") == b"k" * 32
    with pytest.raises(UnknownKey):
        ring.named("k7")


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "null",
        "[]",
        "{}",
        text(current="k2"),
        text(keys={}),
        text(keys={"k1": KEY[:-2]}),
        text(keys={"k1": "no base64!"}),
        text(keys={"k1": 7}),
        text(keys={"k1": KEY, "a key": KEY}),
        text(keys={"k1": KEY, "k.1": KEY}),
    ],
)
def test_a_malformed_ring_is_refused_without_a_word_of_it(secret: str) -> None:
    with pytest.raises(ValueError, match="key") as refused:
        keyring.parse(secret)
    assert KEY[:10] not in str(refused.value)


def test_a_key_is_the_same_with_its_padding() -> None:
    assert keyring.decode_key(KEY + "=") == keyring.decode_key(KEY) == b"k" * 32


def test_a_ring_is_never_printed() -> None:
    assert "k1" not in repr(keyring.parse(text()))
