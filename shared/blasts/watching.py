"""The watch: every ten minutes somebody looks after a run, whatever has crashed.

It wakes a feed that has died, sends again the message of a chunk that nobody has claimed, turns old
doubt into uncertainty, and makes the blast's state follow its run. It ends when nobody is left to
ask, and after a stop when nothing is in doubt.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.blasts import ledger as rules
from shared.blasts import messages, stopping
from shared.blasts.answers import DOUBT_WAITS
from shared.blasts.chunk_rows import Outline
from shared.blasts.chunk_store import LostRace
from shared.blasts.desk import Desk
from shared.blasts.feeding import DEAD_AFTER
from shared.blasts.ledger import DOUBT_LIMIT, Letter
from shared.blasts.messages import ChunkMessage
from shared.blasts.model import Blast, BlastState
from shared.blasts.run import Plan, Run
from shared.platform import telemetry
from shared.platform.schedule import DueKind

UNCLAIMED_FOR: Final = timedelta(minutes=10)
IN_DOUBT_FOR: Final = timedelta(hours=7)  # Longer than the longest pause between two askings.
_MOST_MESSAGES: Final = 500


def watch(
    blast: Blast | None, blast_id: str, *, next_at: datetime, desk: Desk, now: datetime
) -> None:
    """Look after a run; `next_at` is where the next look already stands in the schedule."""
    run = desk.ledger.run(blast_id)
    if blast is None:
        desk.schedule.remove(DueKind.BLAST_WATCH, blast_id, at=next_at)
        return
    outlines = list(desk.ledger.outlines(blast_id))
    _give_up_old_doubt(blast, outlines, desk=desk, now=now)
    if run.go is not None and run.plan is not None:
        _look_after(blast, run.plan, outlines, desk=desk, now=now)
    elif run.stop is not None:
        _look_at_rest(blast, run, outlines, next_at=next_at, desk=desk, now=now)


def _look_after(
    blast: Blast, plan: Plan, outlines: Sequence[Outline], *, desk: Desk, now: datetime
) -> None:
    if blast.state is not BlastState.SENDING:
        blast = stopping.going_on(blast, desk=desk, now=now)
    lost = [each for each in outlines if each.number <= plan.cursor and _is_lost(each, now=now)]
    for outline in lost[:_MOST_MESSAGES]:
        message = ChunkMessage(
            artist_id=blast.artist_id,
            blast_id=blast.blast_id,
            chunk=outline.number,
            attempt=len(DOUBT_WAITS) if outline.oldest_doubt_at else 0,
        )
        message.send(desk.queues)
    if plan.next_at is None or now >= plan.next_at + DEAD_AFTER:
        messages.send_start(blast, queues=desk.queues)
    telemetry.event("blast_watched", blast_id=blast.blast_id, count=len(lost))


def _is_lost(outline: Outline, *, now: datetime) -> bool:
    if not outline.is_open:
        return False
    limit = IN_DOUBT_FOR if outline.oldest_doubt_at else UNCLAIMED_FOR
    return outline.claimed_at is None or now - outline.claimed_at >= limit


def _look_at_rest(
    blast: Blast,
    run: Run,
    outlines: Sequence[Outline],
    *,
    next_at: datetime,
    desk: Desk,
    now: datetime,
) -> None:
    stopping.settle(blast, run, desk=desk, now=now)
    asked = any(Letter.ASKED in outline.letters for outline in outlines)
    if not asked:
        desk.schedule.remove(DueKind.BLAST_WATCH, blast.blast_id, at=next_at)
        telemetry.event("blast_watch_ended", blast_id=blast.blast_id)


def _give_up_old_doubt(
    blast: Blast, outlines: Sequence[Outline], *, desk: Desk, now: datetime
) -> None:
    for outline in outlines:
        since = outline.oldest_doubt_at
        if since is None or now - since <= DOUBT_LIMIT or Letter.ASKED not in outline.letters:
            continue
        chunk = desk.ledger.chunk(blast.blast_id, outline.number)
        if chunk is None or not chunk.doubt_is_old(now):
            continue
        try:
            desk.ledger.write(blast.blast_id, rules.doubt_given_up(chunk))
        except LostRace:
            # Somebody knows more at this moment; the next look sees what came of it.
            continue
        telemetry.event("blast_doubt_given_up", blast_id=blast.blast_id, chunk=outline.number)
