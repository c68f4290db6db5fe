"""Capture: the page on which a list grows, the confirmation of sign-ups, and fans' own pages."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.fan_room import FanRoom

if TYPE_CHECKING:
    from shared.capture.confirmation import ConfirmationDesk
    from shared.capture.forms import FormTokens
    from shared.capture.model import ShownRelease
    from shared.capture.own_pages import OwnDesk
    from shared.capture.page import CapturePages
    from shared.capture.signing_up import CaptureDesk
    from shared.capture.store import NoticeStore
    from shared.fans.tokens import FanRef
    from shared.platform.ids import ArtistId


class CaptureRoom(FanRoom):
    """What the public sees of an artist, and fans of themselves."""

    @cached_property
    def form_tokens(self) -> FormTokens:
        from shared.capture.forms import FormTokens

        return FormTokens(lambda: self.link_signer)

    @cached_property
    def notices(self) -> NoticeStore:
        from shared.capture.store import NoticeStore

        return NoticeStore(self.tables)

    @cached_property
    def capture_pages(self) -> CapturePages:
        from shared.capture.page import CapturePages

        return CapturePages(
            artists=self.artists,
            slugs=self.account_books.slugs,
            notices=self.notices,
            forms=self.form_tokens,
            geoip=self.geoip,
            show_release=self._shown_release,
            public_base_url=self.settings.public_base_url,
        )

    @cached_property
    def capture_desk(self) -> CaptureDesk:
        from shared.capture.looks import Looks
        from shared.capture.networks import NetworkLimit
        from shared.capture.signing_up import CaptureDesk

        chosen = self.settings.capture
        return CaptureDesk(
            forms=self.form_tokens,
            networks=NetworkLimit(
                self.limits, limit=chosen.limit_per_network, key=self.mailbox_key
            ),
            geoip=self.geoip,
            fans=self.fans,
            outbox=self.outbox,
            looks=Looks(self.artists),
            pages=self.capture_pages,
            fan_id_key=self.fan_id_key,
            mailbox_key=self.mailbox_key,
            proxy_hops=chosen.trusted_proxy_hops,
            min_time=chosen.min_time,
            has_release=self._has_release,
        )

    @cached_property
    def confirmation_desk(self) -> ConfirmationDesk:
        from shared.capture.caps import ArtistMailCap
        from shared.capture.confirmation import ConfirmationDesk

        return ConfirmationDesk(
            fans=self.fans,
            changes=self.fan_changes,
            counters=self.fan_counters,
            stamps=self.mailbox_stamps,
            cap=ArtistMailCap(self.limits, recent_confirmations=self._recent_confirmations),
            artists=self.artists,
            tokens=self.fan_tokens,
            outbox=self.outbox,
            head=self.letterhead,
            is_refused=self._is_refused,
        )

    @cached_property
    def own_pages(self) -> OwnDesk:
        from shared.capture.own_pages import OwnDesk

        return OwnDesk(
            fans=self.fans,
            changes=self.fan_changes,
            eraser=self.fan_eraser,
            tokens=self.fan_tokens,
            artists=self.artists,
            limits=self.limits,
            on_left=self.on_fan_left,
        )

    @abstractmethod
    def on_fan_left(self, ref: FanRef, /) -> None:
        """Tell the room above from whose mail a fan left; `app.py` says which."""

    def _has_release(self, artist_id: ArtistId, release_id: str) -> bool:
        return self.releases.find(artist_id, release_id) is not None

    def _shown_release(self, artist_id: ArtistId, today: date) -> ShownRelease | None:
        from shared.capture import showing

        return showing.shown_release(artist_id, releases=self.releases, today=today)

    def _is_refused(self, mailbox: str) -> bool:
        self.suppressions.refresh()
        return self.suppressions.reason(mailbox) is not None

    def _recent_confirmations(self, artist_id: ArtistId, now: datetime) -> int:
        return self.fan_counters.recent_confirmations(artist_id, now=now)
