"""Work on a whole list by messages: it ends when all is done, whoever else does the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.stack.azurite import Emulator
from shared.fans import keys, list_work, transitions
from shared.fans.audience import Audience
from shared.fans.bulk_deletion import BulkDeletion
from shared.fans.changing import Outcome
from shared.fans.list_work import ListWork
from shared.fans.model import Fan, FanStatus, Lock, Step
from shared.fans.segment_counts import SegmentCounts
from shared.fans.selection import Selection
from shared.fans.walks import FanWalks
from shared.platform.storage.names import Queue
from tests.models.fans.list_of import IDS, NOW, ListOf
from tests.stored import Stored

FANS = 40


def confirm(fan_list: ListOf, hashed: str) -> None:
    """Make a pending fan a subscriber, as the mail and its link do."""

    def judge(lock: Lock, fan: Fan | None) -> Step | None:
        claimed = transitions.claimed(lock, nonce="n", now=NOW)
        step = transitions.confirmed(claimed, fan, nonce="n", now=NOW)
        return replace(step, before=lock) if step else None

    assert fan_list.changes.change(fan_list.artist, hashed, judge) is Outcome.DONE


class Office:
    """Does the work of the queue `fan-walks`, and tells what was ordered."""

    def __init__(self, fan_list: ListOf, azurite: Emulator) -> None:
        self.list = fan_list
        self.stored = Stored(azurite.connection_string)
        self.stored.clear(Queue.FAN_WALKS)
        self.forgotten: list[str] = []
        self.walks = FanWalks(fan_list.tables, fan_list.queues)
        self.bulk = BulkDeletion(eraser=fan_list.eraser, counters=fan_list.counters, ids=IDS)
        audience = Audience(fan_list.fans, fan_list.counters)
        self.work = ListWork(
            walks=self.walks,
            counts=SegmentCounts(fan_list.tables, fan_list.queues, audience),
            deletion=self.bulk,
            forget=[lambda _, hashes: self.forgotten.extend(hashes)],
        )

    def ordered(self) -> int:
        """Return how many messages wait, delayed ones included."""
        return self.list.queues.approximate_count(Queue.FAN_WALKS)

    def deliver(self, walk: str, *, later: timedelta = timedelta(0), **fields: Any) -> None:
        message = {"walk": walk, **fields}
        list_work.go_on(self.list.artist, walk, message=message, work=self.work, now=NOW + later)


@pytest.fixture
def office(fan_list: ListOf, azurite: Emulator) -> Office:
    return Office(fan_list, azurite)


def test_of_two_runs_of_one_deletion_none_ends_it_too_early(office: Office) -> None:
    """Fewer than asked for means the end; who was found and is gone already counts as found."""
    for number in range(FANS):
        office.list.join(f"fan-{number}")

    def delete() -> int:
        return office.bulk.delete(office.list.artist, Selection(), most=FANS // 2)

    with ThreadPoolExecutor(2) as runs:
        first = [runs.submit(delete) for _ in range(2)]
        assert [run.result() for run in first] == [FANS // 2] * 2
    while delete() == FANS // 2:
        pass
    assert office.bulk.count(office.list.artist, Selection()) == 0


def test_who_no_longer_fits_the_filter_is_not_deleted(office: Office) -> None:
    """A page of the list is read, and then a fan of it confirms: who is pending is another now."""
    fans = office.list
    stays, goes = fans.join("stays"), fans.join("goes")
    pending = Selection(status=FanStatus.PENDING)
    found = office.bulk._found(fans.artist, keys.shard_of(stays), pending)
    batch = [fan for fan in found if fan.hashed == stays]
    confirm(fans, stays)
    office.bulk._delete_batch(fans.artist, keys.shard_of(stays), batch, pending)
    assert office.bulk.delete(fans.artist, pending, most=10) == 1
    assert office.bulk.count(fans.artist, Selection()) == 1
    lock = fans.fans.lock(fans.artist, stays)
    assert lock is not None
    assert lock.status is FanStatus.SUBSCRIBED
    gone = fans.fans.lock(fans.artist, goes)
    assert gone is None or gone.status is FanStatus.ERASED


def test_a_deletion_whose_message_comes_before_its_row_is_looked_for(office: Office) -> None:
    walk = IDS.make("wlk", now=NOW)
    office.deliver(walk)
    assert office.ordered() == 1, "it comes again"
    office.deliver(walk, later=timedelta(minutes=3))
    assert office.ordered() == 1, "nobody will write it any more"


def test_a_fan_who_is_erased_after_the_message_came_is_forgotten_all_the_same(
    office: Office,
) -> None:
    hashed = office.list.join("ada")
    office.deliver("aftercare", fans=hashed, looks=0)
    assert (office.forgotten, office.ordered()) == ([], 1)
    office.list.eraser.erase(office.list.artist, hashed)
    office.deliver("aftercare", fans=hashed, looks=1)
    assert office.forgotten == [hashed]


def test_a_fan_who_stays_is_not_looked_after_for_ever(office: Office) -> None:
    hashed = office.list.join("ada")
    office.deliver("aftercare", fans=hashed, looks=24)
    assert (office.forgotten, office.ordered()) == ([], 0)
