"""Stopping and going on: who takes the permission away, and who gives it back.

A stop is one transaction that deletes `go` and writes `stop` with its reason; the blast's state
follows. So a claim comes before it or fails, and a crash between the two is mended by whoever meets
the stop next.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.blasts import ledger as rules
from shared.blasts import messages
from shared.blasts.chunk_store import LostRace
from shared.blasts.counting import counted
from shared.blasts.desk import Desk
from shared.blasts.ledger import Chunk
from shared.blasts.model import Blast, BlastState, StopReason, Totals
from shared.blasts.run import Go, Plan, Run, Stop
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import Conflict, Unavailable
from shared.platform.schedule import DueKind
from shared.platform.storage.faults import Changed, Missing

WATCH_EVERY: Final = timedelta(minutes=10)
_TRIES: Final = 6


def cancel(blast: Blast, *, desk: Desk, now: datetime) -> Blast:
    """Make a scheduled blast a draft again, or stop a running one for good reason: the artist's.

    Raises:
        Conflict: it is neither scheduled nor sending (`invalid_state`).
    """
    if blast.state is BlastState.SCHEDULED:
        return unschedule(blast, desk=desk, now=now)
    if blast.state is not BlastState.SENDING:
        raise Conflict("Only a scheduled or sending blast can be cancelled.", code="invalid_state")
    return stop(blast, StopReason.CANCELLED, desk=desk, now=now)


def unschedule(blast: Blast, *, desk: Desk, now: datetime) -> Blast:
    """Return a scheduled blast to its drafts.

    Raises:
        Conflict: it has begun in this very moment.
    """
    try:
        draft = desk.blasts.replace(blast.back_to_draft(now=now))
    except (Changed, Missing):
        raise Conflict("The blast has changed. Look at it again.", code="invalid_state") from None
    if blast.due_at is not None:
        desk.schedule.remove(DueKind.BLAST_SEND, blast.blast_id, at=blast.due_at)
    return draft


def stop(blast: Blast, reason: StopReason, *, desk: Desk, now: datetime) -> Blast:
    """Take a run's permission away, and let the blast's state follow.

    Stopping what is stopped already changes nothing but the state that was left behind.
    """
    wanted = Stop(reason=reason, at=now)
    if not desk.ledger.stop(blast.blast_id, wanted):
        # No permission stands. Where the run has not begun, it begins stopped.
        plan = Plan(frozen_at=blast.started_at or now)
        desk.ledger.begin(blast.blast_id, wanted, plan)
    telemetry.event("blast_stopped", blast_id=blast.blast_id, reason=reason.value)
    return settle(blast, desk.ledger.run(blast.blast_id), desk=desk, now=now)


def settle(blast: Blast, run: Run, *, desk: Desk, now: datetime) -> Blast:
    """Let a blast's state follow the stop that stands in its run."""
    if run.stop is None:
        return blast
    totals = counted(desk.ledger.letters(blast.blast_id))
    for _ in range(_TRIES):
        if blast.state is not BlastState.SENDING or run.stop is None:
            return blast
        try:
            return desk.blasts.replace(blast.stopped(run.stop.reason, totals, now=now))
        except Missing:
            return blast
        except Changed:
            blast = desk.blasts.find(blast.artist_id, blast.blast_id) or blast
            run = desk.ledger.run(blast.blast_id)
    raise Unavailable


def stop_all(artist_id: ArtistId, *, desk: Desk, now: datetime) -> int:
    """Stop every run of an account that is closing, and return its scheduled blasts to drafts.

    The account's state is written before, so that a start which this does not see, sees that.
    """
    stopped = 0
    for blast in desk.blasts.under_way(artist_id):
        if blast.state is BlastState.SCHEDULED:
            stopped += _unscheduled_or_stopped(blast, desk=desk, now=now)
        else:
            stop(blast, StopReason.ACCOUNT_CLOSING, desk=desk, now=now)
            stopped += 1
    return stopped


def _unscheduled_or_stopped(blast: Blast, *, desk: Desk, now: datetime) -> int:
    try:
        unschedule(blast, desk=desk, now=now)
    except Conflict:
        begun = desk.blasts.find(blast.artist_id, blast.blast_id)
        if begun is None or begun.state is not BlastState.SENDING:
            return 0
        stop(begun, StopReason.ACCOUNT_CLOSING, desk=desk, now=now)
    return 1


def resume(blast: Blast, *, desk: Desk, now: datetime) -> Blast:
    """Let a stopped run go on with whoever is pending or failed for a passing reason.

    In this order: watch row; passing failures pending again; `go` in place of `stop`; the state;
    the message. What a crash leaves, the watch row finds.

    Raises:
        Conflict: nothing is left to send, or somebody else resumed (`invalid_state`).
    """
    run = desk.ledger.run(blast.blast_id)
    totals = counted(desk.ledger.letters(blast.blast_id))
    if not _may_resume(blast, run, totals):
        raise Conflict("There is nothing that this blast could go on with.", code="invalid_state")
    watch(blast, desk=desk, at=now + WATCH_EVERY)
    _make_pending(blast, desk.ledger.chunks(blast.blast_id), desk=desk)
    if not desk.ledger.permit(blast.blast_id, Go.counted(totals, now=now)):
        raise Conflict("The blast has been resumed already.", code="invalid_state")
    _rewind(blast, desk=desk)
    going = going_on(blast, desk=desk, now=now)
    messages.send_start(blast, queues=desk.queues)
    return going


def watch(blast: Blast, *, desk: Desk, at: datetime) -> None:
    """Put down when somebody looks after a run again."""
    facts = {"artist_id": blast.artist_id}
    desk.schedule.put(DueKind.BLAST_WATCH, blast.blast_id, at=at, facts=facts)


def _may_resume(blast: Blast, run: Run, totals: Totals) -> bool:
    if not blast.may_be_resumed or run.stop is None or run.plan is None:
        return False
    return totals.may_be_resumed or not run.plan.walked


def _make_pending(blast: Blast, chunks: Iterable[Chunk], *, desk: Desk) -> None:
    for chunk in chunks:
        found: Chunk | None = chunk
        for _ in range(_TRIES):
            if found is None or (again := rules.resumed(found)) == found:
                break
            try:
                desk.ledger.write(blast.blast_id, again)
                break
            except LostRace:
                found = desk.ledger.chunk(blast.blast_id, chunk.number)
        else:
            raise Unavailable


def _rewind(blast: Blast, *, desk: Desk) -> None:
    """Set the feed's cursor back to the beginning: it passes over chunks that are done."""
    for _ in range(_TRIES):
        plan = desk.ledger.run(blast.blast_id).plan
        if plan is None:
            return
        try:
            desk.ledger.move(
                blast.blast_id,
                replace(plan, cursor="", step=plan.step + 1, next_at=None, fed_until=None, waits=0),
            )
        except LostRace:
            continue
        return
    raise Unavailable


def going_on(blast: Blast, *, desk: Desk, now: datetime) -> Blast:
    """Let a blast's state follow the permission that stands in its run."""
    for _ in range(_TRIES):
        try:
            return desk.blasts.replace(blast.going_on(now=now))
        except Changed:
            found = desk.blasts.find(blast.artist_id, blast.blast_id)
            if found is None or not found.may_be_resumed:
                return found or blast
            blast = found
    raise Unavailable
