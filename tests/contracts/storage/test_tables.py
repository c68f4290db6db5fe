"""Conditional writes, queries and transactions, against a running Azurite."""

import pytest

from shared.platform.storage.account import StorageAccount
from shared.platform.storage.faults import (
    AlreadyExists,
    Changed,
    Missing,
    StorageRefused,
    TransactionFailed,
)
from shared.platform.storage.filters import eq, le
from shared.platform.storage.names import Table
from shared.platform.storage.operations import (
    Delete,
    Insert,
    Merge,
    Operation,
    Replace,
    Upsert,
)
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import Page, Tables, TableStore
from tests.contracts.storage.faulty import Fault, FaultyWire


def _stale(fans: TableStore, partition: str, key: str) -> str:
    """Write a row twice and return the first version's ETag."""
    first = fans.upsert(Row(partition, key, {"n": 1}))
    fans.upsert(Row(partition, key, {"n": 2}))
    return first.etag or ""


def test_an_insert_meets_what_is_there(fans: TableStore, partition: str) -> None:
    written = fans.insert(Row(partition, "k", {"n": 1}))
    with pytest.raises(AlreadyExists):
        fans.insert(Row(partition, "k", {"n": 1}))
    assert fans.get(partition, "k") == written


def test_a_replacement_needs_the_version_it_names(fans: TableStore, partition: str) -> None:
    stale = _stale(fans, partition, "k")
    with pytest.raises(Changed):
        fans.replace(Row(partition, "k", {"n": 3}), etag=stale)
    with pytest.raises(Missing):
        fans.replace(Row(partition, "gone", {"n": 3}), etag="*")
    current = fans.get(partition, "k")
    assert current is not None
    replaced = fans.replace(Row(partition, "k", {"m": 3}), etag=current.etag or "")
    assert fans.get(partition, "k") == replaced
    assert "n" not in replaced


def test_a_merge_keeps_what_it_does_not_name(fans: TableStore, partition: str) -> None:
    stale = _stale(fans, partition, "k")
    with pytest.raises(Changed):
        fans.merge(Row(partition, "k", {"n": 3}), etag=stale)
    merged = fans.merge(Row(partition, "k", {"m": 3}), etag="*")
    stored = fans.get(partition, "k")
    assert stored is not None
    assert stored.etag == merged.etag
    assert dict(stored.values) == {"n": 2, "m": 3}


def test_a_merge_with_nothing_asserts_that_a_row_is_there(fans: TableStore, partition: str) -> None:
    with pytest.raises(Missing):
        fans.merge(Row(partition, "live"), etag="*")
    fans.insert(Row(partition, "live", {"epoch": 1}))
    fans.merge(Row(partition, "live"), etag="*")
    stored = fans.get(partition, "live")
    assert stored is not None
    assert stored["epoch"] == 1


def test_a_delete_tells_whether_there_was_anything(fans: TableStore, partition: str) -> None:
    stale = _stale(fans, partition, "k")
    with pytest.raises(Changed):
        fans.delete(partition, "k", etag=stale)
    assert fans.delete(partition, "k")
    assert not fans.delete(partition, "k")


def test_a_projection_reads_only_what_it_names(fans: TableStore, partition: str) -> None:
    fans.insert(Row(partition, "k", {"address": "a", "city": "b", "n": 2**40}))
    read = fans.get(partition, "k", select=["city", "n"])
    assert read is not None
    assert dict(read.values) == {"city": "b", "n": 2**40}
    assert (read.partition, read.key) == (partition, "k")
    [listed] = fans.query(partition=partition, select=[])
    assert (listed.partition, listed.key, dict(listed.values)) == (partition, "k", {})


def test_a_query_follows_its_pages(fans: TableStore, partition: str) -> None:
    rows = [Row(partition, f"k{number:03}", {"n": number}) for number in range(120)]
    for start in (0, 60):
        fans.transact(partition, [Insert(row) for row in rows[start : start + 60]])
    assert [row["n"] for row in fans.query(partition=partition, page_size=7)] == [*range(120)]
    part = fans.query(partition=partition, first="k010", last="k020", where=le("n", 14))
    assert [row["n"] for row in part] == [10, 11, 12, 13, 14]


def test_a_page_continues_where_the_last_one_ended(fans: TableStore, partition: str) -> None:
    fans.transact(partition, [Insert(Row(partition, f"k{number}")) for number in range(5)])
    first = fans.page(partition=partition, limit=3)
    assert [row.key for row in first.rows] == ["k0", "k1", "k2"]
    rest = fans.page(partition=partition, limit=3, token=first.token)
    assert [row.key for row in rest.rows] == ["k3", "k4"]
    assert rest.token is None


