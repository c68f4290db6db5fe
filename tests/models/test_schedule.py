"""What comes due says whose it is, or says that it cannot."""

from datetime import UTC, datetime

import pytest

from shared.platform.schedule import Due, DueKind
from shared.platform.storage.rows import Value


def _due(facts: dict[str, Value]) -> Due:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    return Due(kind=DueKind.PLAN_WATCH, subject="plan_1", at=at, facts=facts)


def test_what_comes_due_names_its_artist() -> None:
    assert _due({"artist_id": "art_1"}).artist_id == "art_1"


@pytest.mark.parametrize("facts", [{}, {"artist_id": None}, {"artist_id": ""}, {"artist_id": 7}])
def test_what_names_no_artist_never_belongs_to_one_called_none(facts: dict[str, Value]) -> None:
    with pytest.raises(ValueError, match="plan-watch names no artist"):
        _ = _due(facts).artist_id
