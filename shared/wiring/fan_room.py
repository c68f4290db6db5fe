"""Fans: the list, what is counted of it, and what is done with it whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.account_room import AccountRoom

if TYPE_CHECKING:
    from shared.fans.audience import Audience
    from shared.fans.bulk_deletion import BulkDeletion
    from shared.fans.changing import FanChanges
    from shared.fans.deleting import DeletionDesk
    from shared.fans.erasing import FanEraser, Forget
    from shared.fans.exporting import ExportFormat, ListExports
    from shared.fans.fences import FanFences
    from shared.fans.folding import FanCounters
    from shared.fans.list_work import ListWork
    from shared.fans.mailboxes import MailboxIndex, MailboxStamps
    from shared.fans.purging import FanPurge
    from shared.fans.segment_counts import SegmentCounts
    from shared.fans.store import FanStore
    from shared.fans.suppressions import Suppressions
    from shared.fans.tokens import FanTokens
    from shared.fans.walks import FanWalks
    from shared.platform.ids import ArtistId


class FanRoom(AccountRoom, ABC):
    """The fan list."""

    @cached_property
    def fans(self) -> FanStore:
        from shared.fans.store import FanStore

        return FanStore(self.tables)

    @cached_property
    def fan_fences(self) -> FanFences:
        from shared.fans.fences import FanFences

        return FanFences(self.tables)

    @cached_property
    def fan_counters(self) -> FanCounters:
        from shared.fans.folding import FanCounters

        return FanCounters(self.tables, self.queues)

    @cached_property
    def fan_changes(self) -> FanChanges:
        from shared.fans.changing import FanChanges

        return FanChanges(self.fans, self.fan_counters, self.mailbox_index, self.ids)

    @cached_property
    def mailbox_index(self) -> MailboxIndex:
        from shared.fans.mailboxes import MailboxIndex

        return MailboxIndex(self.tables)

    @cached_property
    def mailbox_stamps(self) -> MailboxStamps:
        from shared.fans.mailboxes import MailboxStamps

        return MailboxStamps(self.tables)

    @cached_property
    def suppressions(self) -> Suppressions:
        from shared.fans.suppressions import Suppressions

        return Suppressions(self.tables)

    @cached_property
    def fan_tokens(self) -> FanTokens:
        from shared.fans.tokens import FanTokens

        return FanTokens(lambda: self.link_signer)

    @cached_property
    def audience(self) -> Audience:
        from shared.fans.audience import Audience

        return Audience(self.fans, self.fan_counters)

    @cached_property
    def fan_eraser(self) -> FanEraser:
        from shared.fans.erasing import FanEraser

        return FanEraser(
            fans=self.fans,
            changes=self.fan_changes,
            queues=self.queues,
        )

    @cached_property
    def fan_purge(self) -> FanPurge:
        from shared.fans.purging import FanPurge

        return FanPurge(self.tables, fences=self.fan_fences, index=self.mailbox_index)

    @cached_property
    def fan_bulk_deletion(self) -> BulkDeletion:
        from shared.fans.bulk_deletion import BulkDeletion

        return BulkDeletion(eraser=self.fan_eraser, counters=self.fan_counters, ids=self.ids)

    @cached_property
    def fan_walks(self) -> FanWalks:
        from shared.fans.walks import FanWalks

        return FanWalks(self.tables, self.queues)

    @cached_property
    def fan_deletion_desk(self) -> DeletionDesk:
        from shared.fans.deleting import DeletionDesk

        return DeletionDesk(
            eraser=self.fan_eraser,
            bulk=self.fan_bulk_deletion,
            walks=self.fan_walks,
            suppressions=self.suppressions,
            audit=self.audit,
        )

    @cached_property
    def fan_list_exports(self) -> ListExports:
        from shared.fans.exporting import ListExports

        return ListExports(
            fans=self.fans,
            counters=self.fan_counters,
            order=self.order_fan_export,
            audit=self.audit,
        )

    @cached_property
    def segment_counts(self) -> SegmentCounts:
        from shared.fans.segment_counts import SegmentCounts

        return SegmentCounts(self.tables, self.queues, self.audience)

    @property
    def list_work(self) -> ListWork:
        from shared.fans.list_work import ListWork

        return ListWork(
            walks=self.fan_walks,
            counts=self.segment_counts,
            deletion=self.fan_bulk_deletion,
            forget=self.on_fans_erased,
        )

    @property
    @abstractmethod
    def on_fans_erased(self) -> tuple[Forget, ...]:
        """What the rooms above forget of fans that were erased; `app.py` gives it."""

    @abstractmethod
    def order_fan_export(self, artist_id: ArtistId, how: ExportFormat, /) -> str:
        """Order a list that a queue function builds; `app.py` says by which room."""
