"""The report: the count of the ledger's letters. It cannot but add up, whenever it is read."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.blasts.counting import counted
from shared.blasts.desk import Desk
from shared.blasts.ledger import CHUNK_SIZE
from shared.blasts.model import Blast, BlastState, Totals
from shared.platform.problems import Unavailable
from shared.platform.storage.faults import Changed, Missing

_TRIES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The counts, and when a run that goes on is expected to end."""

    totals: Totals
    estimated_end: datetime | None
    as_of: datetime


def report(blast: Blast, *, desk: Desk, now: datetime) -> Report:
    """Return a blast's report: ten reads for a million fans, one for most, one more under way."""
    totals = totals_now(blast, desk=desk)
    return Report(
        totals=totals, estimated_end=_estimated_end(blast, totals, desk=desk, now=now), as_of=now
    )


def totals_now(blast: Blast, *, desk: Desk) -> Totals:
    """Return the counts as the ledger has them, or as they were kept when it went."""
    if blast.started_at is None:
        return Totals()
    found = counted(desk.ledger.letters(blast.blast_id))
    # A run only ever chooses more: a ledger that holds fewer than were kept is half taken away.
    kept = blast.totals
    return kept if kept is not None and found.chosen < kept.chosen else found


def chosen(blast: Blast, *, desk: Desk) -> int | None:
    """Return how many were chosen so far, or None before a run. One read while it goes on."""
    if blast.started_at is None or blast.state is not BlastState.SENDING:
        return blast.totals.chosen if blast.totals else None
    plan = desk.ledger.run(blast.blast_id).plan
    return plan.chosen if plan else 0


def versions(blast: Blast, chosen: int | None) -> tuple[str | None, ...]:
    """Return what an ETag of a blast is made of.

    What a run has chosen stands in another row than the blast, and grows without it.
    """
    grows = blast.state is BlastState.SENDING
    return (blast.version, str(chosen)) if grows else (blast.version,)


def keep_totals(blast: Blast, *, desk: Desk, now: datetime) -> None:
    """Keep a blast's counts beside it, before its ledger goes.

    Raises:
        Unavailable: others kept writing the blast; repeating is safe.
    """
    totals = totals_now(blast, desk=desk)
    for _ in range(_TRIES):
        try:
            desk.blasts.replace(replace(blast, totals=totals, updated_at=now))
        except Missing:
            return
        except Changed:
            found = desk.blasts.find(blast.artist_id, blast.blast_id)
            if found is None:
                return
            blast = found
            continue
        return
    raise Unavailable


def _estimated_end(blast: Blast, totals: Totals, *, desk: Desk, now: datetime) -> datetime | None:
    if blast.state is not BlastState.SENDING:
        return None
    calls = -(-totals.pending // CHUNK_SIZE)
    return now + timedelta(seconds=calls / desk.pace.rate())
