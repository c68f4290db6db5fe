"""The responses of an operation: what success looks like, and every problem by its code."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import BaseModel

from shared.edge.envelope import MEDIA
from shared.edge.openapi import examples, models
from shared.edge.operations import Operation
from shared.edge.problem_codes import CODES
from shared.edge.schemas import ProblemDocument

_TEXT: Final = {"type": "string"}
HEADERS: Final[dict[str, Any]] = {
    "X-Request-Id": {"description": "Names the request in our logs.", "schema": _TEXT},
    "ETag": {"description": "The version that was answered; strong.", "schema": _TEXT},
    "Location": {"description": "Where it is.", "schema": _TEXT},
    "Retry-After": {
        "description": "Seconds to wait before a repeat.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"description": "`Bearer`.", "schema": _TEXT},
    "Idempotent-Replayed": {
        "description": "`true` on the repeat of a request under its Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
_SUCCESS: Final = {
    200: "Done, or read",
    201: "Created",
    202: "Work has begun",
    204: "Done; there is nothing to answer",
    302: "It is elsewhere",
    303: "Go on there",
    409: "Its state does not allow this, says the page",
    304: "Nothing has changed since the version that If-None-Match names",
}
_TITLES: Final = {
    400: "The body cannot be read, or a webhook's signature does not fit",
    401: "No valid token",
    403: "A valid token that may not",
    404: "Not there, or not yours",
    409: "A state or uniqueness forbids it",
    411: "A body without Content-Length",
    412: "If-Match names another version",
    413: "Too large",
    415: "Another media type is needed",
    422: "Some fields are not valid",
    428: "If-Match is needed",
    429: "Too many requests",
    503: "A dependency is away; repeating is safe",
}
_OF_PROBLEMS: Final = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
_WITH_LOCATION: Final = frozenset({201, 202, 302, 303})  # Of 202 those that can be asked after.
_WITHOUT_BODY: Final = frozenset({204, 302, 303, 304})


class Problems:
    """The responses with problems: each set of codes stands once, operations refer to it."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], str] = {}
        self.responses: dict[str, Any] = {}

    def reference(self, status: int, codes: Iterable[str], *, html: bool) -> dict[str, str]:
        """Return the reference to the response with these codes of a status."""
        kind = "Page" if html else "Problem"
        known = (kind, *sorted(codes))
        if known not in self._names:
            alike = sum(name.startswith(f"{kind}{status}") for name in self.responses)
            self._names[known] = f"{kind}{status}" + (f".{alike + 1}" if alike else "")
            self.responses[self._names[known]] = _problem(status, known[1:], html=html)
        return {"$ref": f"#/components/responses/{self._names[known]}"}


def responses_of(operation: Operation, problems: Problems) -> dict[str, Any]:
    """Return an operation's responses by their status."""
    answers: dict[str, Any] = {
        str(status): _success(status, model, operation)
        for status, model in operation.answers.statuses.items()
    }
    if operation.terms.versioned and operation.method == "GET":
        answers["304"] = _success(304, None, operation)
    for status, known in CODES.items():
        codes = operation.codes & known.keys()
        if codes:
            html = operation.terms.html
            answers[str(status)] = problems.reference(status, codes, html=html)
    return answers


def _success(status: int, model: type[BaseModel] | None, operation: Operation) -> dict[str, Any]:
    names = ["X-Request-Id"]
    if operation.terms.versioned and status in {200, 201, 202, 304}:
        names.append("ETag")
    if status in _WITH_LOCATION:
        names.append("Location")
    if operation.terms.idempotent:
        names.append("Idempotent-Replayed")
    described: dict[str, Any] = {"description": _SUCCESS[status], "headers": _headers(names)}
    if status not in _WITHOUT_BODY:
        described["content"] = {media: _content(media, model) for media in operation.answers.media}
    return described


def _content(media: str, model: type[BaseModel] | None) -> dict[str, Any]:
    if media != "application/json":
        return {"schema": _TEXT}
    if model is None:
        return {"schema": {"type": "object"}}
    return {"schema": models.reference(model), "examples": examples.of(model)}


def _problem(status: int, codes: Sequence[str], *, html: bool) -> dict[str, Any]:
    names = ["X-Request-Id", *([_OF_PROBLEMS[status]] if status in _OF_PROBLEMS else [])]
    if "idempotency_key_in_use" in codes:
        names.append("Retry-After")
    members = {"status": {"const": status}, "code": {"enum": list(codes)}}
    schema = {"allOf": [models.reference(ProblemDocument), {"properties": members}]}
    shown = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    meanings = "\n".join(f"- `{code}`: {CODES[status][code]}" for code in codes)
    document = {MEDIA: {"schema": schema, "examples": shown}}
    return {
        "description": f"{_TITLES[status]}.\n\n{meanings}",
        "headers": _headers(names),
        "content": {"text/html": {"schema": _TEXT}} if html else document,
    }


def _headers(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
