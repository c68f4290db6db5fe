"""What a failing wire does to a write: never a false success, never a conflict with oneself."""

import time

import pytest

from shared.platform.problems import Problem
from shared.platform.storage.faults import (
    AlreadyExists,
    Changed,
    Missing,
    StorageUnavailable,
    TransactionFailed,
)
from shared.platform.storage.operations import Delete, Insert, Merge, Replace
from shared.platform.storage.retries import MAX_ATTEMPTS
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import TableStore
from tests.contracts.storage.faulty import (
    BUSY,
    ERROR_AFTER_WORK,
    LOST_ANSWER,
    LOST_REQUEST,
    Fault,
    FaultyWire,
)

HTML = Fault(
    delivered=False,
    status=200,
    body=b"<html>down</html>",
    headers=(("Content-Type", "text/html"),),
)
ALL = [LOST_ANSWER, LOST_REQUEST, BUSY, ERROR_AFTER_WORK, HTML]
NAMES = ["lost answer", "lost request", "busy", "error after work", "page in between"]


@pytest.mark.parametrize("fault", ALL, ids=NAMES)
def test_an_insert_succeeds_through_one_fault(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str, fault: Fault
) -> None:
    row = Row(partition, "k", {"n": 2**40, "city": "é"})
    table_wire.fail(fault)
    written = faulty_fans.insert(row)
    assert faulty_fans.get(partition, "k") == written


def test_an_insert_after_a_lost_answer_still_meets_somebody_else(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    faulty_fans.insert(Row(partition, "k", {"by": "somebody else"}))
    table_wire.fail(LOST_REQUEST)
    with pytest.raises(AlreadyExists):
        faulty_fans.insert(Row(partition, "k", {"by": "us"}))


def test_an_insert_that_lost_nothing_meets_an_equal_row(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    faulty_fans.insert(Row(partition, "go", {}))
    table_wire.seen.clear()
    with pytest.raises(AlreadyExists):
        faulty_fans.insert(Row(partition, "go", {}))
    assert len(table_wire.seen) == 1


def test_a_busy_answer_to_an_insert_is_no_licence(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    faulty_fans.insert(Row(partition, "k", {"by": "somebody else"}))
    table_wire.fail(BUSY)
    with pytest.raises(AlreadyExists):
        faulty_fans.insert(Row(partition, "k", {"by": "us"}))


@pytest.mark.parametrize("fault", ALL, ids=NAMES)
def test_conditional_writes_succeed_through_one_fault(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str, fault: Fault
) -> None:
    first = faulty_fans.insert(Row(partition, "k", {"n": 1}))
    table_wire.fail(fault)
    second = faulty_fans.replace(Row(partition, "k", {"n": 2}), etag=first.etag or "")
    table_wire.fail(fault)
    third = faulty_fans.merge(Row(partition, "k", {"m": 3}), etag=second.etag or "")
    stored = faulty_fans.get(partition, "k")
    assert stored is not None
    assert dict(stored.values) == {"n": 2, "m": 3}
    assert stored.etag == third.etag
    table_wire.fail(fault)
    assert faulty_fans.delete(partition, "k", etag=third.etag or "")


def test_a_conditional_write_after_a_lost_request_still_meets_somebody_else(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    first = faulty_fans.insert(Row(partition, "k", {"n": 1}))
    faulty_fans.upsert(Row(partition, "k", {"n": 7}))
    table_wire.fail(LOST_REQUEST)
    with pytest.raises(Changed):
        faulty_fans.replace(Row(partition, "k", {"n": 2}), etag=first.etag or "")
    table_wire.fail(LOST_REQUEST)
    with pytest.raises(Changed):
        faulty_fans.merge(Row(partition, "k", {"n": 2}), etag=first.etag or "")
    table_wire.fail(LOST_REQUEST)
    with pytest.raises(Missing):
        faulty_fans.merge(Row(partition, "none"), etag="*")


@pytest.mark.parametrize("fault", ALL, ids=NAMES)
def test_a_transaction_succeeds_once_through_one_fault(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str, fault: Fault
) -> None:
    faulty_fans.insert(Row(partition, "open", {"epoch": 1}))
    old = faulty_fans.insert(Row(partition, "old", {"n": 1}))
    faulty_fans.insert(Row(partition, "gone", {}))
    table_wire.fail(fault)
    etags = faulty_fans.transact(
        partition,
        [
            Merge(Row(partition, "open"), etag="*"),
            Insert(Row(partition, "new", {"token": "x"})),
            Replace(Row(partition, "old", {"n": 2}), etag=old.etag or ""),
            Delete("gone"),
        ],
    )
    rows = {row.key: row for row in faulty_fans.query(partition=partition)}
    assert set(rows) == {"open", "new", "old"}
    assert rows["old"]["n"] == 2
    assert etags == [rows["open"].etag, rows["new"].etag, rows["old"].etag, ""]


def test_a_transaction_after_a_lost_request_still_meets_somebody_else(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    faulty_fans.insert(Row(partition, "open", {}))
    faulty_fans.insert(Row(partition, "chunk", {"token": "theirs"}))
    table_wire.fail(LOST_REQUEST)
    with pytest.raises(TransactionFailed) as failed:
        faulty_fans.transact(
            partition,
            [
                Merge(Row(partition, "open"), etag="*"),
                Insert(Row(partition, "chunk", {"token": "ours"})),
            ],
        )
    assert (failed.value.index, failed.value.reason) == (1, AlreadyExists)


def test_a_storage_that_stays_away_is_said_to_be_away_soon(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    table_wire.fail(*[BUSY] * 10)
    began = time.monotonic()
    with pytest.raises(StorageUnavailable) as away:
        faulty_fans.get(partition, "k")
    assert time.monotonic() - began < 10
    assert len(table_wire.seen) == MAX_ATTEMPTS
    assert isinstance(away.value, Problem)
    assert away.value.status == 503
    assert "Retry-After" in away.value.headers


def test_a_storage_that_asks_for_a_long_wait_is_away(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    table_wire.fail(Fault(delivered=False, status=503, headers=(("Retry-After", "60"),)))
    began = time.monotonic()
    with pytest.raises(StorageUnavailable):
        faulty_fans.get(partition, "k")
    assert time.monotonic() - began < 1


def test_a_write_whose_outcome_is_not_known_is_no_success(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    table_wire.fail(*[LOST_ANSWER] * 10)
    with pytest.raises(StorageUnavailable):
        faulty_fans.insert(Row(partition, "k", {"n": 1}))
    table_wire.faults.clear()
    assert faulty_fans.get(partition, "k") is not None
