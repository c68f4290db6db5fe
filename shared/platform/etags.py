"""ETags of the API: strong validators made from the storage's own version of a row."""

import hashlib
import re
from typing import Final

from shared.platform.problems import Invalid, PreconditionRequired, StalePrecondition

# RFC 9110, 8.8.3: a list of entity tags, or any.
_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_ENTITY_TAGS: Final = re.compile(rf"\*|{_TAG}(?:\s*,\s*{_TAG})*")


def strong(*versions: str | None) -> str:
    """Return a strong ETag for the storage versions (or other facts) that make a representation."""
    joined = "\n".join(version or "" for version in versions)
    return f'"{hashlib.sha256(joined.encode()).hexdigest()[:24]}"'


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Tell whether If-None-Match names this ETag. A proxy that compresses weakens what it names."""
    named = [part.removeprefix("W/") for part in _named(if_none_match)]
    return "*" in named or etag in named


def require_match(if_match: str | None, etag: str) -> None:
    """Refuse a change that was made to another version.

    Raises:
        StalePrecondition: If-Match is given and names another version.
        Invalid: it is given and is no ETag.
    """
    if if_match is None:
        return
    if not _ENTITY_TAGS.fullmatch(if_match.strip()):
        raise Invalid.field("If-Match", "This is no ETag: it stands in quotes, as it was answered.")
    named = _named(if_match)
    if "*" not in named and etag not in named:
        raise StalePrecondition("It was changed in the meantime. Read it again, then change it.")


def require_exact_match(if_match: str | None, etag: str) -> None:
    """Refuse a change to what was not read: the version must be named, and be this one.

    Raises:
        PreconditionRequired: no If-Match, or `*`.
        StalePrecondition: another version.
    """
    if if_match is None or if_match.strip() == "*":
        raise PreconditionRequired("Send the ETag that you read in If-Match.")
    require_match(if_match, etag)


def _named(header: str | None) -> list[str]:
    return [part.strip() for part in header.split(",")] if header else []
