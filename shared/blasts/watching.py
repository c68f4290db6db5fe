"""The watch: every ten minutes somebody looks after a run, whatever has crashed.

It wakes a feed that has died, sends again the message of a chunk that nobody has claimed, turns old
doubt into uncertainty, and makes the blast's state follow its run. It ends when nobody is left to
ask, and after a stop when nothing is in doubt.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.blasts import braking, messages, stopping
from shared.blasts import ledger as rules
from shared.blasts.answers import DOUBT_WAITS
from shared.blasts.chunk_rows import Outline
from shared.blasts.chunk_store import LostRace
from shared.blasts.counting import counted
from shared.blasts.desk import Desk
from shared.blasts.feeding import DEAD_AFTER
from shared.blasts.ledger import DOUBT_LIMIT, Letter
from shared.blasts.messages import ChunkMessage
from shared.blasts.model import LEDGER_KEPT_FOR, Blast, BlastState
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
        # Its deletion may have died before its ledger went, and with it the ids of fans.
        desk.ledger.delete(blast_id)
        desk.schedule.remove(DueKind.BLAST_WATCH, blast_id, at=next_at)
        return
    outlines = list(desk.ledger.outlines(blast_id))
    _give_up_old_doubt(blast, outlines, desk=desk, now=now)
    if run.go is not None and run.plan is not None:
        totals = counted((outline.letters, outline.fates) for outline in outlines)
        if not braking.brake(blast, run, totals, desk=desk, now=now):
            _look_after(blast, run.plan, outlines, desk=desk, now=now)
    elif run.stop is not None:
        _look_at_rest(blast, run, outlines, next_at=next_at, desk=desk, now=now)
    elif not _is_beginning(blast, now=now):
        desk.schedule.remove(DueKind.BLAST_WATCH, blast_id, at=next_at)


def _is_beginning(blast: Blast, *, now: datetime) -> bool:
    """Tell whether a run that is not there may still come; else its ledger was retired."""
    if blast.state is not BlastState.SENDING or blast.started_at is None:
        return False
    return now - blast.started_at <= LEDGER_KEPT_FOR


def _look_after(
    blast: Blast, plan: Plan, outlines: Sequence[Outline], *, desk: Desk, now: datetime
) -> None:
    if blast.state is not BlastState.SENDING:
        stopping.going_on(blast, desk=desk, now=now)
    if plan.next_at is None or now >= plan.next_at + DEAD_AFTER:
        messages.send_step(blast, plan.step, queues=desk.queues)
    lost = [each for each in outlines if is_lost(each, plan, now=now)]
    _give_away_again(blast, lost[:_MOST_MESSAGES], desk=desk, now=now)
    telemetry.event("blast_watched", blast_id=blast.blast_id, count=len(lost))


def is_lost(outline: Outline, plan: Plan, *, now: datetime) -> bool:
    """Tell whether the message of a chunk must have been lost.

    A chunk that nobody ever claimed may still wait for the slot that it was given away for: no slot
    is later than the end of those that the feed has reserved. One that the provider asked to wait
    has its message then.
    """
    if not outline.is_open or outline.number > plan.cursor or plan.fed_until is None:
        return False
    limit = IN_DOUBT_FOR if outline.oldest_doubt_at else UNCLAIMED_FOR
    due = outline.claimed_at or plan.fed_until
    return now - max(due, outline.waits_until or due) >= limit


def _give_away_again(blast: Blast, lost: Sequence[Outline], *, desk: Desk, now: datetime) -> None:
    """Send lost chunks' messages again, at the provider's pace like the feed."""
    while lost:
        slots = desk.pace.reserve(len(lost), now=now)
        for index, outline in enumerate(lost[: slots.count]):
            message = ChunkMessage(
                artist_id=blast.artist_id,
                blast_id=blast.blast_id,
                chunk=outline.number,
                attempt=len(DOUBT_WAITS) if outline.oldest_doubt_at else 0,
            )
            message.send(desk.queues, delay=max(slots.at(index) - now, timedelta(0)))
        lost = lost[slots.count :]


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
