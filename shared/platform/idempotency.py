"""Idempotency keys: the same key and body answers the first result; another body is refused.

The first request writes a row with a seed before it works; ids drawn from that seed are the same
when the request is repeated after a crash, so that the work meets its own rows. The answer is kept
for 24 hours. The key itself is stored as a keyed hash only: clients put all sorts of things in it.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.platform.ids import Ids, SeededRandomness
from shared.platform.keyed_hash import keyed_hash
from shared.platform.problems import Conflict, Invalid
from shared.platform.storage.faults import AlreadyExists, Changed, Missing, StorageUnavailable
from shared.platform.storage.filters import lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import TableStore

KEPT_FOR = timedelta(hours=24)
KEY_MAX_CHARS = 255
# A first request that died is taken over after this; no request of ours runs longer.
IN_PROGRESS_FOR = timedelta(seconds=60)
_ANSWER_MAX_BYTES = 60 * 1024
TABLE = Table.IDEMPOTENCY


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The first answer, as it went out."""

    status: int
    body: bytes
    content_type: str
    location: str | None
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to do the work of a key: ids that repeat, and the moment of the first try."""

    row: Row
    ids: Ids
    first_tried_at: datetime


class IdempotencyKeys:
    """The keys that a caller has used in the last 24 hours."""

    def __init__(self, rows: TableStore, *, hash_key: bytes) -> None:
        self._rows = rows
        self._hash_key = hash_key

    def claim(
        self, owner: str, key: str, *, request: bytes, now: datetime, ids: Ids
    ) -> Claim | StoredAnswer:
        """Return the first answer to this key, or the claim to make it.

        Args:
            owner: whose key it is; keys of two owners never meet.
            request: what must be the same: which operation, on what, with which body.

        Raises:
            Invalid: the key was used with another request, or is too long.
            Conflict: the first request with this key still runs.
        """
        if not key or len(key) > KEY_MAX_CHARS:
            raise Invalid(
                f"An Idempotency-Key has 1 to {KEY_MAX_CHARS} characters.",
                code="idempotency_key_invalid",
            )
        name = keyed_hash(self._hash_key, f"{owner}\n{key}".encode()).hex()
        digest = hashlib.sha256(request).hexdigest()
        row = self._rows.get(owner, name)
        if row is None or now - row.need("at", datetime) >= KEPT_FOR:
            return self._first(owner, name, digest=digest, now=now, ids=ids, old=row)
        if row.need("request", str) != digest:
            raise Invalid(
                "This Idempotency-Key was used with another request.",
                code="idempotency_key_reused",
            )
        if row.get("status") is not None:
            return _answer(row)
        return self._taken_over(row, now=now)

    def settle(self, claim: Claim, answer: StoredAnswer) -> None:
        """Keep the answer, so that a repeat gets the same one."""
        if len(answer.body) > _ANSWER_MAX_BYTES:
            return
        settled = _with(
            claim.row,
            status=answer.status,
            body=answer.body,
            content_type=answer.content_type,
            location=answer.location,
            etag=answer.etag,
        )
        try:
            self._rows.replace(settled, etag=claim.row.etag or "*")
        except (Changed, Missing):
            # A repeat took over and keeps its own answer, which is the same by its ids.
            return

    def abandon(self, claim: Claim) -> None:
        """Let a repeat take over at once: the work broke off, and may have left its first rows."""
        opened = _with(claim.row, tried=claim.first_tried_at - IN_PROGRESS_FOR)
        try:
            self._rows.replace(opened, etag=claim.row.etag or "*")
        except (Changed, Missing, StorageUnavailable):
            # Somebody took over, or storage is away still: then the minute goes by.
            return

    def release(self, claim: Claim) -> None:
        """Forget a claim whose work was refused: nothing was made, the key is free again."""
        try:
            self._rows.delete(claim.row.partition, claim.row.key, etag=claim.row.etag or "*")
        except (Changed, StorageUnavailable):
            # The caller is told why the work was refused; the key is free again in a minute.
            return

    def forget_old(self, *, now: datetime) -> int:
        """Delete the answers that are older than 24 hours, and return how many. A scan."""
        old = list(self._rows.query(where=lt("at", now - KEPT_FOR), select=[]))
        return sum(self._rows.delete(row.partition, row.key) for row in old)

    def _first(
        self, owner: str, name: str, *, digest: str, now: datetime, ids: Ids, old: Row | None
    ) -> Claim:
        row = Row(owner, name, {"request": digest, "seed": ids.draw(16), "at": now, "tried": now})
        try:
            return _claim(self._rows.put(row, over=old))
        except (AlreadyExists, Changed, Missing):
            raise _still_running() from None

    def _taken_over(self, row: Row, *, now: datetime) -> Claim:
        if now - row.need("tried", datetime) < IN_PROGRESS_FOR:
            raise _still_running()
        try:
            return _claim(self._rows.replace(_with(row, tried=now), etag=row.etag or "*"))
        except (Changed, Missing):
            raise _still_running() from None


def _with(row: Row, **values: Value | None) -> Row:
    return replace(row, values={**row.values, **values})


def _claim(row: Row) -> Claim:
    ids = Ids(SeededRandomness(row.need("seed", bytes)))
    return Claim(row=row, ids=ids, first_tried_at=row.need("at", datetime))


def _answer(row: Row) -> StoredAnswer:
    return StoredAnswer(
        status=row.need("status", int),
        body=row.find("body", bytes) or b"",
        content_type=row.need("content_type", str),
        location=row.find("location", str),
        etag=row.find("etag", str),
    )


def _still_running() -> Conflict:
    seconds = round(IN_PROGRESS_FOR.total_seconds())
    return Conflict(
        "The first request with this key still runs.",
        code="idempotency_key_in_use",
        headers={"Retry-After": str(seconds)},
    )
