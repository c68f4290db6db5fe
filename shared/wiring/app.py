"""The application: everything that use cases depend on, with the rooms' hooks into each other."""

from datetime import datetime
from functools import cached_property

from shared.artists.books import FrontDesk
from shared.artists.model import Artist
from shared.capture import confirmation
from shared.mail.letters import Letter
from shared.mail.orders import Composer, Fulfiller, MailRoom, Order, Skipped
from shared.mail.outbox import Template
from shared.mail.postman import Postman
from shared.performance import erasure as performance_erasure
from shared.performance.composing import spotify_reconnect
from shared.platform.dispatching import DueHandler
from shared.platform.ids import ArtistId, ReleaseId
from shared.platform.schedule import Due, DueKind
from shared.privacy import closing
from shared.privacy.closing import ClosingDesk, ErasureClass, StopWork
from shared.privacy.closing_mail import ClosingMail
from shared.releases.announcing import Announcer, OnChanged, OnDeleted
from shared.releases.erasure import ReleaseEraser
from shared.wiring.view_room import ViewRoom


class App(ViewRoom):
    """The application, made once for each process; see `current`."""

    @cached_property
    def mail_room(self) -> MailRoom:
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
        return {
            **self.plan_composers,
            Template.REPLY_TO_CONFIRMATION: self._compose_reply_to,
            Template.DELETION_SCHEDULED: self._closing_mail.compose,
            Template.BLAST_PAUSED: self.paused_mail,
            Template.SPOTIFY_RECONNECT: self._compose_spotify_reconnect,
        }

    @cached_property
    def _compose_spotify_reconnect(self) -> Composer:
        return spotify_reconnect(
            artists=self.artists,
            connections=self.spotify_connections,
            front_end=self.settings.frontend_origins[0],
        )

    # Who does an order whole: a confirmation claims its caps before the mail.

    @cached_property
    def fulfillers(self) -> dict[Template, Fulfiller]:
        return {
            Template.FAN_CONFIRMATION: self._confirm_sign_up,
            Template.BLAST_TEST: self.test_mails,
        }

    def _confirm_sign_up(self, order: Order, *, postman: Postman, now: datetime) -> None:
        confirmation.fulfil(order, desk=self.confirmation_desk, postman=postman, now=now)

    @cached_property
    def front_desk(self) -> FrontDesk:
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
        return ClosingMail(artists=self.artists, app_url=self.settings.frontend_origins[0])

    # What else runs for an account and stops when it closes: each room adds its own, repeatable.

    @cached_property
    def on_closing(self) -> tuple[StopWork, ...]:
        return (self.stop_blasts,)

    # What the timer `dispatch` does with each kind of thing that comes due.

    @cached_property
    def due_handlers(self) -> dict[DueKind, DueHandler]:
        return {
            **self.blast_due_handlers,
            **self.plan_due_handlers,
            DueKind.RELEASE_CHANGED: self.release_announcer.follow_up,
            DueKind.RELEASE_ERASURE: self.release_eraser.follow_up,
            DueKind.CLOSING: self._look_at_closing,
        }

    def _look_at_closing(self, due: Due, *, now: datetime) -> None:
        del now
        closing.look_again(due, desk=self.closing_desk, ids=self.ids)

    @cached_property
    def closing_desk(self) -> ClosingDesk:
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

    def purge_at_once(self, artist: Artist) -> None:
        self._close_now(artist, cause=ErasureClass.STANDARD)

    def erase_at_once(self, artist: Artist) -> None:
        self._close_now(artist, cause=ErasureClass.IMMEDIATE)

    def _close_now(self, artist: Artist, *, cause: ErasureClass) -> None:
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
        performance_erasure.erase_release(artist_id, release_id, performance=self.performance)

    @cached_property
    def release_announcer(self) -> Announcer:
        return Announcer(
            self.schedule, self.releases, ids=self.ids, on_changed=self.on_release_changed
        )

    @cached_property
    def release_eraser(self) -> ReleaseEraser:
        return ReleaseEraser(
            stores=self.release_files,
            schedule=self.schedule,
            audit=self.audit,
            ids=self.ids,
            on_deleted=self.on_release_deleted,
        )
