"""Counts that only a walk can make: one shard a message, good for ten minutes."""

from datetime import timedelta

from shared.fans import transitions
from shared.fans.audience import Audience
from shared.fans.keys import SHARDS
from shared.fans.model import Fan, Lock, Step
from shared.fans.segment_counts import GOOD_FOR, SegmentCounts, count_id
from shared.fans.selection import Selection
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.queues import Queues
from tests.models.fans.list_of import NOW, ListOf

BERLIN = Selection(city="Berlin", page_slug="ada")


def _subscribe(lock: Lock, fan: Fan | None) -> Step | None:
    return transitions.opted_in_singly(lock, fan, now=NOW) if fan else None


def test_a_large_segment_on_several_axes_is_counted_by_messages(account: StorageAccount) -> None:
    list_of = ListOf(account)
    list_of.fences.open(list_of.artist, epoch=1)
    for number in range(12):
        hashed = list_of.join(f"fan{number}")
        if number < 9:
            list_of.changes.change(list_of.artist, hashed, _subscribe)
    audience = Audience(list_of.fans, list_of.counters, counted_at_once=0)
    queues = Queues(account, correlation_id=lambda: "-")
    counts = SegmentCounts(list_of.tables, queues, audience)
    assert counts.count(list_of.artist, BERLIN, now=NOW) is None
    for _ in SHARDS:
        assert counts.count(list_of.artist, BERLIN, now=NOW) is None
        counts.step(list_of.artist, count_id(BERLIN), now=NOW)
    counts.step(list_of.artist, count_id(BERLIN), now=NOW)
    assert counts.count(list_of.artist, BERLIN, now=NOW + GOOD_FOR) == 9
    assert counts.count(list_of.artist, Selection(city="Paris", page_slug="ada"), now=NOW) == 0
    late = NOW + GOOD_FOR + timedelta(seconds=1)
    assert counts.count(list_of.artist, BERLIN, now=late) is None
    assert counts.count(list_of.artist, Selection(), now=late) == 9
