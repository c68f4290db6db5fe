"""Fans: the list, the page on which it grows, and fans' own pages."""

from datetime import date, datetime
from functools import cached_property

from shared.capture import showing
from shared.capture.caps import ArtistMailCap
from shared.capture.confirmation import ConfirmationDesk
from shared.capture.forms import FormTokens
from shared.capture.looks import Looks
from shared.capture.model import ShownRelease
from shared.capture.networks import NetworkLimit
from shared.capture.own_pages import OwnDesk
from shared.capture.page import CapturePages
from shared.capture.signing_up import CaptureDesk
from shared.capture.store import NoticeStore
from shared.fans.audience import Audience
from shared.fans.bulk_deletion import BulkDeletion
from shared.fans.changing import FanChanges
from shared.fans.deleting import DeletionDesk
from shared.fans.erasing import FanEraser, Forget
from shared.fans.exporting import ExportFormat, ListExports
from shared.fans.folding import FanCounters
from shared.fans.list_work import ListWork
from shared.fans.mailboxes import MailboxIndex, MailboxStamps
from shared.fans.purging import FanPurge
from shared.fans.segment_counts import SegmentCounts
from shared.fans.store import FanStore
from shared.fans.suppressions import Suppressions
from shared.fans.tokens import FanRef, FanTokens
from shared.fans.walks import FanWalks
from shared.platform import telemetry
from shared.platform.clients.maxmind import MaxMind
from shared.platform.geoip import GeoIp
from shared.platform.ids import ArtistId
from shared.platform.limits import Limits
from shared.platform.problems import Unavailable
from shared.wiring.lower_rooms import LowerRooms


class FanRoom(LowerRooms):
    """The fan list, and what the public sees of it."""

    # The list

    @cached_property
    def fans(self) -> FanStore:
        return FanStore(self.tables)

    @cached_property
    def fan_counters(self) -> FanCounters:
        return FanCounters(self.tables, self.queues)

    @cached_property
    def fan_changes(self) -> FanChanges:
        return FanChanges(self.fans, self.fan_counters, self.ids)

    @cached_property
    def mailbox_index(self) -> MailboxIndex:
        return MailboxIndex(self.tables)

    @cached_property
    def mailbox_stamps(self) -> MailboxStamps:
        return MailboxStamps(self.tables)

    @cached_property
    def suppressions(self) -> Suppressions:
        return Suppressions(self.tables)

    @cached_property
    def fan_tokens(self) -> FanTokens:
        return FanTokens(lambda: self.link_signer)

    @cached_property
    def audience(self) -> Audience:
        return Audience(self.fans, self.fan_counters)

    @cached_property
    def fan_eraser(self) -> FanEraser:
        return FanEraser(
            fans=self.fans,
            changes=self.fan_changes,
            index=self.mailbox_index,
            queues=self.queues,
        )

    @cached_property
    def fan_purge(self) -> FanPurge:
        return FanPurge(self.tables, fences=self.fan_fences, index=self.mailbox_index)

    @cached_property
    def fan_bulk_deletion(self) -> BulkDeletion:
        return BulkDeletion(eraser=self.fan_eraser, counters=self.fan_counters, ids=self.ids)

    @cached_property
    def fan_walks(self) -> FanWalks:
        return FanWalks(self.tables, self.queues)

    @cached_property
    def fan_deletion_desk(self) -> DeletionDesk:
        return DeletionDesk(
            eraser=self.fan_eraser,
            bulk=self.fan_bulk_deletion,
            walks=self.fan_walks,
            audit=self.audit,
        )

    @cached_property
    def fan_list_exports(self) -> ListExports:
        return ListExports(
            fans=self.fans,
            counters=self.fan_counters,
            order=self.order_fan_export,
            audit=self.audit,
        )

    @cached_property
    def segment_counts(self) -> SegmentCounts:
        return SegmentCounts(self.tables, self.queues, self.audience)

    @property
    def list_work(self) -> ListWork:
        return ListWork(
            walks=self.fan_walks,
            counts=self.segment_counts,
            deletion=self.fan_bulk_deletion,
            forget=self.on_fans_erased,
        )

    # What the rooms above do; `app.py` says which.

    @property
    def on_fans_erased(self) -> tuple[Forget, ...]:
        return ()

    def on_fan_left(self, ref: FanRef) -> None:
        """Tell a blast that one of its recipients left by its mail."""
        telemetry.event("blast_not_told", artist_id=ref.artist_id, reason="no_blasts")

    def order_fan_export(self, _: ArtistId, __: ExportFormat) -> str:
        """Order an export that a queue function builds, and return where it will be."""
        raise Unavailable

    # The public side

    @cached_property
    def limits(self) -> Limits:
        return Limits(self.tables)

    @cached_property
    def geoip(self) -> GeoIp:
        return GeoIp(self.settings.geoip.database, blobs=self.blobs)

    @cached_property
    def maxmind(self) -> MaxMind:
        chosen = self.settings.geoip
        return MaxMind(
            chosen.maxmind_url, account_id=chosen.maxmind_account_id, secrets=self.secrets
        )

    @cached_property
    def form_tokens(self) -> FormTokens:
        return FormTokens(lambda: self.link_signer)

    @cached_property
    def notices(self) -> NoticeStore:
        return NoticeStore(self.tables)

    @cached_property
    def capture_pages(self) -> CapturePages:
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
        )

    @cached_property
    def confirmation_desk(self) -> ConfirmationDesk:
        return ConfirmationDesk(
            fans=self.fans,
            changes=self.fan_changes,
            counters=self.fan_counters,
            index=self.mailbox_index,
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
        return OwnDesk(
            fans=self.fans,
            changes=self.fan_changes,
            eraser=self.fan_eraser,
            tokens=self.fan_tokens,
            artists=self.artists,
            on_left=self.on_fan_left,
        )

    def _shown_release(self, artist_id: ArtistId, today: date) -> ShownRelease | None:
        return showing.shown_release(artist_id, releases=self.releases, today=today)

    def _is_refused(self, mailbox: str) -> bool:
        self.suppressions.refresh()
        return self.suppressions.reason(mailbox) is not None

    def _recent_confirmations(self, artist_id: ArtistId, now: datetime) -> int:
        return self.fan_counters.recent_confirmations(artist_id, now=now)
