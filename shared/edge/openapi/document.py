"""The OpenAPI 3.1 document, made from the code's own operations and models."""

import re
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

from shared.edge import operations, problem_codes
from shared.edge.call import Access
from shared.edge.openapi import examples, models
from shared.edge.openapi.parameters import parameters_of
from shared.edge.openapi.responses import HEADERS, Problems, responses_of
from shared.edge.operations import Operation

_VERSION: Final = "1.0.0"
_SESSION: Final[list[dict[str, list[str]]]] = [{"session": []}, {"sessionCookie": []}]
_SECURITY: Final[dict[Access, list[dict[str, list[str]]]]] = {
    Access.SESSION: _SESSION,
    Access.ARTIST: _SESSION,
    Access.CLOSING_ARTIST: _SESSION,
    Access.OPERATOR: [{"operator": []}],
}
_SCHEMES: Final = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A Clerk session token.",
    },
    "sessionCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__session",
        "description": "The same token as Clerk's cookie; unsafe methods need an allowed Origin.",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A Microsoft Entra ID access token with the app role Operator.",
    },
}
_DESCRIPTION: Final = """\
The back end of ArtistOS.studio: releases, plans, fans, blasts, performance, and people's rights.

JSON in snake_case. Instants are RFC 3339 in UTC with a `Z`.
A release date is a day where the artist lives.
Errors are `application/problem+json` with a stable `code`; a validation names every wrong field.
Lists are `items` and `next_cursor`, which goes back as `cursor`.
What is not yours answers like what is not there.
Where an operation lists `Idempotency-Key`, a repeat within 24 hours answers the first result.
What is edited has a strong `ETag`; where an operation lists `If-Match`, another version is 412.
Every answer has an `X-Request-Id`, which is also in our logs."""


@lru_cache(maxsize=2)
def document(*, server: str) -> dict[str, Any]:
    """Return the whole document."""
    every = list(operations.every())
    problems = Problems()
    paths: dict[str, dict[str, Any]] = {}
    for operation in every:
        path = "/" + re.sub(r"\{(\w+)(:[^}]*)?\}", r"{\1}", operation.route)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, problems)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ArtistOS.studio", "version": _VERSION, "description": _DESCRIPTION},
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in dict.fromkeys(item.tag for item in every)],
        "paths": paths,
        "components": {
            "schemas": models.schemas_of(every),
            "securitySchemes": _SCHEMES,
            "responses": problems.responses,
            "headers": HEADERS,
            "examples": {code: examples.problem(code) for code in problem_codes.STATUSES},
        },
    }


def page(*, server: str) -> str:
    """Return the document as a page that needs no other host and no script."""
    from shared.platform import pages

    described = document(server=server)
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append((path, method, operation))
    return pages.render(
        "api_reference.html", document=described, groups=groups, codes=problem_codes.CODES
    )


def _operation(operation: Operation, problems: Problems) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters_of(operation),
        "responses": responses_of(operation, problems),
        "security": _SECURITY.get(operation.terms.access, []),
    }
    if operation.description:
        described["description"] = operation.description
    if body := _request_body(operation):
        described["requestBody"] = body
    return described


def _request_body(operation: Operation) -> dict[str, Any] | None:
    if operation.terms.body is not None:
        return _of_model(operation.terms.body, form=operation.terms.form)
    if operation.terms.raw_form is not None:
        return _of_model(operation.terms.raw_form, form=True)
    if operation.terms.access is Access.WEBHOOK:
        event = {"schema": {"type": "object"}}
        return {"required": True, "content": dict.fromkeys(operation.terms.raw_media, event)}
    if operation.terms.raw_media:
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {"required": True, "content": dict.fromkeys(operation.terms.raw_media, binary)}
    return None


def _of_model(model: type[BaseModel], *, form: bool) -> dict[str, Any]:
    media = "application/x-www-form-urlencoded" if form else "application/json"
    content = {"schema": models.reference(model), "examples": examples.of(model)}
    return {"required": models.has_required_members(model), "content": {media: content}}
