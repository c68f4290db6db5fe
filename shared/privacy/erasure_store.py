"""Erasures, and the chain of their certificates: one partition, so that both are one transaction.

The head of the chain holds the last certificate's hash. A certificate is written together with the
head, each under its ETag, so that there is never a fork and never a gap.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

import orjson

from shared.platform.ids import ArtistId, ErasureId, inverted, is_id
from shared.platform.storage.faults import Changed, TransactionFailed
from shared.platform.storage.filters import ne
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Insert, Operation, Replace
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from shared.privacy.model import (
    Certificate,
    Erasure,
    ErasureState,
    StoreCount,
    chained,
)

_PARTITION: Final = "erasure"
_HEAD: Final = "~head"  # Behind every erasure.
_GENESIS: Final = "0" * 64


class ErasureStore:
    """Erasures by id, the newest first."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.ERASURES)

    def find(self, erasure_id: str) -> Erasure | None:
        """Return an erasure, or None. One read."""
        if not is_id(erasure_id, prefix="era"):
            return None
        row = self._rows.get(_PARTITION, inverted(erasure_id))
        return _erasure(row) if row else None

    def newest(self, *, limit: int, after: str | None) -> list[Erasure]:
        """Return erasures, newest first, from the one behind `after` on."""
        first = inverted(after) + "~" if after else None
        found: list[Erasure] = []
        for row in self._rows.query(partition=_PARTITION, first=first, last=_HEAD):
            found.append(_erasure(row))
            if len(found) == limit:
                break
        return found

    def unfinished(self) -> Iterator[Erasure]:
        """Yield what is not finished."""
        going_on = ne("state", ErasureState.FINISHED.value)
        rows = self._rows.query(partition=_PARTITION, last=_HEAD, where=going_on)
        return map(_erasure, rows)

    def with_farewell(self) -> Iterator[Erasure]:
        """Yield the erasures that still hold the address for their last mail."""
        rows = self._rows.query(partition=_PARTITION, last=_HEAD, where=ne("farewell", ""))
        return map(_erasure, rows)

    def add(self, erasure: Erasure) -> Erasure:
        """Keep a new erasure.

        Raises:
            AlreadyExists: it has begun.
        """
        return replace(erasure, version=self._rows.insert(_row(erasure)).etag)

    def replace(self, erasure: Erasure) -> Erasure:
        """Keep how far an erasure is.

        Raises:
            Changed: another run was faster.
            Missing: it is gone.
        """
        written = self._rows.replace(_row(erasure), etag=erasure.version or "*")
        return replace(erasure, version=written.etag)

    def certify(self, erasure: Erasure) -> Erasure:
        """Keep a finished erasure with its certificate, chained to the last one.

        Raises:
            Changed: another run was faster, with this erasure or with the chain.
        """
        head = self._rows.get(_PARTITION, _HEAD)
        previous = head.need("hash", str) if head else _GENESIS
        digest = chained(certified_members(erasure), previous_hash=previous)
        done = replace(erasure, certificate=Certificate(hash=digest, previous_hash=previous))
        moved = Row(_PARTITION, _HEAD, {"hash": digest})
        chain: Operation = Replace(moved, head.etag or "*") if head else Insert(moved)
        written: Operation = (
            Replace(_row(done), erasure.version) if erasure.version else Insert(_row(done))
        )
        try:
            etags = self._rows.transact(_PARTITION, [written, chain])
        except TransactionFailed:
            raise Changed from None
        return replace(done, version=etags[0])


def certified_members(erasure: Erasure) -> dict[str, object]:
    """Return what a certificate says: counts and times, and nobody's id."""
    return {
        "id": erasure.erasure_id,
        "class": erasure.erasure_class,
        "started_at": erasure.started_at.isoformat(),
        "swept_at": erasure.swept_at.isoformat() if erasure.swept_at else None,
        "finished_at": erasure.finished_at.isoformat() if erasure.finished_at else None,
        "stores": _counts(erasure),
    }


def _counts(erasure: Erasure) -> list[list[str | int]]:
    return [[one.store, one.found, one.deleted, one.residue] for one in erasure.stores]


def _row(erasure: Erasure) -> Row:
    proof = erasure.certificate
    return Row(
        _PARTITION,
        inverted(erasure.erasure_id),
        {
            "class": erasure.erasure_class,
            "state": erasure.state.value,
            "step": erasure.step,
            "stores": orjson.dumps(_counts(erasure)).decode(),
            "started_at": erasure.started_at,
            "moved_at": erasure.moved_at,
            "busy_until": erasure.busy_until,
            "swept_at": erasure.swept_at,
            "finished_at": erasure.finished_at,
            "artist_id": erasure.artist_id,
            "clerk_user_id": erasure.clerk_user_id,
            "farewell": erasure.farewell,
            "hash": proof.hash if proof else None,
            "previous_hash": proof.previous_hash if proof else None,
        },
    )


def _erasure(row: Row) -> Erasure:
    artist_id, digest = row.find("artist_id", str), row.find("hash", str)
    return Erasure(
        erasure_id=ErasureId(inverted(row.key)),
        erasure_class=row.need("class", str),
        state=ErasureState(row.need("state", str)),
        started_at=row.need("started_at", datetime),
        artist_id=ArtistId(artist_id) if artist_id else None,
        clerk_user_id=row.find("clerk_user_id", str),
        farewell=row.find("farewell", str),
        step=row.need("step", int),
        stores=tuple(
            StoreCount(store=store, found=found, deleted=deleted, residue=residue)
            for store, found, deleted, residue in orjson.loads(row.need("stores", str))
        ),
        moved_at=row.find("moved_at", datetime),
        busy_until=row.find("busy_until", datetime),
        swept_at=row.find("swept_at", datetime),
        finished_at=row.find("finished_at", datetime),
        certificate=Certificate(hash=digest, previous_hash=row.need("previous_hash", str))
        if digest
        else None,
        version=row.etag,
    )
