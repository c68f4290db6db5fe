"""Ids and randomness: the only module that draws either.

An id is a prefix and a ULID, so that it says what it names and sorts by the time of its making.
`Ids` hands them out; two instances with the same seed and moment hand out the same ones, which is
how a repeated request with one idempotency key makes the same rows and not others.
"""

import hashlib
import os
import re
import uuid
from datetime import datetime, timedelta
from typing import Final, NewType, Protocol

from ulid import ULID

from shared.platform import base64url

_FRESH: Final = timedelta(minutes=2)

ArtistId = NewType("ArtistId", str)
ReleaseId = NewType("ReleaseId", str)
PlanId = NewType("PlanId", str)
ActionId = NewType("ActionId", str)
BlastId = NewType("BlastId", str)
UploadId = NewType("UploadId", str)
ExportId = NewType("ExportId", str)
RequestId = NewType("RequestId", str)
ErasureId = NewType("ErasureId", str)
FanId = NewType("FanId", str)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_INVERSE = str.maketrans(_CROCKFORD, _CROCKFORD[::-1])
_ULID_BODY = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


class Randomness(Protocol):
    """Draws bytes that nobody can guess."""

    def __call__(self, count: int, /) -> bytes: ...


def system_randomness(count: int, /) -> bytes:
    """Return `count` bytes from the operating system."""
    return os.urandom(count)


class SeededRandomness:
    """Bytes that follow from a secret seed: repeatable for who has it, unguessable for others."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._drawn = 0

    def __call__(self, count: int, /) -> bytes:
        self._drawn += 1
        return hashlib.shake_256(self._seed + self._drawn.to_bytes(8, "big")).digest(count)


class Ids:
    """Makes ids at a given moment."""

    def __init__(self, randomness: Randomness = system_randomness) -> None:
        self._randomness = randomness

    def make(self, prefix: str, *, now: datetime) -> str:
        """Return a new id such as `rel_01J…`, sortable by `now` (to the millisecond)."""
        milliseconds = int(now.timestamp() * 1000)
        return f"{prefix}_{ULID(milliseconds.to_bytes(6, 'big') + self._randomness(10))}"

    def token(self, count: int = 16) -> str:
        """Return `count` random bytes as URL-safe text without padding."""
        return base64url.encode(self._randomness(count))

    def draw(self, count: int) -> bytes:
        """Return `count` random bytes."""
        return self._randomness(count)


def request_id() -> str:
    """Return a new name for one request, as a random UUID: support and the log find it by it."""
    return str(uuid.uuid4())


def is_id(text: str, *, prefix: str) -> bool:
    """Tell whether the text has the form of an id with this prefix."""
    return text.startswith(prefix + "_") and _ULID_BODY.fullmatch(text, len(prefix) + 1) is not None


def is_fresh(identifier: str, *, now: datetime) -> bool:
    """Tell whether an id was made within two minutes of now: what it names may not be written yet.

    A message goes before the row that it announces; one that finds no row looks again for so long.
    Far on the other side, too, it is not fresh: a clock was set back, and nothing will come.
    """
    return abs(now - made_at(identifier)) < _FRESH


def made_at(identifier: str) -> datetime:
    """Return the moment at which an id was made.

    Raises:
        ValueError: it is no id.
    """
    return ULID.from_str(identifier.partition("_")[2]).datetime


def inverted(identifier: str) -> str:
    """Return an id whose order is reversed, so that a table lists the newest first.

    Inverting twice gives the id back. The prefix stays.
    """
    prefix, _, body = identifier.partition("_")
    return f"{prefix}_{body.translate(_INVERSE)}"
