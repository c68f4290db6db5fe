"""Blasts: their desk, their mails, and what they do when a fan leaves or an account closes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.performance_room import PerformanceRoom

if TYPE_CHECKING:
    from shared.blasts.deliverability import DomainStates
    from shared.blasts.desk import Desk
    from shared.blasts.paused_mail import PausedMail
    from shared.blasts.store import BlastStore
    from shared.blasts.testing import TestMails
    from shared.platform.dispatching import DueHandler
    from shared.platform.ids import ArtistId
    from shared.platform.schedule import Due, DueKind


class BlastRoom(PerformanceRoom):
    """Blasts, and what of them the rooms below are told."""

    @cached_property
    def blasts(self) -> BlastStore:
        from shared.blasts.store import BlastStore

        return BlastStore(self.tables)

    @cached_property
    def blast_desk(self) -> Desk:
        from shared.blasts.chunk_store import Ledger
        from shared.blasts.composing import Stationery
        from shared.blasts.desk import Desk
        from shared.blasts.long_runs import LongRuns
        from shared.blasts.mailing import Mailings
        from shared.blasts.pacing import Pace

        base_url = self.settings.public_base_url
        return Desk(
            blasts=self.blasts,
            ledger=Ledger(self.tables),
            pace=Pace(self.tables, told_rate=lambda: self.resend.rate),
            long_runs=LongRuns(),
            artists=self.artists,
            releases=self.releases,
            audience=self.audience,
            counts=self.segment_counts,
            suppressions=self.suppressions,
            fan_changes=self.fan_changes,
            tokens=self.fan_tokens,
            mailings=Mailings(self.blasts, base_url=base_url),
            schedule=self.schedule,
            queues=self.queues,
            outbox=self.outbox,
            resend=self.resend,
            audit=self.audit,
            banners=self.banners,
            stationery=Stationery(
                public_base_url=base_url, mail_domain=self.settings.mail_from_domain
            ),
            signer=lambda: self.link_signer,
            ids=self.ids,
            frontend=self.settings.front_end_url,
        )

    @cached_property
    def domain_states(self) -> DomainStates:
        from shared.blasts.deliverability import DomainStates

        return DomainStates(self.resend.domains, mail_domain=self.settings.mail_from_domain)

    @cached_property
    def test_mails(self) -> TestMails:
        from shared.blasts.testing import TestMails

        return TestMails(self.blast_desk)

    @cached_property
    def paused_mail(self) -> PausedMail:
        from shared.blasts.paused_mail import PausedMail

        return PausedMail(self.blast_desk)

    @cached_property
    def blast_due_handlers(self) -> dict[DueKind, DueHandler]:
        from shared.platform.schedule import DueKind

        return {DueKind.BLAST_SEND: self._send_blast, DueKind.BLAST_WATCH: self._watch_blast}

    def stop_blasts(self, artist_id: ArtistId) -> None:
        """Stop what an account that closes is sending."""
        from shared.blasts import stopping

        stopping.stop_all(artist_id, desk=self.blast_desk, now=self.clock.now())

    def forget_recipients(self, artist_id: ArtistId, hashes: Sequence[str]) -> None:
        """Take erased fans out of what blasts keep of their recipients."""
        from shared.blasts import forgetting

        forgetting.forget_fans(artist_id, hashes, desk=self.blast_desk, now=self.clock.now())

    def _send_blast(self, due: Due, *, now: datetime) -> None:
        from shared.blasts import dispatching

        dispatching.send_due(due, desk=self.blast_desk, now=now)

    def _watch_blast(self, due: Due, *, now: datetime) -> None:
        from shared.blasts import dispatching

        dispatching.watch_due(due, desk=self.blast_desk, now=now)
