"""What an artist asks of the list, as the list understands it."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.fans import deleting
from shared.fans.counters import Counters, with_changes
from shared.fans.model import Change, FanStatus, Place
from shared.fans.queries import FanDeletionRequest, FanFilter
from shared.fans.schemas import FanStats
from tests.models.fans.house import NOW, House


@pytest.mark.parametrize(
    ("until", "meant"),
    [
        pytest.param("2026-12-01", datetime(2026, 12, 2, tzinfo=UTC), id="the whole day"),
        pytest.param(
            "2026-12-01T12:00:00Z", datetime(2026, 12, 1, 12, 0, 1, tzinfo=UTC), id="the second"
        ),
        pytest.param(
            "2026-12-01T12:00:00.250Z",
            datetime(2026, 12, 1, 12, 0, 0, 251_000, tzinfo=UTC),
            id="the millisecond",
        ),
    ],
)
def test_until_means_all_of_what_it_names(until: str, meant: datetime) -> None:
    assert FanFilter(until=until).selection().until == meant


def test_who_signs_up_while_fans_are_deleted_is_not_one_of_them(house: House) -> None:
    page = house.page()
    seen, late = f"seen@{page.artist.slug}.dev", f"late@{page.artist.slug}.dev"
    house.sign_up(page, seen, at=NOW)
    house.sign_up(page, late, at=NOW + timedelta(seconds=2))
    deleting.delete_many(
        page.artist_id,
        FanDeletionRequest(filter=FanFilter(), expected_count=2),
        desk=house.app.fan_deletion_desk,
        now=NOW + timedelta(seconds=1),
        ids=house.ids,
    )
    assert house.statuses(page) == {late: "pending"}


def test_a_source_named_other_is_one_of_the_others_and_no_second_row_of_that_name() -> None:
    def came_by(source: str) -> Change:
        return Change(1, NOW.date(), Place(), "ada", source, FanStatus.PENDING)

    named = [came_by(f"source-{number}") for number in range(199)]
    counters = with_changes(Counters(), [*named, came_by("other"), came_by("late"), came_by("x")])
    by_source = FanStats.of(counters, as_of=NOW).by_source
    (other,) = (row for row in by_source if row.source == "other")
    assert other.count == 3
    assert sum(row.count for row in by_source) == 202
