"""From a function's HttpResponse to bytes on the wire, with what the real host loses on the way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import azure.functions as func

BODILESS = {204, 304}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and body, ready to send."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=())
    body: bytes = b""

    @classmethod
    def json(cls, status: int, value: object) -> "Answer":
        body = json.dumps(value).encode()
        return cls(status=status, headers=(("Content-Type", "application/json"),), body=body)


EMPTY_404 = Answer(status=404)
EMPTY_500 = Answer(status=500)


def answer_of(response: object, *, custom_headers: Mapping[str, str]) -> Answer:
    """Return the answer that the host makes of what an HTTP function returned.

    Of a header given twice only the last survives, except Set-Cookie, which goes through
    SimpleCookie. A custom header of host.json yields to the function's own.

    Raises:
        TypeError: the function returned something else. The real host guesses at plain strings;
            guesses differ, so this host refuses them.
    """
    if not isinstance(response, func.HttpResponse):
        raise TypeError(f"an HTTP function returned {type(response).__name__}, not HttpResponse")
    collapsed: dict[str, tuple[str, str]] = {}
    cookies: list[str] = []
    for name, value in response.headers.items():
        if name.lower() == "set-cookie":
            cookies += [morsel.OutputString() for morsel in SimpleCookie(value).values()]
        else:
            collapsed[name.lower()] = (name, value)
    collapsed.setdefault("content-type", ("Content-Type", _content_type(response)))
    for name, value in custom_headers.items():
        collapsed.setdefault(name.lower(), (name, value))
    for made_here in ("content-length", "transfer-encoding", "connection"):
        collapsed.pop(made_here, None)
    has_body = response.status_code not in BODILESS
    if not has_body:
        collapsed.pop("content-type", None)
    return Answer(
        status=response.status_code,
        headers=(*collapsed.values(), *(("Set-Cookie", cookie) for cookie in cookies)),
        body=response.get_body() if has_body else b"",
    )


def _content_type(response: func.HttpResponse) -> str:
    if response.mimetype.startswith("text/"):
        return f"{response.mimetype}; charset={response.charset}"
    return str(response.mimetype)
