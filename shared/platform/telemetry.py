"""Structured events: one JSON line each, a constant name in the past tense and facts as fields.

Fields are an allow-list, so that nothing personal is logged by accident: ids, enumerations,
counts, durations. A field that is not on the list is dropped, and its name stands in the line; a
test reads every call. The correlation id of the request or message stands in each line.
"""

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_logger = logging.getLogger("artistos")
_correlation: ContextVar[str] = ContextVar("correlation", default="-")

# The azure SDKs log every URL with table keys and blob names at INFO, and the Functions worker
# opens the root logger at INFO.
for _noisy in (
    "azure.core.pipeline.policies.http_logging_policy",
    "azure.identity",
    "urllib3",
    "httpx2",
    "httpx",
):
    logging.getLogger(_noisy).setLevel(logging.WARNING)

FIELDS = frozenset(
    {
        "action_id",
        "alarm",
        "artist_id",
        "attempt",
        "blast_id",
        "chunk",
        "code",
        "count",
        "day",
        "deleted",
        "erasure_id",
        "error",
        "event_type",
        "export_id",
        "function",
        "generation",
        "items",
        "key",
        "kind",
        "outcome",
        "past_due",
        "plan_id",
        "policy_version",
        "queue",
        "reason",
        "recipients",
        "release_id",
        "request_id",
        "size_bytes",
        "source",
        "state",
        "status",
        "step",
        "template",
        "timer",
        "total",
        "upload_id",
        "version",
    }
)
_MAX_TEXT = 200

Field = str | int | float | bool | None


def event(name: str, **fields: Field) -> None:
    """Log that something happened. `name` is constant, past tense, snake case."""
    _write(logging.INFO, name, fields)


def alarm(name: str, **fields: Field) -> None:
    """Log something that a person should look at; alerts watch for `"alarm": true`."""
    _write(logging.ERROR, name, {**fields, "alarm": True})


def bug(name: str, error: BaseException, **fields: Field) -> None:
    """Log a fault of ours with where it happened, and nothing that it says: texts hold data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    where = " < ".join(f"{_short(f.filename)}:{f.lineno}" for f in reversed(frames))
    _write(logging.ERROR, name, {**fields, "error": type(error).__name__, "reason": where})


@contextmanager
def correlation(identifier: str) -> Iterator[None]:
    """Stamp every event within with this correlation id, which must not be personal data."""
    token = _correlation.set(identifier)
    try:
        yield
    finally:
        _correlation.reset(token)


def correlation_id() -> str:
    """Return the correlation id in force, or `-`."""
    return _correlation.get()


def _write(level: int, name: str, fields: Mapping[str, Field]) -> None:
    known = {key: _cut(value) for key, value in fields.items() if key in FIELDS}
    unknown = sorted(set(fields) - FIELDS)
    if unknown:
        known["error"] = "undeclared_fields:" + ",".join(unknown)
    line = {"evt": name, "correlation_id": _correlation.get(), **known}
    # json.dumps escapes control characters and non-ASCII: one event is one line, whatever is in it.
    _logger.log(level, "%s", json.dumps(line, separators=(",", ":")))


def _short(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-2:])


def _cut(value: Field) -> Field:
    return value[:_MAX_TEXT] if isinstance(value, str) else value
