"""What an artist is told before a mail goes: marks that become nothing, and what else to mend."""

import pytest

from shared.blasts import markdown


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[x](javascript:alert(1))", id="a refused link"),
        pytest.param("[x](data:text/html;base64,AAAA)", id="a link with data in it"),
        pytest.param("![cover](https://pictures.dev/cover.jpg)", id="an image"),
        pytest.param("| a | b |\n|---|---|\n| 1 | 2 |", id="a table"),
        pytest.param("a | b\n--- | ---\n1 | 2", id="a table without borders"),
        pytest.param("<b>loud</b>", id="HTML in a line"),
        pytest.param("<table><tr><td>x</td></tr></table>", id="HTML as a block"),
        pytest.param("<!-- later -->", id="a comment"),
    ],
)
def test_markdown_that_becomes_nothing_is_told(body: str) -> None:
    assert markdown.rendered(body, {}).has_bare_marks


@pytest.mark.parametrize(
    "body",
    [
        "It is **out**: [listen](https://music.dev/slow)",
        "<https://music.dev/slow> is an address",
        "I <3 you, and 1 < 2 > 0",
        "Write `<b>` or `[x](javascript:1)` for code",
        "```\n<b>x</b> | y\n--- | ---\n```",
        "one | two",
        "Above\n\n---\n\nbelow",
        "# Title\n\n- a\n- b\n\n> quoted",
        "Wow! [listen](https://music.dev)",
    ],
)
def test_what_becomes_something_is_not(body: str) -> None:
    assert not markdown.rendered(body, {}).has_bare_marks
