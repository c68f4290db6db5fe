"""What a stranger sends is read strictly, cheaply, and never repeated at length."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.edge import bodies
from shared.platform.problems import Invalid, InvalidJson
from shared.platform.schemas import Request

NESTED = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a"[]{}\\', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=60,
)


class Named(Request):
    title: str


def depth(value: object) -> int:
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 0


@given(NESTED, st.integers(0, 40))
def test_json_is_refused_exactly_when_it_nests_too_deeply(value: object, wrapped: int) -> None:
    for _ in range(wrapped):
        value = [value, "]["]
    raw = json.dumps(value).encode()
    if depth(value) > bodies.JSON_MAX_DEPTH:
        with pytest.raises(InvalidJson, match="levels deep"):
            bodies.strict_json(raw)
    else:
        assert bodies.strict_json(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"a":1,"a":2}', id="a name twice"),
        pytest.param(b'{"a":NaN}', id="not a number"),
        pytest.param(b"[" * 200_000, id="only opened"),
        pytest.param(b'"\\ud800"', id="half a surrogate"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[1", id="cut off"),
        pytest.param(b"1" * 5000, id="a number of 5,000 digits"),
    ],
)
def test_what_python_would_let_through_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidJson):
        bodies.strict_json(raw)


def test_a_flood_of_unknown_names_gets_a_short_answer() -> None:
    flood = json.dumps({f"{number}" * 60: 1 for number in range(5000)}).encode()
    with pytest.raises(Invalid) as refused:
        bodies.json_body(flood, {"content-type": "application/json"}, Named)
    assert len(refused.value.errors) == bodies.ERRORS_SHOWN
    assert max(len(error.field) for error in refused.value.errors) <= 100
