"""Stopping and going on: who takes the permission away, and who gives it back.

A stop is one transaction that deletes `go` and writes `stop` with its reason; the blast's state
follows. So a claim comes before it or fails, and a crash between the two is mended by whoever meets
the stop next.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from shared.blasts import ledger as rules
from shared.blasts import looks, messages, reporting
from shared.blasts.chunk_store import MOST_AT_ONCE, LostRace
from shared.blasts.counting import counted
from shared.blasts.desk import Desk
from shared.blasts.ledger import Chunk
from shared.blasts.model import Blast, BlastState, StopReason, Totals
from shared.blasts.run import Go, Plan, Run, Stop
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import Conflict, NotFound, Unavailable
from shared.platform.schedule import DueKind
from shared.platform.storage.faults import Changed, Missing

_TRIES: Final = 6


def cancel(blast: Blast, *, desk: Desk, now: datetime) -> Blast:
    """Make a scheduled blast a draft again, or stop a running one for good reason: the artist's.

    A permission is stopped whatever the state says: a resume may have died between the two.

    Raises:
        Conflict: it is neither scheduled nor sending (`invalid_state`).
    """
    if blast.state is BlastState.SCHEDULED:
        return unschedule(blast, desk=desk, now=now)
    lags = blast.may_be_resumed and desk.ledger.run(blast.blast_id).go is not None
    if blast.state is not BlastState.SENDING and not lags:
        raise Conflict("Only a scheduled or sending blast can be cancelled.", code="invalid_state")
    return stop(blast, StopReason.CANCELLED, desk=desk, now=now)


def unschedule(blast: Blast, *, desk: Desk, now: datetime) -> Blast:
    """Return a scheduled blast to its drafts.

    Its row of the schedule goes in the version that stood before: once it is a draft, it may be
    sent again for the same minute, and that row is another's.

    Raises:
        Conflict: it has begun in this very moment.
    """
    row = blast.due_at and desk.schedule.version(
        DueKind.BLAST_SEND, blast.blast_id, at=blast.due_at
    )
    try:
        draft = desk.blasts.replace(blast.back_to_draft(now=now))
    except (Changed, Missing):
        raise Conflict("The blast has changed. Look at it again.", code="invalid_state") from None
    if blast.due_at and row:
        desk.schedule.remove(DueKind.BLAST_SEND, blast.blast_id, at=blast.due_at, version=row)
    return draft


def stop(blast: Blast, reason: StopReason, *, desk: Desk, now: datetime) -> Blast:
    """Take a run's permission away, and let the blast's state follow.

    Stopping what is stopped already changes nothing but the state that was left behind.
    """
    wanted = Stop(reason=reason, at=now)
    if not desk.ledger.stop(blast.blast_id, wanted):
        # No permission stands. Where the run has not begun, it begins stopped; a resume may fill
        # its ledger, which is found again by the note of it.
        if desk.ledger.run(blast.blast_id).plan is None:
            desk.blasts.note_ledger(blast, started_at=blast.started_at or now)
        plan = Plan(frozen_at=blast.started_at or now)
        desk.ledger.begin(blast.blast_id, wanted, plan)
    telemetry.event("blast_stopped", blast_id=blast.blast_id, reason=reason.value)
    return settle(blast, desk.ledger.run(blast.blast_id), desk=desk, now=now)


def settle(blast: Blast, run: Run, *, desk: Desk, now: datetime) -> Blast:
    """Let a blast's state follow the stop that stands in its run."""
    if run.stop is None:
        return blast
    totals = reporting.totals_now(blast, desk=desk)
    for _ in range(_TRIES):
        if run.stop is None or not _lags(blast, run.stop):
            return blast
        try:
            return desk.blasts.replace(blast.stopped(run.stop.reason, totals, now=now))
        except Missing:
            return blast
        except Changed:
            blast = desk.blasts.find(blast.artist_id, blast.blast_id) or blast
            run = desk.ledger.run(blast.blast_id)
    raise Unavailable


