"""The form in which a model answers: strict JSON Schema, inside the set that Azure documents.

At most 100 properties and 5 levels, no keyword that constrains (contracts.md 4.4); limits stand in
the descriptions and are kept by `writing.py`. A test walks it by the rules.
"""

from typing import Any, Final

NAME: Final = "ReleasePlanWords"

_TEXT: Final = {"type": "string"}


def _text(description: str) -> dict[str, Any]:
    return {**_TEXT, "description": description}


SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["summary", "positioning", "target_audience", "actions"],
    "properties": {
        "summary": _text("The plan in two to four sentences, for the artist. At most 900 chars."),
        "positioning": _text("What makes this release worth telling. At most 700 characters."),
        "target_audience": _text("Who it is for, and where they are. At most 700 characters."),
        "actions": {
            "type": "array",
            "description": "Exactly one entry for each action of the data, in the same order.",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["key", "why", "how", "copy"],
                "properties": {
                    "key": _text("The action's key, as given."),
                    "why": _text("Why, tied to a fact that was given. At most 400 characters."),
                    "how": {
                        "type": "array",
                        "description": "Two to five steps, each at most 240 characters.",
                        "items": _TEXT,
                    },
                    "copy": {
                        "type": ["string", "null"],
                        "description": "A draft where the action has a draft; otherwise null.",
                    },
                },
            },
        },
    },
}
