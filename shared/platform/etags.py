"""ETags of the API: strong validators made from the storage's own version of a row."""

import hashlib

from shared.platform.problems import PreconditionRequired, StalePrecondition


def strong(*versions: str | None) -> str:
    """Return a strong ETag for the storage versions (or other facts) that make a representation."""
    joined = "\n".join(version or "" for version in versions)
    return f'"{hashlib.sha256(joined.encode()).hexdigest()[:24]}"'


def matches(header: str | None, etag: str) -> bool:
    """Tell whether an If-Match or If-None-Match header names this ETag (or anything, by `*`)."""
    if header is None:
        return False
    named = [part.strip() for part in header.split(",")]
    return "*" in named or etag in named


def require_match(if_match: str | None, etag: str) -> None:
    """Refuse a change that was made to another version.

    Raises:
        StalePrecondition: If-Match is given and names another version.
    """
    if if_match is not None and not matches(if_match, etag):
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
