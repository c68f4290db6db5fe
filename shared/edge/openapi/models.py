"""The schemas of what is sent and answered, from the pydantic models themselves."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.edge.operations import Operation
from shared.edge.schemas import ProblemDocument

REF: Final = "#/components/schemas/{model}"


def reference(model: type[BaseModel]) -> dict[str, str]:
    """Return the reference to a model's schema."""
    return {"$ref": REF.format(model=model.__name__)}


def has_required_members(model: type[BaseModel]) -> bool:
    """Tell whether a body of this model cannot be left out."""
    return any(field.is_required() for field in model.model_fields.values())


def schemas_of(every: Iterable[Operation]) -> dict[str, Any]:
    """Return the schemas that operations refer to, by name."""
    sent: dict[type[BaseModel], None] = {}
    answered: dict[type[BaseModel], None] = {ProblemDocument: None}
    for operation in every:
        sent |= {
            model: None
            for model in (operation.terms.body, operation.terms.raw_form)
            if model is not None
        }
        answered |= dict.fromkeys(m for m in operation.answers.statuses.values() if m is not None)
    listed = [(model, "validation") for model in sent]
    listed += [(model, "serialization") for model in answered]
    _, schema = models_json_schema(listed, ref_template=REF)  # type: ignore[arg-type]  # literal
    definitions: dict[str, Any] = schema.get("$defs", {})
    return definitions


def query_of(model: type[BaseModel]) -> list[tuple[str, bool, dict[str, Any]]]:
    """Return a query's parameters: name, whether it is required, schema."""
    schema = model.model_json_schema()
    required = set(schema.get("required", []))
    return [
        (name, name in required, _given(part))
        for name, part in schema.get("properties", {}).items()
    ]


def _given(part: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that is given: a query has no null, only absence."""
    told = {name: value for name, value in part.items() if name not in {"title", "anyOf"}}
    options = [option for option in part.get("anyOf", []) if option.get("type") != "null"]
    if told.get("default", ...) is None:
        del told["default"]
    if len(options) == 1:
        return {**options[0], **told}
    return {**told, "anyOf": options} if options else told
