"""Examples: of requests and answers by the name of their model, of problems by their code."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel

from shared.edge import problem_codes
from shared.edge.envelope import TYPE_BASE

_FILE: Final = Path(__file__).with_name("examples.json")
# What stands in a problem beside its usual members.
_BESIDE: Final[dict[str, dict[str, Any]]] = {
    "count_changed": {"count": 41},
    "recipients_changed": {"recipients": 1204},
    "validation_failed": {
        "errors": [{"field": "release_date", "detail": "A day is written like 2026-12-31."}]
    },
}
_REQUEST_ID: Final = "5f0c9d0e-6f0e-4a53-9a2b-0d9a2f6f1c11"


def of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the examples of a model, as a media type's `examples`."""
    return {"example": {"value": written()[model.__name__]}}


@cache
def written() -> dict[str, Any]:
    """Return every example that is written by hand, by the model's name."""
    examples: dict[str, Any] = orjson.loads(_FILE.read_bytes())
    return examples


def problem(code: str) -> dict[str, Any]:
    """Return an example of a problem document with this code."""
    status = problem_codes.STATUSES[code]
    meaning = problem_codes.CODES[status][code]
    value: dict[str, Any] = {
        "type": TYPE_BASE + code,
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": meaning,
        "code": code,
        "request_id": _REQUEST_ID,
    }
    value |= _BESIDE.get(code, {})
    return {"summary": meaning, "value": value}
