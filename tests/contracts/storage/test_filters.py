"""Filters: values never become syntax."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.storage.filters import either, eq, every, ge, gt, le, literal, lt, ne
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import TableStore
from tests.contracts.storage.test_rows import MOMENTS

TEXTS = st.text(
    st.one_of(st.sampled_from("' \"()&%+=@$,;/\\#?\n\t\0🎵é"), st.characters(codec="utf-8")),
    max_size=60,
)
NASTY = ["", "'", "''", "' or PartitionKey ne '", "a b", "é🎵", "%27", "+", "x')", "@x", "a&b=c#d"]


@given(TEXTS)
def test_a_text_is_one_literal_however_many_quotes_it_holds(text: str) -> None:
    quoted = literal(text)
    assert quoted.startswith("'")
    assert quoted.endswith("'")
    inside = quoted[1:-1]
    # Every quote inside is doubled, so that none can end the literal.
    assert "'" not in inside.replace("''", "")
    assert inside.replace("''", "'") == text


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_any_text_finds_exactly_its_row(fans: TableStore, text: str) -> None:
    fans.upsert(Row("art_filter", "one", {"city": text}))
    fans.upsert(Row("art_filter", "other", {"city": text + "x"}))
    found = list(fans.query(partition="art_filter", where=eq("city", text)))
    assert [row.key for row in found] == ["one"]


@pytest.mark.parametrize("key", [*NASTY[:-1], "a&b=c"])
def test_any_key_names_exactly_its_row(fans: TableStore, partition: str, key: str) -> None:
    fans.insert(Row(partition, key, {"n": 1}))
    fans.insert(Row(partition, key + "x", {"n": 2}))
    assert fans.get(partition, key) is not None
    assert [row.key for row in fans.query(partition=partition, first=key, last=key + "x")] == [key]
    assert fans.delete(partition, key)
    assert fans.get(partition, key) is None
    assert fans.get(partition, key + "x") is not None


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    value=st.one_of(
        st.booleans(),
        st.integers(min_value=-(2**31), max_value=2**31 - 1),
        st.integers(min_value=2**31, max_value=2**53),
        MOMENTS,
        st.binary(min_size=1, max_size=20),
    )
)
def test_any_value_finds_its_row(fans: TableStore, value: Value) -> None:
    fans.upsert(Row("art_values", "one", {"value": value}))
    found = list(fans.query(partition="art_values", where=eq("value", value)))
    assert [row.key for row in found] == ["one"]


def test_comparisons_join_as_they_are_nested(fans: TableStore, partition: str) -> None:
    for number in range(6):
        fans.insert(Row(partition, f"k{number}", {"n": number, "even": number % 2 == 0}))

    def keys(where: object) -> str:
        found = fans.query(partition=partition, where=where)  # type: ignore[arg-type] # brevity
        return "".join(row.key[1:] for row in found)

    assert keys(lt("n", 2)) == "01"
    assert keys(le("n", 2) & ge("n", 1)) == "12"
    assert keys(gt("n", 4) | lt("n", 1)) == "05"
    assert keys(ne("n", 3)) == "01245"
    assert keys(every(eq("even", value=True), either(eq("n", 1), eq("n", 4)))) == "4"
    assert keys(either(every(eq("even", value=True), eq("n", 0)), eq("n", 5))) == "05"


def test_a_property_that_is_absent_matches_nothing(fans: TableStore, partition: str) -> None:
    fans.insert(Row(partition, "k", {}))
    assert list(fans.query(partition=partition, where=eq("x", "y"))) == []


@pytest.mark.parametrize("name", ["a b", "a'b", "", "1x", "n eq 1 or n", "Timestamp"])
def test_a_name_never_becomes_syntax(name: str) -> None:
    with pytest.raises(ValueError, match="property"):
        eq(name, 1)


def test_more_comparisons_than_azure_takes_are_refused() -> None:
    fifteen = either(*(eq("n", number) for number in range(15)))
    with pytest.raises(ValueError, match="15"):
        either(fifteen, eq("n", 15))
