"""Strict structured outputs: what a schema may hold, by Azure's tighter documentation."""

import re
from collections.abc import Iterator
from typing import Any

MOST_PROPERTIES = 100
MOST_LEVELS = 5
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
_NEVER = {
    "allOf", "oneOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else",
    "default",
}  # fmt: skip
_UNSUPPORTED = {
    "minLength", "maxLength", "pattern", "format",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "patternProperties", "unevaluatedProperties", "propertyNames", "minProperties",
    "maxProperties", "unevaluatedItems", "contains", "minContains", "maxContains", "minItems",
    "maxItems", "uniqueItems",
}  # fmt: skip

Schema = dict[str, Any]


def faults_of(name: object, schema: object) -> list[str]:
    """Return every rule that a schema breaks; an empty list when it may be used."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return ["the name must match [A-Za-z0-9_-]{1,64}"]
    if not isinstance(schema, dict) or schema.get("type") != "object" or "anyOf" in schema:
        return ["the root must be of type object"]
    faults = list(_walk(schema, "root"))
    for key, part in (schema.get("$defs") or {}).items():
        faults += _walk(part, f"$defs.{key}")
    if (count := _properties(schema)) > MOST_PROPERTIES:
        faults.append(f"{count} properties, at most {MOST_PROPERTIES} are allowed")
    if (levels := _levels(schema, root=schema, seen=frozenset())) > MOST_LEVELS:
        faults.append(f"{levels} levels of nesting, at most {MOST_LEVELS} are allowed")
    return faults


def resolved(schema: Schema, *, root: Schema) -> Schema:
    """Return the schema that a `$ref` names, or the schema itself."""
    while "$ref" in schema:
        at: Any = root
        for part in schema["$ref"].removeprefix("#").strip("/").split("/"):
            at = at[part] if part else at
        schema = at
    return schema


def _walk(schema: object, path: str) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{path}: not a schema"
        return
    if "$ref" in schema:
        if len(schema) > 1:
            yield f"{path}: $ref cannot have keywords {sorted(set(schema) - {'$ref'})}"
        return
    for keyword in sorted(set(schema) & (_NEVER | _UNSUPPORTED)):
        yield f"{path}: '{keyword}' is not permitted"
    yield from _type_faults(schema, path)
    yield from _object_faults(schema, path)
    if "items" in schema:
        yield from _walk(schema["items"], f"{path}.items")
    for index, option in enumerate(schema.get("anyOf") or []):
        yield from _walk(option, f"{path}.anyOf[{index}]")


def _type_faults(schema: Schema, path: str) -> Iterator[str]:
    kinds = schema.get("type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    if kinds is None and not {"anyOf", "enum", "const"} & set(schema):
        yield f"{path}: schema must have a 'type' key"
    elif kinds is not None and not set(listed) <= _TYPES:
        yield f"{path}: {kinds!r} is not a valid type"
    if "array" in listed and "items" not in schema:
        yield f"{path}: array schema missing items"


def _object_faults(schema: Schema, path: str) -> Iterator[str]:
    kinds = schema.get("type")
    if kinds != "object" and not (isinstance(kinds, list) and "object" in kinds):
        return
    if schema.get("additionalProperties") is not False:
        yield f"{path}: 'additionalProperties' is required to be supplied and to be false"
    properties = schema.get("properties") or {}
    missing = sorted(set(properties) ^ set(schema.get("required") or []))
    if missing:
        yield f"{path}: 'required' must name every property: {missing}"
    for name, part in properties.items():
        yield from _walk(part, f"{path}.properties.{name}")


def _properties(schema: object) -> int:
    if isinstance(schema, list):
        return sum(_properties(part) for part in schema)
    if not isinstance(schema, dict):
        return 0
    here = schema.get("properties")
    parts = [*here.values()] if isinstance(here, dict) else []
    rest = [schema.get("items"), schema.get("anyOf"), list((schema.get("$defs") or {}).values())]
    return len(parts) + sum(_properties(part) for part in [*parts, *rest])


def _levels(schema: Schema, *, root: Schema, seen: frozenset[str]) -> int:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference in seen:
            return 0
        target = resolved(schema, root=root)
        return _levels(target, root=root, seen=seen | {reference})
    parts = [*(schema.get("properties") or {}).values(), *(schema.get("anyOf") or [])]
    parts += [schema["items"]] if "items" in schema else []
    deepest = max((_levels(part, root=root, seen=seen) for part in parts), default=0)
    return deepest + (1 if "properties" in schema else 0)