def _lags(blast: Blast, stop: Stop) -> bool:
    """Tell whether a blast's state is to follow a stop.

    A resume may die between its permission and the state: the run then ends, or is stopped again,
    under a blast that still says why it was stopped before.
    """
    if blast.state is BlastState.SENDING:
        return True
    return blast.may_be_resumed and blast.stopped_for is not stop.reason


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

    In this order: watch row; passing failures pending again; `go` in place of `stop`; the account,
    the state, the message. What a crash leaves, a repeated resume finishes, or the watch.

    Raises:
        Conflict: nothing is left to send, somebody else resumed, or the account is closing
            (`invalid_state`).
        NotFound: it was deleted in this very moment.
    """
    run = desk.ledger.run(blast.blast_id)
    if run.go is not None and blast.may_be_resumed:
        return _permitted(blast, desk=desk, now=now)
    totals = counted(desk.ledger.letters(blast.blast_id))
    if not _may_resume(blast, run, totals):
        raise Conflict("There is nothing that this blast could go on with.", code="invalid_state")
    watch(blast, desk=desk, at=looks.beside_looks(blast.blast_id, now=now))
    _make_pending(blast, desk.ledger.chunks(blast.blast_id), desk=desk)
    if not desk.ledger.permit(blast.blast_id, Go.counted(totals, now=now)):
        raise Conflict("The blast has been resumed already.", code="invalid_state")
    return _permitted(blast, desk=desk, now=now)


def _permitted(blast: Blast, *, desk: Desk, now: datetime) -> Blast:
    """Do what follows a resume's permission; doing it twice sends messages that find nothing."""
    if not is_open(blast.artist_id, desk=desk):
        stop(blast, StopReason.ACCOUNT_CLOSING, desk=desk, now=now)
        raise Conflict("The account is closing.", code="invalid_state")
    step = _rewind(blast, desk=desk)
    going = going_on(blast, desk=desk, now=now)
    if going is None or step is None:
        raise NotFound
    messages.send_step(blast, step, queues=desk.queues)
    return going


def is_open(artist_id: ArtistId, *, desk: Desk) -> bool:
    """Tell whether an account may send: it is there, and not closing. One read."""
    artist = desk.artists.by_id(artist_id)
    return artist is not None and artist.is_open


def watch(blast: Blast, *, desk: Desk, at: datetime) -> None:
    """Put down when somebody looks after a run again."""
    facts = {"artist_id": blast.artist_id}
    desk.schedule.put(DueKind.BLAST_WATCH, blast.blast_id, at=at, facts=facts)


def _may_resume(blast: Blast, run: Run, totals: Totals) -> bool:
    if not blast.may_be_resumed or run.stop is None or run.plan is None:
        return False
    return totals.may_be_resumed or not run.plan.walked


def _make_pending(blast: Blast, chunks: Iterable[Chunk], *, desk: Desk) -> None:
    """Let whoever failed for a passing reason be asked again: a transaction for 100 chunks."""
    failed = (chunk for chunk in chunks if rules.resumed(chunk) != chunk)
    while some := list(islice(failed, MOST_AT_ONCE)):
        try:
            desk.ledger.write_all(blast.blast_id, [rules.resumed(chunk) for chunk in some])
        except LostRace:
            for chunk in some:
                _make_one_pending(blast, chunk, desk=desk)


def _make_one_pending(blast: Blast, chunk: Chunk, *, desk: Desk) -> None:
    found: Chunk | None = chunk
    for _ in range(_TRIES):
        if found is None or (again := rules.resumed(found)) == found:
            return
        try:
            desk.ledger.write(blast.blast_id, again)
        except LostRace:
            found = desk.ledger.chunk(blast.blast_id, chunk.number)
            continue
        return
    raise Unavailable


def _rewind(blast: Blast, *, desk: Desk) -> int | None:
    """Set the feed's cursor back to the beginning, and return its next step; None: it is gone.

    The feed passes over chunks that are done.
    """
    for _ in range(_TRIES):
        plan = desk.ledger.run(blast.blast_id).plan
        if plan is None:
            return None
        step = plan.step + 1
        again = replace(plan, cursor="", step=step, next_at=None, fed_until=None, waits=0)
        try:
            desk.ledger.move(blast.blast_id, again)
        except LostRace:
            continue
        return step
    raise Unavailable


def going_on(blast: Blast, *, desk: Desk, now: datetime) -> Blast | None:
    """Let a blast's state follow the permission that stands in its run; None when it is gone.

    The run is read again once the state is written: a stop writes its row and then the state, so
    that one of the two sees the other, and no `sending` stays over a stop.
    """
    for _ in range(_TRIES):
        run = desk.ledger.run(blast.blast_id)
        if run.go is None:
            return settle(blast, run, desk=desk, now=now)
        if not blast.may_be_resumed:
            return blast
        try:
            blast = desk.blasts.replace(blast.going_on(now=now))
        except (Changed, Missing):
            found = desk.blasts.find(blast.artist_id, blast.blast_id)
            if found is None:
                return None
            blast = found
    raise Unavailable
