"""Which subjects an artist is warned of, and which cannot be given."""

import pytest
from pydantic import ValidationError

from shared.blasts import previewing
from shared.blasts.schemas import BlastRequest


@pytest.mark.parametrize(
    "subject",
    [
        "My new single is out",
        "hello world everyone",
        "Tickets for Berlin",
        "Привет, друзья мои",
        "新しいアルバムが出ました",
        "Freewinners play tonight",
        "Insurgently yours",
        "OUT NOW",
    ],
)
def test_an_ordinary_subject_is_not_taken_for_spam(subject: str) -> None:
    assert not previewing.is_spammy(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "MY NEW SINGLE IS OUT",
        "ПРИВЕТ, ДРУЗЬЯ МОИ",
        "You are a Winner",
        "Buy now: the last tickets",
        "100% free",
        "Out!!!",
        "Make $$$",
    ],
)
def test_a_subject_that_shouts_or_promises_is(subject: str) -> None:
    assert previewing.is_spammy(subject)


@pytest.mark.parametrize(
    "subject",
    ["\ufdd2", "News\ufdd0", "\ufffe", "\U0010ffff", "\u200b", " \u00a0", "\u3164", "\u2800"],
)
def test_a_subject_of_which_nothing_would_be_left_is_refused(subject: str) -> None:
    with pytest.raises(ValidationError):
        BlastRequest(subject=subject)


@pytest.mark.parametrize("subject", ["🔥", "a", "12", "…", "👨‍👩‍👧", "العربية", "हि"])
def test_a_subject_of_any_script_or_emoji_is_taken(subject: str) -> None:
    assert BlastRequest(subject=subject).subject == subject
