"""The shapes of success."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import orjson
from pydantic import BaseModel

from shared.platform import etags

JSON = "application/json"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready but for the headers that every answer carries."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None


def ok(view: BaseModel | Mapping[str, object], *, etag: str | None = None) -> Reply:
    """200 with a JSON body."""
    return Reply(200, as_json(view), JSON, etag=etag)


def ok_by_content(view: BaseModel) -> Reply:
    """200 with a JSON body and an ETag that follows from it: asked for again, it is 304."""
    body = as_json(view)
    return Reply(200, body, JSON, etag=etags.strong(body.decode()))


def created(view: BaseModel, *, location: str, etag: str | None = None) -> Reply:
    """201 with the new resource and where it is."""
    return Reply(201, as_json(view), JSON, {"Location": location}, etag)


def made(view: BaseModel, *, is_new: bool, location: str, etag: str | None = None) -> Reply:
    """201 for what a PUT made, 200 for what was there and is as wanted now."""
    return created(view, location=location, etag=etag) if is_new else ok(view, etag=etag)


def accepted(view: BaseModel | Mapping[str, object], *, location: str | None = None) -> Reply:
    """202: work has begun."""
    return Reply(202, as_json(view), JSON, {"Location": location} if location else {})


def no_content() -> Reply:
    """204: deleted or dismissed."""
    return Reply(204)


def items(views: Sequence[BaseModel], *, next_cursor: str | None = None) -> Reply:
    """200 with one page of a list."""
    listed = [view.model_dump(mode="json") for view in views]
    return ok({"items": listed, "next_cursor": next_cursor})


def page(
    html: str,
    *,
    status: int = 200,
    etag: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """A server-rendered page."""
    return Reply(status, html.encode(), HTML, dict(headers or {}), etag)


def found(location: str) -> Reply:
    """302 to a file."""
    return Reply(302, headers={"Location": location})


def found_or_told(location: str, view: BaseModel, *, redirect: bool) -> Reply:
    """302 to a file, or 200 with where it is for who cannot follow."""
    return found(location) if redirect else ok(view)


def see_other(location: str) -> Reply:
    """303 after a browser's form, or to an export that a queue function builds."""
    return Reply(303, headers={"Location": location})


def file(
    content: bytes,
    *,
    content_type: str,
    filename: str | None = None,
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
) -> Reply:
    """200 with a file; with a name it is offered for saving."""
    all_headers = dict(headers or {})
    if filename is not None:
        all_headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    return Reply(200, content, content_type, all_headers, etag)


def as_json(view: BaseModel | Mapping[str, object]) -> bytes:
    """Return a view as JSON bytes."""
    if isinstance(view, BaseModel):
        return view.model_dump_json().encode()
    return orjson.dumps(view, default=_dumped)


def _dumped(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError
