"""What comes due for blasts: a scheduled send, and the watch over a run."""

from datetime import datetime

from shared.blasts import looks, messages
from shared.blasts.desk import Desk
from shared.blasts.looks import WATCH_EVERY
from shared.blasts.model import Blast, BlastState
from shared.platform.clock import minute_of
from shared.platform.ids import BlastId
from shared.platform.schedule import Due, DueKind


def send_due(due: Due, *, desk: Desk, now: datetime) -> None:
    """Start a blast whose moment has come, by whichever of its rows.

    The row stays until the run has its permission, so that each tick starts it again after a crash.
    It goes where it starts nothing, but not at once: a send puts its row down before its blast. A
    send that lost against another of the same minute has written its own seconds into the row.
    """
    blast = desk.blasts.find(due.artist_id, due.subject)
    if blast is not None and _starts(blast, due, now=now):
        messages.send_start(blast, queues=desk.queues)
    elif blast is None or now - due.at > WATCH_EVERY:
        desk.schedule.done(due)


def _starts(blast: Blast, due: Due, *, now: datetime) -> bool:
    if blast.due_at is None or blast.due_at > now:
        return False
    if blast.state is BlastState.SENDING:
        return minute_of(blast.due_at) == minute_of(due.at)
    return blast.state is BlastState.SCHEDULED


def watch_due(due: Due, *, desk: Desk, now: datetime) -> None:
    """Let somebody look after a run, and put down the next look before this one goes.

    A tick that dies or fails leaves this row, and its repeat writes the same next one.
    """
    next_at = looks.next_look(due.subject, now=now)
    messages.send_watch(due.artist_id, BlastId(due.subject), queues=desk.queues, next_at=next_at)
    desk.schedule.put(DueKind.BLAST_WATCH, due.subject, at=next_at, facts=due.facts)
    desk.schedule.done(due)
