"""Privacy and operations: exports, requests, policies, the nightly round, the deep look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.view_room import ViewRoom

if TYPE_CHECKING:
    from shared.artists.searching import AccountSearch
    from shared.mail.letters import Letter
    from shared.mail.orders import Composer, Order, Skipped
    from shared.mail.outbox import Template
    from shared.platform.dependencies import Dependencies
    from shared.platform.ids import ArtistId
    from shared.privacy.answering import Answering
    from shared.privacy.archive import ManifestKey
    from shared.privacy.erasure_store import ErasureStore
    from shared.privacy.exporting import ExportDesk
    from shared.privacy.farewell import Farewell
    from shared.privacy.policy_store import PolicyStore
    from shared.privacy.publishing import NoticeBoard
    from shared.privacy.request_store import RequestStore
    from shared.privacy.requesting import RequestDesk
    from shared.retention.nightly import Step


_CAUSES_KEPT_FOR = timedelta(days=7)


class PrivacyRoom(ViewRoom):
    """What is done across rooms for people, and for operators."""

    @cached_property
    def account_search(self) -> AccountSearch:
        from shared.artists.searching import AccountSearch

        return AccountSearch(self.tables)

    # Exports

    @property
    def manifest_key(self) -> ManifestKey:
        from shared.platform.secrets import SecretName
        from shared.privacy.archive import ManifestKey

        return ManifestKey(self.secrets.get(SecretName.MANIFEST_SIGNING_KEY))

    @property
    def export_desk(self) -> ExportDesk:
        from shared.privacy.export_store import ExportStore
        from shared.privacy.exporting import ExportDesk

        return ExportDesk(
            exports=ExportStore(self.tables),
            artists=self.artists,
            tables=self.tables,
            blobs=self.blobs,
            queues=self.queues,
            outbox=self.outbox,
            audit=self.audit,
            fans_csv=self._fans_csv,
            fans_jsonl=self._fans_jsonl,
            count_fans=lambda artist_id: self.fan_counters.exact(artist_id).total,
            signer=self.link_signer,
            manifest_key=lambda: self.manifest_key,
            public_base_url=self.settings.public_base_url,
            app_url=self.settings.front_end_url,
        )

    def forget_exports(self, artist_id: ArtistId, _: Sequence[str]) -> None:
        """Take away the exports in which an erased fan may still be."""
        from shared.privacy import export_ends

        export_ends.forget(artist_id, desk=self.export_desk)

    def _fans_csv(self, artist_id: ArtistId) -> Iterable[bytes]:
        from shared.fans import exporting as fan_lists
        from shared.fans.exporting import ExportFormat

        return fan_lists.pieces(artist_id, ExportFormat.CSV, fans=self.fans)

    def _fans_jsonl(self, artist_id: ArtistId) -> Iterable[bytes]:
        from shared.fans import exporting as fan_lists
        from shared.fans.exporting import ExportFormat

        return fan_lists.pieces(artist_id, ExportFormat.JSONL, fans=self.fans)

    # Requests and the policy

    @cached_property
    def privacy_requests(self) -> RequestStore:
        from shared.privacy.request_store import RequestStore

        return RequestStore(self.tables)

    @cached_property
    def answering(self) -> Answering:
        from shared.privacy.answering import Answering

        return Answering(
            index=self.mailbox_index,
            fans=self.fans,
            changes=self.fan_changes,
            eraser=self.fan_eraser,
            artists=self.artists,
            tokens=self.fan_tokens,
            public_base_url=self.settings.public_base_url,
        )

    @cached_property
    def request_desk(self) -> RequestDesk:
        from shared.privacy.requesting import RequestDesk

        return RequestDesk(
            requests=self.privacy_requests,
            limits=self.limits,
            outbox=self.outbox,
            envelopes=lambda: self.envelopes,
            signer=lambda: self.link_signer,
            mailbox_key=self.mailbox_key,
            answering=self.answering,
            public_base_url=self.settings.public_base_url,
        )

    @cached_property
    def policies(self) -> PolicyStore:
        from shared.privacy.policy_store import PolicyStore

        return PolicyStore(self.tables)

    @cached_property
    def notice_board(self) -> NoticeBoard:
        from shared.privacy.publishing import NoticeBoard, NoticeLedger

        return NoticeBoard(
            policies=self.policies,
            artists=self.artists,
            banners=self.banners,
            outbox=self.outbox,
            ledger=NoticeLedger(self.tables),
            public_base_url=self.settings.public_base_url,
        )

    @cached_property
    def erasures(self) -> ErasureStore:
        from shared.privacy.erasure_store import ErasureStore

        return ErasureStore(self.tables)

    @cached_property
    def farewell(self) -> Farewell:
        from shared.privacy.farewell import Farewell

        return Farewell(
            erasures=self.erasures, envelopes=lambda: self.envelopes, head=self.letterhead
        )

    @cached_property
    def privacy_composers(self) -> dict[Template, Composer]:
        from shared.mail.outbox import Template

        return {
            Template.EXPORT_READY: self._export_ready,
            Template.PRIVACY_REQUEST_CONFIRMATION: self._request_confirmation,
            Template.PRIVACY_REQUEST_ANSWERED: self._request_answered,
            Template.POLICY_CHANGE: self._policy_change,
        }

    def _export_ready(self, order: Order, *, now: datetime) -> Letter | Skipped:
        from shared.privacy import exporting

        return exporting.compose(order, desk=self.export_desk, now=now)

    def _request_confirmation(self, order: Order, *, now: datetime) -> Letter | Skipped:
        from shared.privacy import requesting

        return requesting.compose_confirmation(order, desk=self.request_desk, now=now)

    def _request_answered(self, order: Order, *, now: datetime) -> Letter | Skipped:
        from shared.privacy import requesting

        return requesting.compose_answer(order, desk=self.request_desk, now=now)

    def _policy_change(self, order: Order, *, now: datetime) -> Letter | Skipped:
        from shared.privacy import publishing

        return publishing.compose(order, board=self.notice_board, now=now)

    # The nightly round: which rooms are asked; `app.py` adds the erasures.

    @property
    def ageing_steps(self) -> tuple[Step, ...]:
        from shared.blasts import forgetting
        from shared.privacy import export_ends
        from shared.releases import sweeping
        from shared.retention.nightly import Step

        return (
            Step("performance", self._old_performance),
            Step("unconfirmed_fans", self._unconfirmed_fans),
            Step("stamps", self._old_stamps),
            Step("ledgers", lambda now: forgetting.retire_ledgers(desk=self.blast_desk, now=now)),
            Step("uploads", lambda now: sweeping.sweep(stores=self.release_files, now=now)),
            Step("exports", lambda now: export_ends.sweep(desk=self.export_desk, now=now)),
            Step("idempotency", lambda now: self.idempotency_keys.forget_old(now=now)),
            Step("deliveries", lambda now: self.account_books.memory.forget_old(now=now)),
            Step("slugs", lambda now: self.account_books.slugs.forget_ended(now=now)),
            Step("poison_causes", self._old_causes),
            Step("privacy_requests", self._old_requests),
            Step("farewells", lambda now: self.farewell.forget_old(now=now)),
        )

    def _old_performance(self, now: datetime) -> int:
        from shared.performance import erasure as performance_erasure

        return performance_erasure.purge_old(
            performance=self.performance, connections=self.spotify_connections, now=now
        )

    def _unconfirmed_fans(self, now: datetime) -> int:
        from shared.fans import aging
        from shared.retention import nightly
        from shared.retention.bookmarks import Bookmark

        def expire(artist_id: ArtistId) -> int:
            return aging.expire_unconfirmed(
                artist_id, fans=self.fans, changes=self.fan_changes, now=now
            )

        bookmark = Bookmark(self.tables)
        return nightly.each_artist(
            self._artists_behind, expire, step="unconfirmed_fans", bookmark=bookmark
        )

    def _artists_behind(self, reached: str | None) -> Iterator[ArtistId]:
        return (artist_id for artist_id, _, _ in self.artists.profiles(after=reached))

    def _old_stamps(self, now: datetime) -> int:
        from shared.fans import aging

        return aging.forget_stamps(stamps=self.mailbox_stamps, limits=self.limits, now=now)

    def _old_causes(self, now: datetime) -> int:
        return self.poison_messages.forget_causes(now=now, older_than=_CAUSES_KEPT_FOR)

    def _old_requests(self, now: datetime) -> int:
        from shared.privacy import deciding

        return deciding.sweep(requests=self.privacy_requests, now=now)

    # The deep look

    @cached_property
    def dependencies(self) -> Dependencies:
        from shared.platform.dependencies import Dependencies

        return Dependencies(
            tables=self.tables,
            queues=self.queues,
            poison=self.poison_messages,
            secrets=self.secrets,
            resend=self.resend,
            geoip=self.geoip,
            limits=self.limits,
            clock=self.clock,
        )
