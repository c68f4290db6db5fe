"""The parameters of an operation: in its path, its query and its headers."""

import re
from typing import Any, Final

from shared.edge.call import Access
from shared.edge.openapi import models
from shared.edge.operations import Operation
from shared.platform.idempotency import KEY_MAX_CHARS

_TEXT: Final = {"type": "string", "minLength": 1}
_ULID: Final = "01KBDW5JQ5G9Z7M6Y8X4T2R0VN"
# What a path's parameter means, with its schema; ids are made here and nowhere else.
_IN_PATHS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "release_id": ("The release.", {**_TEXT, "examples": [f"rel_{_ULID}"]}),
    "plan_id": ("The plan.", {**_TEXT, "examples": [f"pln_{_ULID}"]}),
    "action_id": ("The plan's action.", {**_TEXT, "examples": [f"act_{_ULID}"]}),
    "blast_id": ("The blast.", {**_TEXT, "examples": [f"bls_{_ULID}"]}),
    "upload_id": ("The upload.", {**_TEXT, "examples": [f"upl_{_ULID}"]}),
    "export_id": ("The export.", {**_TEXT, "examples": [f"exp_{_ULID}"]}),
    "fan_id": ("The fan.", {**_TEXT, "examples": ["fan_0f1e2d3c4b5a69788796a5b4c3d2e1f0"]}),
    "id": ("What the list names as `id`.", _TEXT),
    "slug": (
        "The artist's slug; one of the last 90 days leads on.",
        {**_TEXT, "examples": ["ada"]},
    ),
    "kind": ("Which of the release's files.", {"type": "string", "enum": ["audio", "artwork"]}),
    "size": ("Pixels at each side.", {"type": "string", "enum": ["300", "1000"]}),
    "version": ("A version of the policy.", {**_TEXT, "examples": ["2026-03-29"]}),
    "token": ("Signed by us; opaque.", _TEXT),
}
_SVIX: Final = {
    "svix-id": "The delivery, the same for each of its repeats.",
    "svix-timestamp": "When it was sent, in seconds; five minutes off at most.",
    "svix-signature": "`v1,` and the Base64 of the HMAC; several are parted by spaces.",
}


def parameters_of(operation: Operation) -> list[dict[str, Any]]:
    """Return an operation's parameters."""
    named = [_in_path(name) for name in re.findall(r"\{(\w+)", operation.route)]
    if operation.terms.query is not None:
        named += [
            _parameter("query", name, schema, required=required)
            for name, required, schema in models.query_of(operation.terms.query)
        ]
    return named + _in_headers(operation)


def _in_path(name: str) -> dict[str, Any]:
    description, schema = _IN_PATHS[name]
    return _parameter("path", name, {**schema, "description": description}, required=True)


def _in_headers(operation: Operation) -> list[dict[str, Any]]:
    named = []
    if operation.terms.idempotent:
        key = {"type": "string", "minLength": 1, "maxLength": KEY_MAX_CHARS}
        told = "A repeat with the same key and body answers the first result for 24 hours."
        named.append(_header("Idempotency-Key", told, schema=key))
    if "stale_version" in operation.codes:
        needed = "; without it 428" if "if_match_required" in operation.codes else ""
        named.append(_header("If-Match", f"The ETag that was read, in its quotes{needed}."))
    if operation.terms.versioned and operation.method == "GET":
        named.append(_header("If-None-Match", "An ETag: 304 when nothing has changed."))
    if operation.terms.access is Access.WEBHOOK:
        named += [_header(name, told, required=True) for name, told in _SVIX.items()]
    return named


def _header(
    name: str, description: str, *, required: bool = False, schema: dict[str, Any] | None = None
) -> dict[str, Any]:
    described = {**(schema or {"type": "string"}), "description": description}
    return _parameter("header", name, described, required=required)


def _parameter(where: str, name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": name, "in": where, "required": required}
    if where == "query" and not required:
        # The Functions host drops a parameter without a value before we see it.
        parameter["allowEmptyValue"] = True
    if "description" in schema:
        parameter["description"] = schema["description"]
    parameter["schema"] = {key: value for key, value in schema.items() if key != "description"}
    return parameter
