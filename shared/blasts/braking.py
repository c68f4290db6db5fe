"""Braking: looks at a run's counts, warns the artist at half of a brake, stops at the whole."""

from dataclasses import replace
from datetime import datetime

from shared.blasts import brakes, stopping
from shared.blasts.desk import Desk
from shared.blasts.model import Blast, BlastState, StopReason, Totals
from shared.blasts.run import Run
from shared.mail.outbox import Template
from shared.platform import telemetry
from shared.platform.storage.faults import Changed, Missing


def brake(blast: Blast, run: Run, totals: Totals, *, desk: Desk, now: datetime) -> bool:
    """Stop a run whose mails are refused too often, and tell whether it was stopped."""
    if run.go is None or blast.state is not BlastState.SENDING:
        return False
    rates = brakes.since_go(totals, run.go)
    reason = brakes.tripped(rates)
    if reason is not None:
        pause(blast, reason, desk=desk, now=now)
        return True
    if brakes.warns(rates) and blast.warned_at is None:
        _warn(blast, desk=desk, now=now)
    return False


def pause(blast: Blast, reason: StopReason, *, desk: Desk, now: datetime) -> Blast:
    """Stop a run for a reason that is not the artist's own, and tell them.

    One mail for each permission that is lost: several calls may find the same reason at once, and
    a run that was resumed may pause again within the hour.
    """
    go = desk.ledger.run(blast.blast_id).go
    if go is not None:
        desk.outbox.announce(
            Template.BLAST_PAUSED,
            artist_id=blast.artist_id,
            blast_id=blast.blast_id,
            permitted_at=int(go.at.timestamp()),
        )
    if reason is StopReason.PROVIDER_REFUSED:
        telemetry.alarm("blast_paused", blast_id=blast.blast_id, reason=reason.value)
    return stopping.stop(blast, reason, desk=desk, now=now)


def _warn(blast: Blast, *, desk: Desk, now: datetime) -> None:
    desk.banners.raise_banner(
        blast.artist_id,
        kind="blast_near_brakes",
        text="Unusually many of your fans' mailboxes refuse your mail. We may have to pause it.",
        link=f"{desk.frontend}/blasts/{blast.blast_id}",
        now=now,
        subject=blast.blast_id,
    )
    try:
        desk.blasts.replace(replace(blast, warned_at=now))
    except (Changed, Missing):
        # Somebody wrote the blast at this moment; the banner stands, raised again it is the same.
        return
    telemetry.event("blast_neared_brakes", blast_id=blast.blast_id)
