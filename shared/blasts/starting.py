"""Starting: from the artist's send to a run with its permission.

In this order: the row of the schedule, the blast by its ETag, the message. The starter sets
`sending` by ETag, writes `go` and `plan` in one transaction, and then reads the account again: a
closing account writes itself first and then stops its blasts, so that one of the two sees the
other. What a crash leaves between any two of these is still due in the schedule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.artists.model import Artist
from shared.blasts import looks, messages, stopping, writing
from shared.blasts.desk import Desk
from shared.blasts.model import Blast, BlastState, StopReason, is_expected
from shared.blasts.run import Go, Plan
from shared.platform import telemetry
from shared.platform.problems import Conflict, Invalid
from shared.platform.schedule import DueKind
from shared.platform.storage.faults import Changed, Missing, StorageUnavailable

# A start that runs at once needs its row only after a crash: two minutes on.
SAFETY_NET: Final = timedelta(minutes=2)
LATE_AT_MOST: Final = timedelta(minutes=5)  # A front end's clock may be behind.


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOrder:
    """What an artist says with a send; without a moment it is now."""

    expected_recipients: int
    send_at: datetime | None = None


def send(blast: Blast, order: SendOrder, *, artist: Artist, desk: Desk, now: datetime) -> Blast:
    """Freeze a draft's content and set the moment when it goes.

    Raises:
        Conflict: `invalid_state`, `sender_incomplete`, `count_pending`, `no_recipients`, or
            `recipients_changed` with the number now.
        Invalid: `send_at` is past: a wrong year must not mail a whole list at once.
    """
    if order.send_at is not None and order.send_at < now - LATE_AT_MOST:
        raise Invalid.field("send_at", "This moment is past. Leave it out to send now.")
    send_at = max(order.send_at or now, now)
    if _is_own_work(blast, send_at=send_at, now=now):
        return blast
    if not blast.may_be_edited:
        raise Conflict("Only a draft can be sent.", code="invalid_state")
    if not artist.may_send:
        raise Conflict(
            "The law asks for your name and postal address in every mail. Add them to your "
            "profile.",
            code="sender_incomplete",
        )
    _check_count(blast, order, desk=desk, now=now)
    due_at = send_at if send_at > now else now + SAFETY_NET
    content = writing.written(blast, artist=artist, desk=desk).content
    facts = {"artist_id": blast.artist_id}
    desk.schedule.put(DueKind.BLAST_SEND, blast.blast_id, at=due_at, facts=facts)
    try:
        scheduled = desk.blasts.replace(
            blast.scheduled(content, send_at=send_at, due_at=due_at, now=now)
        )
    except (Changed, Missing):
        raise Conflict("The blast has changed. Look at it again.", code="invalid_state") from None
    if send_at <= now:
        _send_start(scheduled, desk=desk)
    telemetry.event("blast_scheduled", blast_id=blast.blast_id, artist_id=blast.artist_id)
    return scheduled


def _is_own_work(blast: Blast, *, send_at: datetime, now: datetime) -> bool:
    """Tell whether a request for this moment sent the blast before.

    A repeat has the first one's moment; a second request for the same one finds it done as well.
    """
    if blast.may_be_edited or blast.send_at != send_at:
        return False
    return now in {send_at, blast.updated_at}


def _send_start(blast: Blast, *, desk: Desk) -> None:
    try:
        messages.send_start(blast, queues=desk.queues)
    except StorageUnavailable:
        # The row in the schedule starts it two minutes later: it is sent, and is not to be refused.
        telemetry.event("blast_start_left_to_schedule", blast_id=blast.blast_id)


def _check_count(blast: Blast, order: SendOrder, *, desk: Desk, now: datetime) -> None:
    count = desk.counts.count(blast.artist_id, blast.segment, now=now)
    if count is None:
        raise Conflict(
            "Your fans are still being counted. Try again in a moment.", code="count_pending"
        )
    if count == 0:
        raise Conflict("Nobody would get this mail.", code="no_recipients")
    if not is_expected(order.expected_recipients, count):
        raise Conflict(
            f"It would go to {count} fans now. Send again with that number, if that is right.",
            code="recipients_changed",
            facts={"recipients": count},
        )


def start(blast: Blast, *, desk: Desk, now: datetime) -> Blast | None:
    """Begin a blast's run, or find it begun; None when it is not to run (any more)."""
    if blast.state is BlastState.SCHEDULED:
        if blast.send_at is not None and blast.send_at > now:
            return _skipped(blast, "too_early")
        try:
            blast = desk.blasts.replace(blast.started(now=now))
        except (Changed, Missing):
            return _skipped(blast, "changed_meanwhile")
    if blast.state is not BlastState.SENDING or blast.started_at is None:
        _forget_start(blast, desk=desk)
        return _skipped(blast, "not_to_run")
    return blast if _has_permission(blast, blast.started_at, desk=desk, now=now) else None


def _has_permission(blast: Blast, frozen_at: datetime, *, desk: Desk, now: datetime) -> bool:
    if desk.ledger.run(blast.blast_id).plan is None:
        desk.blasts.note_ledger(blast, started_at=frozen_at)
        stopping.watch(blast, desk=desk, at=looks.next_look(blast.blast_id, now=now))
        desk.audit.record(
            blast.artist_id,
            "blast_started",
            now=now,
            ids=desk.ids,
            once=blast.blast_id,
            blast_id=blast.blast_id,
        )
        desk.ledger.begin(blast.blast_id, Go(at=now), Plan(frozen_at=frozen_at))
    if not stopping.is_open(blast.artist_id, desk=desk):
        stopping.stop(blast, StopReason.ACCOUNT_CLOSING, desk=desk, now=now)
        _forget_start(blast, desk=desk)
        return False
    _forget_start(blast, desk=desk)
    return True


def _forget_start(blast: Blast, *, desk: Desk) -> None:
    if blast.due_at is not None:
        desk.schedule.remove(DueKind.BLAST_SEND, blast.blast_id, at=blast.due_at)


def _skipped(blast: Blast, reason: str) -> Blast | None:
    telemetry.event("blast_start_skipped", blast_id=blast.blast_id, reason=reason)
    return None
