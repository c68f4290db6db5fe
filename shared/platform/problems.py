"""What can go wrong, as the outside may see it.

Problem
├── InvalidJson         400  the body is not JSON that we read
├── InvalidSignature    400  a webhook that its sender did not sign
├── Unauthenticated     401  no valid session
├── Forbidden           403  a valid session that may not
├── NotFound            404  or not yours: the two are never told apart
├── MethodNotAllowed    405
├── Conflict            409  somebody was faster, or it is too late
├── LengthRequired      411
├── StalePrecondition   412  If-Match names another version
├── TooLarge            413
├── UnsupportedMedia    415
├── Invalid             422  the right shape, and something impossible in it
├── PreconditionRequired 428
├── TooMany             429  with Retry-After
└── Unavailable         503  a service that we need is away; repeating is safe

RetryLater   queue work: put it back, try again
GiveUp       queue work: trying again cannot help

A class holds status and default code; the raise site gives the sentence, a finer code, and facts
that the caller may see. Rendering is in `shared/edge/envelope.py`, and nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a body or query: its path (`links.0.url`) and a sentence for a person."""

    field: str
    detail: str


class Problem(Exception):
    """Something that a caller can understand and often mend."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    default_code: ClassVar[str] = "internal_error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        facts: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.errors = tuple(errors)
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})


class InvalidJson(Problem):
    status, title, default_code = 400, "The body cannot be read", "invalid_json"


class InvalidSignature(Problem):
    status, title, default_code = 400, "The signature does not fit", "invalid_signature"


class Unauthenticated(Problem):
    status, title, default_code = 401, "No valid session", "unauthenticated"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    status, title, default_code = 403, "Not allowed", "forbidden"


class NotFound(Problem):
    status, title, default_code = 404, "Not found", "not_found"

    def __init__(self, detail: str = "There is nothing here.", *, code: str | None = None) -> None:
        super().__init__(detail, code=code)


class MethodNotAllowed(Problem):
    status, title, default_code = 405, "Method not allowed", "method_not_allowed"


class Conflict(Problem):
    status, title, default_code = 409, "Conflict", "conflict"


class LengthRequired(Problem):
    status, title, default_code = 411, "Length required", "length_required"


class StalePrecondition(Problem):
    status, title, default_code = 412, "Changed in the meantime", "stale_version"


class TooLarge(Problem):
    status, title, default_code = 413, "Too large", "too_large"


class UnsupportedMedia(Problem):
    status, title, default_code = 415, "Unsupported media type", "unsupported_media_type"


class Invalid(Problem):
    status, title, default_code = 422, "Not valid", "validation_failed"

    @classmethod
    def field(cls, field: str, detail: str, *, code: str | None = None) -> "Invalid":
        """Return the problem of one wrong field."""
        return cls("A field is not valid.", code=code, errors=[FieldError(field, detail)])


class PreconditionRequired(Problem):
    status, title, default_code = 428, "A precondition is required", "if_match_required"


class TooMany(Problem):
    status, title, default_code = 429, "Too many requests", "too_many_requests"

    def __init__(self, detail: str, *, retry_after: timedelta, code: str | None = None) -> None:
        seconds = max(1, round(retry_after.total_seconds()))
        super().__init__(detail, code=code, headers={"Retry-After": str(seconds)})


class Unavailable(Problem):
    status, title, default_code = 503, "Away for a moment", "unavailable"

    def __init__(
        self,
        detail: str = "A service that this needs is away. Please repeat in a moment.",
        *,
        code: str | None = None,
        retry_after: timedelta = timedelta(seconds=5),
    ) -> None:
        seconds = max(1, round(retry_after.total_seconds()))
        super().__init__(detail, code=code, headers={"Retry-After": str(seconds)})


class RetryLater(Exception):
    """Queue work cannot be done now. The message goes back; `reason` is a constant word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GiveUp(Exception):
    """Queue work can never be done. The message goes to the poison table; `reason` is a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
