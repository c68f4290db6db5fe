"""Merge fields that nothing fills are told; an artist's name cannot spoil the List-Id."""

from dataclasses import replace

import pytest

from shared.blasts import composing, previewing
from shared.blasts.model import CallToAction
from tests.models.blasts.test_composing import ARTIST, BLAST, DESK, composed


@pytest.mark.parametrize(
    "changes",
    [
        {"body_markdown": "Hear {{relase_title}}"},
        {"body_markdown": "Hear {{release_title}}"},  # It has no release.
        {"body_markdown": "[hear]({{ release_url }})"},
        {"subject": "{{release_title}} is out"},
        {"preview_text": "On {{release_date}}"},
        {"call_to_action": CallToAction(label="{{what}}", url="https://music.dev")},
        {"call_to_action": CallToAction(label="hear", url="https://music.dev/{{what}}")},
    ],
)
def test_a_field_that_nothing_fills_is_told(changes: dict[str, object]) -> None:
    cautions = previewing.warnings(composed(**changes), artist=ARTIST)
    assert "unfilled_field" in {caution.code for caution in cautions}


def test_a_field_that_is_filled_is_not() -> None:
    text = "Hi from {{artist_name}} at {{page_url}}, {{7*7}}"
    assert previewing.warnings(composed(body_markdown=text), artist=ARTIST) == []


@pytest.mark.parametrize(
    "name", ["🔥" * 100, '"Quote" \\ <x@y.z>, (c)', "a" * 255, "Ada", "<Ünï> <x@y.z>"]
)
def test_a_list_id_is_short_and_has_one_identifier(name: str) -> None:
    artist = replace(ARTIST, artist_name=name)
    content = composing.composed(
        BLAST, artist=artist, release=None, key_id="k1", stationery=DESK
    ).content
    assert len(content.list_id) <= 255
    assert content.list_id.count("<") == 1
    assert content.list_id.endswith(".fans.mail.example>")
