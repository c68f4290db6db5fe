"""The application: everything that use cases depend on, with the rooms' hooks into each other."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.privacy_room import PrivacyRoom

if TYPE_CHECKING:
    from shared.artists.books import FrontDesk
    from shared.artists.model import Artist
    from shared.fans.erasing import Forget
    from shared.fans.exporting import ExportFormat
    from shared.fans.tokens import FanRef
    from shared.mail.letters import Letter
    from shared.mail.orders import Composer, Fulfiller, MailRoom, Order, Skipped
    from shared.mail.outbox import Template
    from shared.mail.postman import Postman
    from shared.platform.dispatching import DueHandler
    from shared.platform.ids import ArtistId, ReleaseId
    from shared.platform.schedule import Due, DueKind
    from shared.privacy.closing import ClosingDesk, ErasureClass, StopWork
    from shared.privacy.closing_mail import ClosingMail
    from shared.privacy.erasing import Eraser, ErasureDesk, Swept
    from shared.privacy.minors import MinorDesk
    from shared.privacy.model import Erasure
    from shared.releases.announcing import Announcer, OnChanged, OnDeleted
    from shared.releases.erasure import ReleaseEraser
    from shared.retention.nightly import Step


class App(PrivacyRoom):
    """The application, made once for each process; see `current`."""

    @cached_property
    def mail_room(self) -> MailRoom:
        from shared.mail.orders import MailRoom

        return MailRoom(
            postman=self.postman,
            outbox=self.outbox,
            head=self.letterhead,
            composers=self.composers,
            fulfillers=self.fulfillers,
            show_banner=self.banners.raise_banner,
        )

    # Each room composes its own mails: `Template.X: composing.x(self.store, ...)`.

    @cached_property
    def composers(self) -> dict[Template, Composer]:
        from shared.mail.outbox import Template

        return {
            **self.plan_composers,
            **self.privacy_composers,
            Template.REPLY_TO_CONFIRMATION: self._compose_reply_to,
            Template.DELETION_SCHEDULED: self._closing_mail.compose,
            Template.BLAST_PAUSED: self.paused_mail,
            Template.SPOTIFY_RECONNECT: self._compose_spotify_reconnect,
        }

    @cached_property
    def _compose_spotify_reconnect(self) -> Composer:
        from shared.performance.composing import spotify_reconnect

        return spotify_reconnect(
            artists=self.artists,
            connections=self.spotify_connections,
            front_end=self.settings.front_end_url,
        )

    # Who does an order whole: a confirmation claims its caps before the mail.

    @cached_property
    def fulfillers(self) -> dict[Template, Fulfiller]:
        from shared.mail.outbox import Template

        return {
            Template.FAN_CONFIRMATION: self._confirm_sign_up,
            Template.BLAST_TEST: self.test_mails,
            Template.DELETION_DONE: self.farewell,
        }

    def _confirm_sign_up(self, order: Order, *, postman: Postman, now: datetime) -> None:
        from shared.capture import confirmation

        confirmation.fulfil(order, desk=self.confirmation_desk, postman=postman, now=now)

    @cached_property
    def front_desk(self) -> FrontDesk:
        from shared.artists.books import FrontDesk

        return FrontDesk(
            books=self.account_books,
            clerk=self.clerk,
            outbox=self.outbox,
            open_list=self.fan_fences.open,
            erase_now=self.erase_at_once,
            on_settings_changed=self.on_settings_changed,
        )

    def _compose_reply_to(self, order: Order, *, now: datetime) -> Letter | Skipped:
        return self.reply_to_links.compose(order, now=now)

    @cached_property
    def _closing_mail(self) -> ClosingMail:
        from shared.privacy.closing_mail import ClosingMail

        return ClosingMail(artists=self.artists, app_url=self.settings.front_end_url)

    # What the rooms above the fans' do for them.

    @property
    def on_fans_erased(self) -> tuple[Forget, ...]:
        return (self.forget_recipients, self.forget_exports)

    def on_fan_left(self, ref: FanRef, /) -> None:
        """Count a fan who left by the link in a blast's mail."""
        from shared.blasts import feedback

        feedback.note_left(ref, desk=self.blast_desk)

    def order_fan_export(self, artist_id: ArtistId, how: ExportFormat, /) -> str:
        """Order a fan list that a queue function builds, and return where it will be."""
        from shared.fans.exporting import ExportFormat
        from shared.privacy import exporting
        from shared.privacy.model import ExportKind

        kind = ExportKind.FANS_CSV if how is ExportFormat.CSV else ExportKind.FANS_JSONL
        export = exporting.ask(
            artist_id, kind, desk=self.export_desk, now=self.clock.now(), ids=self.ids
        )
        return f"/api/me/exports/{export.export_id}"

    # What else runs for an account and stops when it closes: each room adds its own, repeatable.

    @cached_property
    def on_closing(self) -> tuple[StopWork, ...]:
        return (self.stop_blasts,)

    # What the timer `dispatch` does with each kind of thing that comes due.

    @cached_property
    def due_handlers(self) -> dict[DueKind, DueHandler]:
        from shared.platform.schedule import DueKind

        return {
            **self.blast_due_handlers,
            **self.plan_due_handlers,
            DueKind.RELEASE_CHANGED: self.release_announcer.follow_up,
            DueKind.RELEASE_ERASURE: self.release_eraser.follow_up,
            DueKind.CLOSING: self._look_at_closing,
            DueKind.PURGE: self._begin_purge,
        }

    def _look_at_closing(self, due: Due, *, now: datetime) -> None:
        from shared.privacy import closing

        del now
        closing.look_again(due, desk=self.closing_desk, ids=self.ids)

    @cached_property
    def closing_desk(self) -> ClosingDesk:
        from shared.privacy.closing import ClosingDesk

        return ClosingDesk(
            artists=self.artists,
            schedule=self.schedule,
            fan_list=self.fan_fences,
            stops=self.on_closing,
            clerk=self.clerk,
            audit=self.audit,
            outbox=self.outbox,
            grace=self.settings.erasure_grace,
        )

    # Erasing: every room's eraser, in the order in which an account is taken apart.

    @cached_property
    def erasers(self) -> tuple[Eraser, ...]:
        from shared.privacy import erasing
        from shared.privacy.erasing import Eraser

        return (
            erasing.whole("blasts", self._erase_blasts),
            erasing.whole("plans", self.plan_eraser.erase_artist),
            erasing.whole("reminders", self.reminders.erase_artist),
            Eraser("fans", self._erase_fans),
            erasing.whole("performance", self._erase_performance),
            erasing.whole("releases", self.release_eraser.erase_artist),
            erasing.whole("uploads", self.release_eraser.erase_uploads),
            erasing.whole("exports", self._erase_exports),
            erasing.whole("remainder", self._erase_remainder),
            Eraser("account", self._erase_account),
        )

    @cached_property
    def erasure_desk(self) -> ErasureDesk:
        from shared.privacy.erasing import ErasureDesk

        return ErasureDesk(
            erasures=self.erasures,
            erasers=self.erasers,
            stops=(self.fan_purge.begin, *self.on_closing),
            closing=self.closing_desk,
            schedule=self.schedule,
            queues=self.queues,
            outbox=self.outbox,
            envelopes=lambda: self.envelopes,
        )

    @cached_property
    def minor_desk(self) -> MinorDesk:
        from shared.privacy.minors import MinorDesk

        return MinorDesk(
            books=self.account_books,
            search=self.account_search,
            clerk=self.clerk,
            answering=self.answering,
            erasure=self.erasure_desk,
            mailbox_key=self.mailbox_key,
        )

    @property
    def nightly_steps(self) -> tuple[Step, ...]:
        from shared.retention.nightly import Step

        return (
            Step("erasures_put_back", self._put_erasures_back),
            Step("graces_over", self._purge_overdue),
            *self.ageing_steps,
        )

    def _begin_purge(self, due: Due, *, now: datetime) -> None:
        from shared.privacy import erasing

        erasing.begin_due(due, desk=self.erasure_desk, now=now)

    def _put_erasures_back(self, now: datetime) -> int:
        from shared.privacy import erasing

        return erasing.put_back(desk=self.erasure_desk, now=now)

    def _purge_overdue(self, now: datetime) -> int:
        from shared.privacy import erasing

        overdue = self.account_search.grace_over(now=now)
        return erasing.purge_overdue(overdue, desk=self.erasure_desk, now=now)

    def _erase_blasts(self, artist_id: ArtistId) -> int:
        from shared.blasts import forgetting

        return forgetting.erase_artist(artist_id, desk=self.blast_desk)

    def _erase_fans(self, erasure: Erasure, now: datetime) -> Swept:
        from shared.privacy import erasing

        del now
        return erasing.fans_step(erasure, purge=self.fan_purge)

    def _erase_performance(self, artist_id: ArtistId) -> int:
        from shared.performance import erasure as performance_erasure

        return performance_erasure.erase_artist(
            artist_id, connections=self.spotify_connections, performance=self.performance
        )

    def _erase_exports(self, artist_id: ArtistId) -> int:
        from shared.privacy import export_ends

        return export_ends.erase(artist_id, desk=self.export_desk)

    def _erase_remainder(self, artist_id: ArtistId) -> int:
        from shared.privacy import gathering

        return gathering.erase_remainder(artist_id, tables=self.tables)

    def _erase_account(self, erasure: Erasure, now: datetime) -> Swept:
        from shared.artists import erasure as account_erasure
        from shared.privacy.erasing import Swept

        if erasure.artist_id is None:
            return Swept(deleted=0)
        deleted = account_erasure.erase_account(
            erasure.artist_id,
            erasure.clerk_user_id,
            books=self.account_books,
            search=self.account_search,
            clerk=self.clerk,
            now=now,
        )
        return Swept(deleted=deleted)

    def purge_at_once(self, artist: Artist) -> None:
        from shared.privacy.closing import ErasureClass

        self._close_now(artist, cause=ErasureClass.STANDARD)

    def erase_at_once(self, artist: Artist) -> None:
        from shared.privacy.closing import ErasureClass

        self._close_now(artist, cause=ErasureClass.IMMEDIATE)

    def _close_now(self, artist: Artist, *, cause: ErasureClass) -> None:
        from shared.privacy import closing

        closing.close_at_once(
            artist, cause=cause, desk=self.closing_desk, now=self.clock.now(), ids=self.ids
        )

    @cached_property
    def on_release_changed(self) -> tuple[OnChanged, ...]:
        return (self.release_days.on_release_changed,)

    @cached_property
    def on_release_deleted(self) -> tuple[OnDeleted, ...]:
        return (self._forget_release_numbers, self.plan_eraser.on_release_deleted)

    def _forget_release_numbers(self, artist_id: ArtistId, release_id: ReleaseId, /) -> None:
        from shared.performance import erasure as performance_erasure

        performance_erasure.erase_release(artist_id, release_id, performance=self.performance)

    @cached_property
    def release_announcer(self) -> Announcer:
        from shared.releases.announcing import Announcer

        return Announcer(
            self.schedule, self.releases, ids=self.ids, on_changed=self.on_release_changed
        )

    @cached_property
    def release_eraser(self) -> ReleaseEraser:
        from shared.releases.erasure import ReleaseEraser

        return ReleaseEraser(
            stores=self.release_files,
            schedule=self.schedule,
            audit=self.audit,
            ids=self.ids,
            on_deleted=self.on_release_deleted,
        )
