"""The walk: from the fan list to the ledger, exactly once however often it runs.

Up to 97 chunks, the cursor by its ETag and a merge of `go` are one transaction: of two walks one
wins, a stop stops it, and a resume goes on behind the cursor with the same frozen moment.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from shared.blasts.chunk_rows import number_of
from shared.blasts.chunk_store import MOST_CHUNKS
from shared.blasts.desk import Desk
from shared.blasts.ledger import CHUNK_SIZE, ID_BYTES, Chunk, Fate, Letter
from shared.blasts.model import Blast
from shared.blasts.run import Plan
from shared.fans.audience import Chosen
from shared.fans.keys import SHARDS, hash_in, place_in_list
from shared.platform import telemetry

# Pages of one step: 30,000 fans looked at take some seconds; then what was found is written.
_MOST_PAGES: Final = 30


@dataclass(slots=True)
class _Piece:
    """What one step of the walk has found: whole chunks, and the one that it is filling."""

    plan: Plan
    sparse: bool
    chunks: list[Chunk] = field(default_factory=list)
    filling: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.chunks) >= MOST_CHUNKS

    def take(self, page: Chosen) -> None:
        """Take chosen fans of the shard at hand, as many as there is room for."""
        for key in page.keys:
            if self.is_full:
                return
            self.filling.append(key)
            self.plan = replace(self.plan, after=key)
            if len(self.filling) == CHUNK_SIZE:
                self.close_chunk()
        self.plan = replace(self.plan, after=page.position)
        if page.position is None:
            self.close_shard()

    def close_chunk(self) -> None:
        if not self.filling:
            return
        keys, number = self.filling, self.plan.chunks + 1
        self.chunks.append(
            Chunk(
                number=number_of(number),
                shard=self.plan.shard,
                first=place_in_list(keys[0]),
                last=place_in_list(keys[-1]),
                ids=b"".join(bytes.fromhex(hash_in(key)) for key in keys),
                letters=Letter.PENDING.value * len(keys),
                fates=Fate.NONE.value * len(keys),
                sparse=self.sparse,
            )
        )
        self.filling = []
        self.plan = replace(self.plan, chunks=number, chosen=self.plan.chosen + len(keys))

    def close_shard(self) -> None:
        self.close_chunk()
        shard = self.plan.shard + 1
        walked = shard not in SHARDS
        self.plan = replace(self.plan, shard=shard, after=None, walked=walked)


def walk(blast: Blast, plan: Plan, *, desk: Desk) -> None:
    """Choose the next recipients of a run, and write them with the cursor.

    Raises:
        Stopped: there is no permission.
        LostRace: another step has walked on.
    """
    sparse = desk.audience.is_sparse(blast.artist_id, blast.segment)
    piece = _Piece(plan=plan, sparse=sparse)
    for _ in range(_MOST_PAGES):
        if piece.is_full or piece.plan.walked:
            break
        _walk_page(piece, blast, desk=desk)
    if not piece.is_full:
        piece.close_chunk()
    desk.ledger.choose(blast.blast_id, piece.chunks, piece.plan)
    telemetry.event(
        "blast_recipients_chosen",
        blast_id=blast.blast_id,
        recipients=sum(len(chunk.ids) // ID_BYTES for chunk in piece.chunks),
        state="walked" if piece.plan.walked else "walking",
    )


def _walk_page(piece: _Piece, blast: Blast, *, desk: Desk) -> None:
    page = desk.audience.walk(
        blast.artist_id,
        piece.plan.shard,
        segment=blast.segment,
        frozen_at=piece.plan.frozen_at,
        position=piece.plan.after,
    )
    piece.take(page)
