"""The OpenAPI 3.1 document, made from the code's own operations and models."""

import re
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.edge import operations
from shared.edge.call import Access
from shared.edge.operations import Operation
from shared.edge.schemas import ProblemDocument

_REF = "#/components/schemas/{model}"
_VERSION = "1.0.0"
_SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    Access.SESSION: [{"session": []}, {"sessionCookie": []}],
    Access.ARTIST: [{"session": []}, {"sessionCookie": []}],
    Access.CLOSING_ARTIST: [{"session": []}, {"sessionCookie": []}],
    Access.OPERATOR: [{"operator": []}],
}
_TITLES = {
    400: "The body cannot be read, or a webhook's signature does not fit",
    401: "No valid session",
    403: "A valid session that may not",
    404: "Not there, or not yours",
    409: "A state or uniqueness forbids it",
    411: "A body without Content-Length",
    412: "If-Match names another version",
    413: "Too large",
    415: "Another media type is needed",
    422: "Some fields are not valid",
    428: "If-Match is needed",
    429: "Too many requests; see Retry-After",
    503: "A dependency is away; see Retry-After",
}


@lru_cache(maxsize=2)
def document(*, server: str) -> dict[str, Any]:
    """Return the whole document."""
    every = [item for item in operations.every() if item.route.startswith("api/")]
    paths: dict[str, dict[str, Any]] = {}
    for operation in every:
        path = "/" + re.sub(r"\{(\w+)(:[^}]*)?\}", r"{\1}", operation.route)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ArtistOS.studio",
            "version": _VERSION,
            "description": "The back end of ArtistOS.studio: releases, plans, fans, blasts.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": _schemas(every), "securitySchemes": _security_schemes()},
    }


def page(*, server: str) -> str:
    """Return the document as a page that needs no other host and no script."""
    from shared.platform import pages

    described = document(server=server)
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append((path, method, operation))
    return pages.render("api_reference.html", document=described, groups=groups)


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": _SECURITY.get(operation.access, []),
    }
    if operation.description:
        described["description"] = operation.description
    if body := _request_body(operation):
        described["requestBody"] = body
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)", operation.route)
    ]
    if operation.query is not None:
        schema = operation.query.model_json_schema()
        required = set(schema.get("required", []))
        named += [
            {"name": name, "in": "query", "required": name in required, "schema": part}
            for name, part in schema.get("properties", {}).items()
        ]
    if operation.idempotent:
        named.append(_header("Idempotency-Key", "Repeats answer the first result for 24 hours."))
    if operation.method in {"PATCH", "DELETE"}:
        named.append(_header("If-Match", "The ETag that was read."))
    return named


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }


def _request_body(operation: Operation) -> dict[str, Any] | None:
    if operation.body is not None:
        media = "application/x-www-form-urlencoded" if operation.form else "application/json"
        schema = {"$ref": _REF.format(model=operation.body.__name__)}
        return {"required": True, "content": {media: {"schema": schema}}}
    if operation.raw_media:
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {"required": True, "content": dict.fromkeys(operation.raw_media, binary)}
    return None


def _responses(operation: Operation) -> dict[str, Any]:
    answers = {
        str(status): _response(model, operation.answers.media)
        for status, model in operation.answers.statuses.items()
    }
    problem = {"$ref": _REF.format(model=ProblemDocument.__name__)}
    for status in sorted(_problem_statuses(operation)):
        answers[str(status)] = {
            "description": _TITLES[status],
            "content": {"application/problem+json": {"schema": problem}},
        }
    return answers


def _response(model: type[BaseModel] | None, media: str) -> dict[str, Any]:
    if model is None:
        return (
            {"description": "Success"}
            if media == "application/json"
            else {
                "description": "Success",
                "content": {media: {"schema": {"type": "string"}}},
            }
        )
    schema = {"$ref": _REF.format(model=model.__name__)}
    return {"description": "Success", "content": {media: {"schema": schema}}}


def _problem_statuses(operation: Operation) -> set[int]:
    statuses = {*operation.problems, 503}
    if operation.access in _SECURITY:
        statuses |= {401, 403}
    if operation.access in {Access.ARTIST, Access.CLOSING_ARTIST} or "{" in operation.route:
        statuses.add(404)
    if operation.body is not None or operation.raw_media:
        statuses |= {400, 411, 413, 415, 422}
    if operation.query is not None or operation.idempotent:
        statuses |= {422}
    if operation.idempotent:
        statuses.add(409)
    return statuses


def _schemas(every: list[Operation]) -> dict[str, Any]:
    models: dict[type[BaseModel], None] = {ProblemDocument: None}
    for operation in every:
        models |= dict.fromkeys(m for m in operation.answers.statuses.values() if m is not None)
        if operation.body is not None:
            models[operation.body] = None
    listed = [(model, "validation") for model in models]
    _, schema = models_json_schema(listed, ref_template=_REF)  # type: ignore[arg-type]  # literal
    definitions: dict[str, Any] = schema.get("$defs", {})
    return definitions


def _security_schemes() -> dict[str, Any]:
    return {
        "session": {"type": "http", "scheme": "bearer", "description": "A Clerk session token."},
        "sessionCookie": {"type": "apiKey", "in": "cookie", "name": "__session"},
        "operator": {"type": "http", "scheme": "bearer", "description": "An Entra ID token."},
    }
