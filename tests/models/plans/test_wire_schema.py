"""The model's answer keeps to what strict structured outputs take, at OpenAI and at Azure."""

from collections.abc import Iterator
from typing import Any

from shared.plans.wire_schema import NAME, SCHEMA

ALLOWED = {"type", "description", "additionalProperties", "required", "properties", "items"}


def nodes(schema: dict[str, Any], depth: int = 1) -> Iterator[tuple[dict[str, Any], int]]:
    yield schema, depth
    for part in schema.get("properties", {}).values():
        yield from nodes(part, depth + 1)
    if "items" in schema:
        yield from nodes(schema["items"], depth)


def test_every_object_names_all_its_members_and_no_others() -> None:
    objects = [node for node, _ in nodes(SCHEMA) if node["type"] == "object"]
    assert SCHEMA in objects
    for node in objects:
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])


def test_no_keyword_constrains_a_value() -> None:
    for node, _ in nodes(SCHEMA):
        assert set(node) <= ALLOWED


def test_it_stays_small() -> None:
    assert sum(len(node.get("properties", {})) for node, _ in nodes(SCHEMA)) < 100
    assert max(depth for _, depth in nodes(SCHEMA)) <= 5
    assert NAME.isalnum()
    assert len(NAME) <= 64
