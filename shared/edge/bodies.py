"""Reading what a stranger sent: sizes, media types, JSON without its traps, every wrong field."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from shared.platform.problems import (
    FieldError,
    Invalid,
    InvalidJson,
    LengthRequired,
    TooLarge,
    UnsupportedMedia,
)

Model = TypeVar("Model", bound=BaseModel)

BODY_MAX_BYTES = 1024 * 1024  # Files go to storage by their own links.
JSON_MAX_DEPTH = 32
FORM_MAX_FIELDS = 32
ERRORS_SHOWN = 50  # More wrong fields than this are somebody's program, not somebody's mistakes.
_FIELD_MAX_CHARS = 100
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def checked_size(raw: bytes, headers: Mapping[str, str], *, limit: int = BODY_MAX_BYTES) -> bytes:
    """Return the body when its length was said and is within the limit.

    Raises:
        LengthRequired: a chunked body; the Functions host hands over an empty one in its place.
        TooLarge: more bytes than the operation takes.
    """
    if "transfer-encoding" in headers and not raw:
        raise LengthRequired("Send the body with its Content-Length.")
    if len(raw) > limit:
        raise TooLarge(f"The body may have {limit} bytes at most.")
    return raw


def json_body(raw: bytes, headers: Mapping[str, str], model: type[Model]) -> Model:
    """Return the body as a model.

    Raises:
        UnsupportedMedia: the Content-Type is not JSON.
        InvalidJson: not JSON, NaN, a name twice, too deep, or half a surrogate.
        Invalid: names every wrong field.
    """
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if raw and media != "application/json" and not media.endswith("+json"):
        raise UnsupportedMedia("Send application/json.")
    strict_json(raw or b"{}")
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise Invalid("Some fields are not valid.", errors=field_errors(error)) from None


def form_body(raw: bytes, headers: Mapping[str, str], model: type[Model]) -> Model:
    """Return a browser form's body as a model.

    Raises:
        UnsupportedMedia: not an urlencoded form.
        Invalid: names every wrong field.
    """
    return from_strings(form_fields(raw, headers), model)


def form_fields(raw: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """Return an urlencoded form's fields; of a repeated field, the last.

    Raises:
        UnsupportedMedia: not an urlencoded form.
        Invalid: more fields than a form of ours has, or bytes that are not UTF-8.
    """
    if raw:
        require_media(headers, ("application/x-www-form-urlencoded",))
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, max_num_fields=FORM_MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise Invalid("The form cannot be read.") from None
    return dict(pairs)


def require_media(headers: Mapping[str, str], allowed: Sequence[str]) -> None:
    """Refuse a body of another kind than the ones that are read.

    Raises:
        UnsupportedMedia: names what is read.
    """
    if headers.get("content-type", "").partition(";")[0].strip().lower() not in allowed:
        raise UnsupportedMedia(f"Send {' or '.join(allowed)}.")


def from_strings(fields: Mapping[str, str], model: type[Model]) -> Model:
    """Return a model from a query's or form's texts.

    Raises:
        Invalid: names every wrong field.
    """
    try:
        return model.model_validate_strings(dict(fields))
    except ValidationError as error:
        raise Invalid("Some fields are not valid.", errors=field_errors(error)) from None


def strict_json(raw: bytes) -> object:
    """Return JSON as Python reads it, but without what Python lets through.

    Raises:
        InvalidJson: the reason, never the content.
    """
    if _too_deep(raw):
        raise InvalidJson(f"JSON may be nested {JSON_MAX_DEPTH} levels deep at most.")
    try:
        text = raw.decode("utf-8")
        parsed: object = json.loads(
            text, object_pairs_hook=_unique_names, parse_constant=_no_constant
        )
        # A lone surrogate passes the parser and fails wherever the text is encoded.
        json.dumps(parsed, ensure_ascii=False).encode()
    except InvalidJson:
        raise
    except (ValueError, RecursionError):
        raise InvalidJson("The body is not valid JSON.") from None
    return parsed


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return every wrong field with a sentence; what was sent is never repeated."""
    return [
        FieldError(
            ".".join(str(part) for part in item["loc"])[:_FIELD_MAX_CHARS] or "body",
            item["msg"].removeprefix("Value error, "),
        )
        for item in islice(
            error.errors(include_url=False, include_input=False, include_context=False),
            ERRORS_SHOWN,
        )
    ]


def _too_deep(raw: bytes) -> bool:
    """Tell whether brackets outside strings nest too deeply, before a parser recurses into them."""
    if raw.count(b"[") + raw.count(b"{") <= JSON_MAX_DEPTH:
        return False
    brackets = _STRINGS.sub(b"", raw).translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(JSON_MAX_DEPTH):
        # Each round takes the innermost level away, at the speed of C.
        outer = brackets.replace(b"[]", b"")
        if len(outer) == len(brackets):
            break
        brackets = outer
    # What is left of whole JSON is deeper; brackets without a partner are the parser's to refuse.
    return b"[]" in brackets or brackets.count(b"[") > JSON_MAX_DEPTH


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidJson("A name stands twice in one object.")
    return members


def _no_constant(_: str) -> object:
    raise InvalidJson("NaN and Infinity are not JSON.")
