"""The feed: gives chunks away at the provider's pace, and sees when all is done.

A step reserves slots, sends that many chunk messages, moves the cursor, and orders the next step:
messages before cursor, cursor before return, so that a crash repeats and never skips. Steps are
numbered in the plan; of a step delivered twice one goes on and the other ends.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.blasts import braking, messages, starting, stopping, walking
from shared.blasts.chunk_rows import Outline
from shared.blasts.chunk_store import LostRace, Stopped
from shared.blasts.counting import counted
from shared.blasts.desk import Desk
from shared.blasts.messages import ChunkMessage
from shared.blasts.model import Blast, BlastState, StopReason
from shared.blasts.run import Plan, Run
from shared.platform import telemetry

_AT_ONCE: Final = timedelta(0)
LEAD: Final = timedelta(seconds=3)  # A step comes so much before its predecessor's last slot.
DEAD_AFTER: Final = timedelta(minutes=2)  # A step that is so late has been lost.
FIRST_LOOK: Final = timedelta(seconds=5)
LAST_LOOK: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whether a step's message is to run now, later, or never."""

    runs: bool
    again_in: timedelta | None = None


def turn_of(plan: Plan, step: int | None, *, now: datetime) -> Turn:
    """Return what to do with a message for this step; None is a start or a wake.

    Only the plan's own step runs. Its predecessor, delivered again, waits until the step is
    overdue: then the step's message was lost in a crash, and it runs in its place. So no message
    ever becomes two. The start is the predecessor of the first step.
    """
    overdue_at = plan.next_at + DEAD_AFTER if plan.next_at else now
    is_overdue = now >= overdue_at
    if plan.step == (step or 0) + 1:
        return Turn(runs=is_overdue, again_in=None if is_overdue else overdue_at - now)
    return Turn(runs=is_overdue if step is None else step == plan.step)


def take_step(blast: Blast, step: int | None, *, desk: Desk, now: datetime) -> None:
    """Take one step of a run: walk on, feed, or see that it has ended."""
    begun = starting.start(blast, desk=desk, now=now) if step is None else blast
    if begun is None:
        return
    run = desk.ledger.run(begun.blast_id)
    if run.go is None or run.plan is None:
        stopping.settle(begun, run, desk=desk, now=now)
        return
    turn = turn_of(run.plan, step, now=now)
    if turn.runs:
        _run(begun, run, desk=desk, now=now, checked=step is None)
    elif turn.again_in is not None:
        messages.send_step(begun, step or 0, queues=desk.queues, delay=turn.again_in)
    else:
        telemetry.event("blast_step_skipped", blast_id=blast.blast_id, reason="not_its_turn")


def _run(blast: Blast, run: Run, *, desk: Desk, now: datetime, checked: bool) -> None:
    if not checked and not stopping.is_open(blast.artist_id, desk=desk):
        stopping.stop(blast, StopReason.ACCOUNT_CLOSING, desk=desk, now=now)
        return
    if blast.state is not BlastState.SENDING:
        # A resume died between its permission and the state; without that, nothing brakes.
        going = stopping.going_on(blast, desk=desk, now=now)
        if going is None:
            return
        blast = going
    try:
        _walk_and_feed(blast, run, desk=desk, now=now)
    except Stopped:
        stopping.settle(blast, desk.ledger.run(blast.blast_id), desk=desk, now=now)
    except LostRace:
        telemetry.event("blast_step_skipped", blast_id=blast.blast_id, reason="another_was_first")


def _walk_and_feed(blast: Blast, run: Run, *, desk: Desk, now: datetime) -> None:
    if run.plan is not None and not run.plan.walked:
        began = time.monotonic()
        walking.walk(blast, run.plan, desk=desk)
        run = desk.ledger.run(blast.blast_id)
        # Slots that lie behind us by now would be one burst.
        now += timedelta(seconds=time.monotonic() - began)
    plan = run.plan
    if plan is None or run.go is None:
        raise Stopped
    outlines = list(desk.ledger.outlines(blast.blast_id))
    totals = counted((outline.letters, outline.fates) for outline in outlines)
    if braking.brake(blast, run, totals, desk=desk, now=now):
        return
    if plan.walked and not any(outline.is_open for outline in outlines):
        stopping.stop(blast, StopReason.ENDED, desk=desk, now=now)
        return
    _feed(blast, plan, outlines, desk=desk, now=now)


def _feed(
    blast: Blast, plan: Plan, outlines: Sequence[Outline], *, desk: Desk, now: datetime
) -> None:
    ahead = [each for each in outlines if each.is_open and each.number > plan.cursor]
    if ahead and (plan.fed_until is None or now >= plan.fed_until - LEAD):
        plan = _give_away(blast, plan, ahead, desk=desk, now=now)
        ahead = [each for each in ahead if each.number > plan.cursor]
    delay, waits = next_look(plan, has_more=bool(ahead), now=now)
    step = plan.step + 1
    expected = now + delay if delay is not None else now - DEAD_AFTER
    desk.ledger.move(blast.blast_id, replace(plan, step=step, next_at=expected, waits=waits))
    if delay is not None:
        messages.send_step(blast, step, queues=desk.queues, delay=delay)


def _give_away(
    blast: Blast, plan: Plan, ahead: Sequence[Outline], *, desk: Desk, now: datetime
) -> Plan:
    slots = desk.pace.reserve(len(ahead), now=now)
    given = [
        (
            ChunkMessage(artist_id=blast.artist_id, blast_id=blast.blast_id, chunk=outline.number),
            max(slots.at(index) - now, _AT_ONCE),
        )
        for index, outline in enumerate(ahead[: slots.count])
    ]
    messages.send_chunks(given, queues=desk.queues)
    telemetry.event("blast_chunks_given_away", blast_id=blast.blast_id, count=slots.count)
    return replace(plan, cursor=ahead[slots.count - 1].number, fed_until=slots.end, waits=0)


def next_look(plan: Plan, *, has_more: bool, now: datetime) -> tuple[timedelta | None, int]:
    """Return when the feed's next step comes, and how often it has waited for the end by then.

    While there are fans to walk, at once; while there are chunks to give away, shortly before the
    reserved slots end; then after 5, 10, 20, 40 … seconds up to ten minutes, and then not: the
    watch row looks after what is left.
    """
    if not plan.walked:
        return _AT_ONCE, 0
    left = max(plan.fed_until - now, _AT_ONCE) if plan.fed_until else _AT_ONCE
    if has_more:
        return max(left - LEAD, _AT_ONCE), 0
    wait = FIRST_LOOK * 2**plan.waits
    if wait > LAST_LOOK:
        return None, plan.waits
    return left + wait, plan.waits + 1
