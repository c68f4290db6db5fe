"""What comes due for blasts: a scheduled send, and the watch over a run."""

from datetime import datetime

from shared.blasts import messages, stopping
from shared.blasts.desk import Desk
from shared.blasts.model import BlastState
from shared.platform.ids import BlastId
from shared.platform.schedule import Due, DueKind


def send_due(due: Due, *, desk: Desk, now: datetime) -> None:
    """Start a blast whose moment has come.

    The row stays until the run has its permission, so that each tick starts it again after a crash;
    it goes where there is nothing to start.
    """
    blast = desk.blasts.find(due.artist_id, due.subject)
    wanted = blast is not None and blast.state in {BlastState.SCHEDULED, BlastState.SENDING}
    if blast is None or not wanted or blast.due_at != due.at:
        if blast is None or now - due.at > stopping.WATCH_EVERY:
            desk.schedule.done(due)
        return
    if due.at <= now:
        messages.send_start(blast, queues=desk.queues)


def watch_due(due: Due, *, desk: Desk, now: datetime) -> None:
    """Let somebody look after a run, and put down the next look before this one goes."""
    next_at = now + stopping.WATCH_EVERY
    desk.schedule.put(DueKind.BLAST_WATCH, due.subject, at=next_at, facts=due.facts)
    messages.send_watch(
        due.artist_id,
        BlastId(due.subject),
        queues=desk.queues,
        next_at=next_at,
    )
    desk.schedule.done(due)
