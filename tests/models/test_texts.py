"""What people may write: every script and emoji, and nothing that hides or turns text around."""

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.artists.schemas import ArtistName
from shared.blasts.schemas import BodyMarkdown, Subject
from shared.plans.schemas import Goal
from shared.plans.schemas import Text as PlanText
from shared.platform.texts import Lines, OneLine
from shared.releases.schemas import Title

ONE_LINERS = {
    "one line": Annotated[str, OneLine],
    "an artist's name": ArtistName,
    "a blast's subject": Subject,
    "a plan's goal": Goal,
    "a release's title": Title,
}
TEXTS = {
    "lines": Annotated[str, Lines],
    "a blast's body": BodyMarkdown,
    "a plan's notes": PlanText,
}
TRICKS = ["\x00", "\x1b", "\x7f", "\x85", "\ufeff", "\ud83d"]
TRICKS += [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
one_liners = pytest.mark.parametrize("kind", ONE_LINERS.values(), ids=ONE_LINERS)
texts = pytest.mark.parametrize("kind", TEXTS.values(), ids=TEXTS)
every_kind = pytest.mark.parametrize(
    "kind", [*ONE_LINERS.values(), *TEXTS.values()], ids=[*ONE_LINERS, *TEXTS]
)


@every_kind
@pytest.mark.parametrize(
    "text",
    [
        "Na\u0308chte \U0001f3f3\ufe0f\u200d\U0001f308 \U0001f469\U0001f3fd\u200d\U0001f3a4",
        "שלום עולם",
        "مرحبا بالعالم",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "東京 — “live” & <b>",
    ],
    ids=["emoji", "Hebrew", "Arabic", "Persian", "Japanese"],
)
def test_any_script_and_any_emoji_may_be_written(kind: Any, text: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == text


@every_kind
@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: f"U+{ord(trick):04X}")
def test_nothing_that_hides_or_turns_text_around_is_taken(kind: Any, trick: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(f"a{trick}b")


@one_liners
@pytest.mark.parametrize("mark", ["\u061c", "\u200e", "\u200f"])
def test_a_line_has_no_invisible_mark_of_direction(kind: Any, mark: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(f"a{mark}b")


@one_liners
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\t", "\u2028", "\u2029"])
def test_a_line_has_no_break_in_it(kind: Any, end: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(f"a{end}b")


@texts
def test_lines_keep_their_breaks_and_tabs_in_one_form(kind: Any) -> None:
    assert TypeAdapter(kind).validate_python("a\r\n\tb\nc") == "a\n\tb\nc"


@texts
def test_a_lone_carriage_return_is_no_line_break(kind: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python("a\rb")
