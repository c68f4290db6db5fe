"""A slug is plain, is nobody's disguise, and is none of our own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.artists import slug_rules


@pytest.mark.parametrize(
    "slug", ["abc", "the-contract", "a1-b2", "1975", "x" * 40, "band-1a2b3c4d"]
)
def test_plain_slugs_are_taken(slug: str) -> None:
    assert slug_rules.fault(slug) is None


@pytest.mark.parametrize(
    "slug",
    [
        "", "ab", "x" * 41, "A B", "Abc", "a--b", "-abc", "abc-", "a_b_c", "a.b.c", "../etc",
        "\u0430\u0440\u0440\u04cf\u0435",
        "abc\u202e", "abc\n", "a/b", "a#bc", "a?bc", ".well-known", "\uff41\uff42\uff43", "abc\x00",
    ],
)  # fmt: skip
def test_other_forms_are_refused(slug: str) -> None:
    assert slug_rules.fault(slug)


@pytest.mark.parametrize("slug", ["admin", "api", "privacy", "well-known", "spotify", "me-"])
def test_our_own_words_are_refused(slug: str) -> None:
    assert slug_rules.fault(slug)


@pytest.mark.parametrize(
    "slug", ["art1stos", "artist0s", "artis-tos", "spot1fy", "5potify", "adrnin", "supp0rt"]
)
def test_lookalikes_of_protected_names_are_refused(slug: str) -> None:
    assert slug_rules.fault(slug) == "This slug is reserved."


@given(st.text(max_size=50))
def test_what_passes_is_a_safe_key_and_path(slug: str) -> None:
    if slug_rules.fault(slug) is None:
        assert slug.isascii()
        assert 3 <= len(slug) <= 40
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
