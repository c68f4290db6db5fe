"""Base64url has one form for one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform import base64url


@given(st.binary(max_size=64))
def test_what_is_written_is_read_again(raw: bytes) -> None:
    assert base64url.decode(base64url.encode(raw)) == raw


@pytest.mark.parametrize(
    "text", ["AB", "AA==", "A", "+/+/", "AA A", "AAA\n", "ÄÄÄÄ", "\ud800", "AAAA====", "A=AA"]
)
def test_no_other_text_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="not base64url"):
        base64url.decode(text)
