"""Forgetting: what the ledgers keep of erased fans, and the runs of an account that is erased."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.blasts import ledger as rules
from shared.blasts import reporting, stopping
from shared.blasts.chunk_store import LostRace
from shared.blasts.desk import Desk
from shared.blasts.ledger import Chunk
from shared.blasts.model import LEDGER_KEPT_FOR, Blast, BlastState, StopReason
from shared.fans.keys import shard_of
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import Unavailable
from shared.platform.schedule import DueKind
from shared.platform.storage.faults import Changed

_TRIES: Final = 8
_A_NIGHT: Final = timedelta(days=2)  # A ledger goes in the night after its time.


def forget_fans(artist_id: ArtistId, hashes: Sequence[str], *, desk: Desk, now: datetime) -> int:
    """Take erased fans' ids out of the artist's ledgers; return how many places were emptied.

    One query for each blast and shard. Who is pending gets the letter for erased; who was accepted
    stays a count.

    Raises:
        Unavailable: others kept writing the same rows; repeating is safe.
    """
    emptied = 0
    for blast in desk.blasts.started(artist_id, since=now - LEDGER_KEPT_FOR - _A_NIGHT):
        for shard in sorted({shard_of(hashed) for hashed in hashes}):
            gone = {bytes.fromhex(each) for each in hashes if shard_of(each) == shard}
            for chunk in desk.ledger.chunks(blast.blast_id, shard=shard):
                emptied += _empty(blast, chunk, gone, desk=desk)
    telemetry.event("blast_ledgers_emptied", artist_id=artist_id, count=emptied)
    return emptied


def _empty(blast: Blast, chunk: Chunk, gone: set[bytes], *, desk: Desk) -> int:
    current: Chunk | None = chunk
    for _ in range(_TRIES):
        if current is None:
            return 0
        found = sum(current.id_at(at) in gone for at in range(len(current.letters)))
        if not found:
            return 0
        try:
            desk.ledger.write(blast.blast_id, rules.without(current, gone))
        except LostRace:
            current = desk.ledger.chunk(blast.blast_id, chunk.number)
            continue
        return found
    raise Unavailable


def erase_artist(artist_id: ArtistId, *, desk: Desk) -> int:
    """Delete every blast of an account with its ledger and its rows in the schedule.

    Returns how many rows went. May be repeated, and goes on where it ended.
    """
    deleted = 0
    for blast in desk.blasts.every(artist_id):
        deleted += delete_run(blast, desk=desk)
        deleted += _delete_blast(blast, desk=desk)
    return deleted + desk.blasts.forget_tests(artist_id)


def _delete_blast(blast: Blast, *, desk: Desk) -> int:
    try:
        return int(desk.blasts.delete(blast))
    except Changed:
        found = desk.blasts.find(blast.artist_id, blast.blast_id)
        return int(desk.blasts.delete(found)) if found else 0


def delete_run(blast: Blast, *, desk: Desk) -> int:
    """Delete what a blast has beside its own row: its ledger, and its notes of days to come."""
    deleted = desk.ledger.delete(blast.blast_id)
    desk.blasts.forget_ledger_of(blast)
    if blast.due_at is not None:
        desk.schedule.remove(DueKind.BLAST_SEND, blast.blast_id, at=blast.due_at)
    desk.mailings.forget(blast.blast_id)
    return deleted


def retire_ledgers(*, desk: Desk, now: datetime, within: float = 120.0) -> int:
    """Delete the ledgers that are older than 90 days, their counts kept in the blast.

    `uncertain` and `pending` stay as they are. Goes as far as so many seconds reach; the next night
    goes on. Returns how many ledgers went.
    """
    end = time.monotonic() + within
    retired = 0
    for artist_id, blast_id, key in desk.blasts.ledgers_before(now.date()):
        if time.monotonic() >= end:
            telemetry.alarm("retention_step_cut_short", step="ledgers")
            break
        blast = desk.blasts.find(artist_id, blast_id)
        if blast is not None and blast.state is BlastState.SENDING:
            # Without its ledger nobody could be asked any more, and nobody would see its end.
            blast = stopping.stop(blast, StopReason.ENDED, desk=desk, now=now)
        if blast is not None:
            reporting.keep_totals(blast, desk=desk, now=now)
        desk.ledger.delete(blast_id)
        desk.blasts.forget_ledger(key)
        retired += 1
        telemetry.event("blast_ledger_retired", blast_id=blast_id)
    return retired
