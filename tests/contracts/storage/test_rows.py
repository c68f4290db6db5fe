"""What a row can hold, and how it is written."""

import math
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.storage.rows import Row, Value, check_key, decode, encode
from shared.platform.storage.tables import TableStore

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,30}", fullmatch=True).filter(
    lambda name: name not in {"PartitionKey", "RowKey", "Timestamp"}
)
MOMENTS = st.datetimes(min_value=datetime(1601, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=200),
    MOMENTS,
)


def _same_types(row: Row) -> dict[str, type]:
    return {name: type(row[name]) for name in row}


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_a_row_comes_back_from_its_json_as_it_went_in(values: dict[str, Value]) -> None:
    row = Row("art_1", "t|1", values)
    back = decode(orjson.loads(encode(row)))
    assert back == row
    assert _same_types(back) == _same_types(row)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.dictionaries(NAMES, VALUES, max_size=8))
def test_a_row_comes_back_from_a_table_as_it_went_in(
    fans: TableStore, values: dict[str, Value]
) -> None:
    row = Row("art_rows", "one", values)
    fans.upsert(row)
    back = fans.get("art_rows", "one")
    assert back is not None
    assert back.values == row.values
    assert _same_types(back) == _same_types(row)


@pytest.mark.parametrize("number", [2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1, -(2**63)])
def test_whole_numbers_of_any_size_stay_whole_numbers(
    fans: TableStore, partition: str, number: int
) -> None:
    fans.insert(Row(partition, "n", {"number": number}))
    stored = fans.get(partition, "n")
    assert stored is not None
    assert stored.need("number", int) == number


def test_floats_beyond_the_finite_come_back(fans: TableStore, partition: str) -> None:
    fans.insert(Row(partition, "n", {"inf": math.inf, "low": -math.inf, "nan": math.nan}))
    stored = fans.get(partition, "n")
    assert stored is not None
    assert stored["inf"] == math.inf
    assert stored["low"] == -math.inf
    assert math.isnan(stored.need("nan", float))


def test_an_absent_value_is_not_stored(fans: TableStore, partition: str) -> None:
    fans.insert(Row(partition, "n", {"here": "", "absent": None}))
    stored = fans.get(partition, "n")
    assert stored is not None
    assert "here" in stored
    assert "absent" not in stored
    assert stored.get("absent", "default") == "default"
    assert stored.find("absent", str) is None
    with pytest.raises(KeyError):
        stored.need("absent", str)
    with pytest.raises(TypeError):
        stored.need("here", int)


def test_a_moment_is_read_in_utc_whatever_its_zone_was() -> None:
    moment = datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=1)))
    back = decode(orjson.loads(encode(Row("p", "k", {"at": moment}))))
    assert back["at"] == moment
    assert back.need("at", datetime).tzinfo == UTC


@pytest.mark.parametrize(
    "key", ["a/b", "a\\b", "a#b", "a?b", "a\tb", "a\nb", "a\x7fb", "a\x9fb", "\ud800", "k" * 513]
)
def test_a_key_that_azure_refuses_is_refused_here(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        check_key(key)


@pytest.mark.parametrize(
    "values",
    [
        {"text": "x" * 32_769},
        {"text": "🎵" * 16_385},
        {"data": b"x" * 65_537},
        {f"p{number}": 1 for number in range(253)},
        {f"p{number}": "x" * 32_000 for number in range(17)},
        {"number": 2**63},
        {"at": datetime(1600, 12, 31, tzinfo=UTC)},
        {"text": "\udc00"},
        {"not-a-name": 1},
        {"PartitionKey": "p"},
        {"": 1},
    ],
    ids=lambda values: next(iter(values)) if isinstance(values, dict) else None,
)
def test_a_row_that_azure_refuses_is_refused_here(values: dict[str, Value]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        encode(Row("p", "k", values))


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), [], {}, object()])  # noqa: DTZ001
def test_a_value_of_another_kind_is_refused(value: Value) -> None:
    with pytest.raises(TypeError):
        encode(Row("p", "k", {"value": value}))


def test_the_largest_property_is_taken(fans: TableStore, partition: str) -> None:
    largest = Row(partition, "k", {"text": "x" * 32_768, "data": b"x" * 65_536})
    fans.insert(largest)
    stored = fans.get(partition, "k")
    assert stored is not None
    assert stored.values == largest.values
