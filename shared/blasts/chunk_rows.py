"""Rows of BlastChunks: `go` or `stop`, `plan`, and the ledger. What they mean: `ledger`, `run`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.blasts.ledger import CHUNK_SIZE, Asked, Chunk, Letter, Positions
from shared.blasts.model import StopReason
from shared.blasts.run import Go, Plan, Run, Stop
from shared.platform.storage.rows import Row

GO: Final = "go"
PLAN: Final = "plan"
STOP: Final = "stop"
CHUNKS: Final = ("c|", "c}")
RUN: Final = ("go", "stop~")  # The range of everything that is not a chunk.
_CHUNK: Final = "c|"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_BYTES: Final = 8
_MASK_BYTES: Final = (CHUNK_SIZE + 7) // 8
_ASKED_BYTES: Final = _TIME_BYTES + _MASK_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What feed and watch look at of a chunk."""

    number: str
    letters: str
    fates: str
    claimed_at: datetime | None
    waits_until: datetime | None
    oldest_doubt_at: datetime | None

    @property
    def is_open(self) -> bool:
        return Letter.PENDING in self.letters or Letter.ASKED in self.letters


def outline_from(row: Row) -> Outline:
    """Return the outline of a chunk that a row holds."""
    doubt = _unpacked((row.find("doubt", bytes) or b"")[:_ASKED_BYTES])
    return Outline(
        number=number_in(row.key),
        letters=row.need("letters", str),
        fates=row.need("fates", str),
        claimed_at=row.find("claimed_at", datetime),
        waits_until=row.find("waits_until", datetime),
        oldest_doubt_at=doubt[0].at if doubt else None,
    )


def chunk_key(number: str) -> str:
    """Return the key of a chunk's row; a cut's number sorts right behind its own."""
    return _CHUNK + number


def number_in(key: str) -> str:
    """Return the chunk's number in a row's key."""
    return key.removeprefix(_CHUNK)


def number_of(count: int) -> str:
    """Return the number of the nth chunk of a walk, sortable as text."""
    return f"{count:06d}"


def chunk_row(blast_id: str, chunk: Chunk) -> Row:
    """Return the row of a chunk."""
    return Row(
        blast_id,
        chunk_key(chunk.number),
        {
            "shard": chunk.shard,
            "first": chunk.first,
            "last": chunk.last,
            "ids": chunk.ids,
            "letters": chunk.letters,
            "fates": chunk.fates,
            "sparse": chunk.sparse,
            "doubt": b"".join(_packed(asked) for asked in chunk.doubt),
            "generation": chunk.generation,
            "token": chunk.token,
            "claimed_at": chunk.claimed_at,
            "waits_until": chunk.waits_until,
            "first_tried_at": chunk.first_tried_at,
            "cuts": chunk.cuts,
        },
    )


def chunk_from(row: Row) -> Chunk:
    """Return the chunk that a row holds."""
    return Chunk(
        number=number_in(row.key),
        shard=row.need("shard", int),
        first=row.need("first", str),
        last=row.need("last", str),
        ids=row.need("ids", bytes),
        letters=row.need("letters", str),
        fates=row.need("fates", str),
        sparse=row.need("sparse", bool),
        doubt=_unpacked(row.find("doubt", bytes) or b""),
        generation=row.need("generation", int),
        token=row.find("token", str) or "",
        claimed_at=row.find("claimed_at", datetime),
        waits_until=row.find("waits_until", datetime),
        first_tried_at=row.find("first_tried_at", datetime),
        cuts=row.need("cuts", int),
        etag=row.etag,
    )


def go_row(blast_id: str, go: Go) -> Row:
    """Return the row of a permission."""
    return Row(
        blast_id,
        GO,
        {
            "at": go.at,
            "accepted": go.accepted,
            "bounced": go.bounced,
            "complained": go.complained,
        },
    )


def stop_row(blast_id: str, stop: Stop) -> Row:
    """Return the row of a stop."""
    return Row(blast_id, STOP, {"reason": stop.reason.value, "at": stop.at})


def plan_row(blast_id: str, plan: Plan) -> Row:
    """Return the row of the cursors."""
    return Row(
        blast_id,
        PLAN,
        {
            "frozen_at": plan.frozen_at,
            "shard": plan.shard,
            "after": plan.after,
            "walked": plan.walked,
            "chunks": plan.chunks,
            "chosen": plan.chosen,
            "cursor": plan.cursor,
            "step": plan.step,
            "next_at": plan.next_at,
            "fed_until": plan.fed_until,
            "waits": plan.waits,
        },
    )


def run_from(rows: list[Row]) -> Run:
    """Return the run that the rows beside the ledger tell of."""
    found = {row.key: row for row in rows}
    go, stop, plan = found.get(GO), found.get(STOP), found.get(PLAN)
    return Run(
        go=_go(go) if go else None,
        stop=_stop(stop) if stop else None,
        plan=_plan(plan) if plan else None,
    )


def _go(row: Row) -> Go:
    return Go(
        at=row.need("at", datetime),
        accepted=row.need("accepted", int),
        bounced=row.need("bounced", int),
        complained=row.need("complained", int),
    )


def _stop(row: Row) -> Stop:
    return Stop(reason=StopReason(row.need("reason", str)), at=row.need("at", datetime))


def _plan(row: Row) -> Plan:
    return Plan(
        frozen_at=row.need("frozen_at", datetime),
        shard=row.need("shard", int),
        after=row.find("after", str),
        walked=row.need("walked", bool),
        chunks=row.need("chunks", int),
        chosen=row.need("chosen", int),
        cursor=row.find("cursor", str) or "",
        step=row.need("step", int),
        next_at=row.find("next_at", datetime),
        fed_until=row.find("fed_until", datetime),
        waits=row.need("waits", int),
        etag=row.etag,
    )


def _packed(asked: Asked) -> bytes:
    milliseconds = (asked.at - _EPOCH) // timedelta(milliseconds=1)
    mask = sum(1 << position for position in asked.positions)
    return milliseconds.to_bytes(_TIME_BYTES, "big") + mask.to_bytes(_MASK_BYTES, "big")


def _unpacked(raw: bytes) -> tuple[Asked, ...]:
    pieces = [raw[i : i + _ASKED_BYTES] for i in range(0, len(raw), _ASKED_BYTES)]
    return tuple(
        Asked(
            positions=_positions(int.from_bytes(piece[_TIME_BYTES:], "big")),
            at=_EPOCH + timedelta(milliseconds=int.from_bytes(piece[:_TIME_BYTES], "big")),
        )
        for piece in pieces
    )


def _positions(mask: int) -> Positions:
    return frozenset(i for i in range(CHUNK_SIZE) if mask >> i & 1)