@pytest.mark.parametrize("token", ["nonsense", "bnVsbA==", "*"])
def test_a_token_that_no_page_gave_is_refused(fans: TableStore, token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        fans.page(partition="p", limit=3, token=token)


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_page_has_one_to_a_thousand_rows(fans: TableStore, limit: int) -> None:
    with pytest.raises(ValueError, match="page"):
        fans.page(partition="p", limit=limit)


def test_an_empty_page_with_a_token_is_not_the_end(
    faulty_fans: TableStore, table_wire: FaultyWire, partition: str
) -> None:
    faulty_fans.insert(Row(partition, "k", {}))
    empty = Fault(
        delivered=False,
        status=200,
        body=b'{"value":[]}',
        headers=(
            ("Content-Type", "application/json"),
            ("x-ms-continuation-NextPartitionKey", "MSE0IWE-"),
        ),
    )
    table_wire.fail(empty)
    page = faulty_fans.page(partition=partition, limit=10)
    assert page == Page([], page.token)
    assert page.token is not None
    table_wire.fail(
        empty,
        Fault(
            delivered=False,
            status=200,
            body=b'{"value":[]}',
            headers=(("Content-Type", "application/json"),),
        ),
    )
    table_wire.seen.clear()
    assert list(faulty_fans.query(partition=partition)) == []
    assert len(table_wire.seen) == 2
    assert table_wire.seen[1].endswith("&NextPartitionKey=MSE0IWE-")


def test_partitions_can_be_asked_as_a_range(account: StorageAccount) -> None:
    schedule = Tables(account).table(Table.SCHEDULE)
    partitions = ("202612010800", "202612010801", "pace")
    for minute in partitions:
        schedule.upsert(Row(minute, "range", {}))
    due = schedule.query(where=le("PartitionKey", "202612010800"), select=[])
    found = [(row.partition, row.key) for row in due if row.key == "range"]
    for minute in partitions:
        schedule.delete(minute, "range")
    assert found == [("202612010800", "range")]


def test_a_transaction_is_carried_out_whole(fans: TableStore, partition: str) -> None:
    kept = fans.insert(Row(partition, "kept", {"n": 1, "m": 1}))
    fans.insert(Row(partition, "gone", {}))
    values: dict[str, Value] = {"city": "Köln 🎵 HTTP/1.1 409", "big": 2**40, "data": b"\r\n\r\n"}
    etags = fans.transact(
        partition,
        [
            Merge(Row(partition, "kept", {"n": 2}), etag=kept.etag or ""),
            Insert(Row(partition, "new '1'", values)),
            Delete("gone"),
            Upsert(Row(partition, "up", {"n": 1})),
        ],
    )
    rows = {row.key: row for row in fans.query(partition=partition)}
    assert {key: dict(row.values) for key, row in rows.items()} == {
        "kept": {"n": 2, "m": 1},
        "new '1'": values,
        "up": {"n": 1},
    }
    assert etags == [rows["kept"].etag, rows["new '1'"].etag, "", rows["up"].etag]


def test_a_hundred_operations_are_one_transaction(fans: TableStore, partition: str) -> None:
    operations = [Insert(Row(partition, f"k{number:03}", {"n": number})) for number in range(100)]
    etags = fans.transact(partition, operations)
    assert len(etags) == 100
    assert all(etags)


@pytest.mark.parametrize("index", [0, 1, 4])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("insert", AlreadyExists),
        ("replace", Changed),
        ("merge", Changed),
        ("delete", Changed),
        ("fence", Missing),
        ("replace nothing", Missing),
        ("delete nothing", Missing),
    ],
)
def test_a_failed_transaction_tells_which_operation_and_why(
    fans: TableStore, partition: str, index: int, kind: str, reason: type[Exception]
) -> None:
    stale = _stale(fans, partition, "k")
    failing: dict[str, Operation] = {
        "insert": Insert(Row(partition, "k", {})),
        "replace": Replace(Row(partition, "k", {}), etag=stale),
        "merge": Merge(Row(partition, "k", {}), etag=stale),
        "delete": Delete("k", etag=stale),
        "fence": Merge(Row(partition, "no fence", {}), etag="*"),
        "replace nothing": Replace(Row(partition, "nothing", {}), etag="*"),
        "delete nothing": Delete("nothing"),
    }
    operations: list[Operation] = [Insert(Row(partition, f"n{n}", {})) for n in range(4)]
    operations.insert(index, failing[kind])
    with pytest.raises(TransactionFailed) as failed:
        fans.transact(partition, operations)
    assert (failed.value.index, failed.value.reason) == (index, reason)
    assert [row.key for row in fans.query(partition=partition)] == ["k"]


@pytest.mark.parametrize("keys", [[], ["k"] * 2, [f"k{number}" for number in range(101)]], ids=len)
def test_what_is_no_transaction_is_refused_here(
    fans: TableStore, partition: str, keys: list[str]
) -> None:
    with pytest.raises(ValueError, match="transaction"):
        fans.transact(partition, [Insert(Row(partition, key, {})) for key in keys])


def test_a_transaction_stays_in_its_partition(fans: TableStore, partition: str) -> None:
    with pytest.raises(ValueError, match="partition"):
        fans.transact(partition, [Insert(Row("art_other", "k", {}))])


def test_a_transaction_has_at_most_four_mebibytes(fans: TableStore, partition: str) -> None:
    rows = [Row(partition, f"k{n}", {"data": b"x" * 65_000}) for n in range(60)]
    with pytest.raises(ValueError, match="4 MiB"):
        fans.transact(partition, [Insert(row) for row in rows])


def test_an_etag_cannot_smuggle_a_header_into_a_transaction(
    fans: TableStore, partition: str
) -> None:
    with pytest.raises(ValueError, match="ETag"):
        fans.transact(partition, [Delete("k", etag="*\r\nX-Evil: 1")])


def test_a_table_that_is_not_there_is_no_missing_row(absent_table: TableStore) -> None:
    with pytest.raises(StorageRefused, match="TableNotFound"):
        absent_table.get("p", "k")
    with pytest.raises(StorageRefused, match="TableNotFound"):
        absent_table.insert(Row("p", "k", {}))
    with pytest.raises(StorageRefused, match="TableNotFound"):
        list(absent_table.query(partition="p", where=eq("n", 1)))
