"""Counters: names are never given up, folding is adding, and everything fits into a row."""

import random
from dataclasses import replace
from datetime import date, timedelta

from shared.fans import selection
from shared.fans.counter_rows import counters_from, values_of
from shared.fans.counters import (
    CITIES_NAMED,
    NAME_BYTES,
    OTHER,
    PAGES_NAMED,
    REGIONS_NAMED,
    SOURCES_NAMED,
    Counters,
    count_of,
    sum_of,
    with_changes,
)
from shared.fans.model import LISTED, Change, FanStatus, Place
from shared.fans.selection import Selection
from shared.platform.storage.rows import Row, encode

DAY = date(2026, 12, 1)
ROW_MAX_BYTES = 900 * 1024


def change(
    by: int = 1, *, city: str = "Berlin", status: FanStatus = FanStatus.SUBSCRIBED
) -> Change:
    return Change(by, DAY, Place("DE", "Berlin", city), "ada", None, status)


def test_folding_in_parts_is_folding_at_once() -> None:
    drawn = random.Random(7)  # noqa: S311 - the same draws each time.
    changes = [
        change(drawn.choice((1, 1, -1)), city=f"c{drawn.randrange(9)}", status=drawn.choice(LISTED))
        for _ in range(500)
    ]
    whole = with_changes(Counters(), changes)
    parts = Counters()
    for start in range(0, 500, 97):
        parts = with_changes(parts, changes[start : start + 97])
    assert parts == whole


def test_a_city_beyond_the_named_ones_is_other_for_ever() -> None:
    full = with_changes(Counters(), [change(city=f"c{n}") for n in range(CITIES_NAMED)])
    more = with_changes(full, [change(city="late")])
    assert sum(more.cities[OTHER]) == 1
    emptied = with_changes(more, [change(-1, city="c0"), change(-1, city="late")])
    assert sum(emptied.cities[OTHER]) == 0
    assert ("DE", "Berlin", "c0") in emptied.cities
    assert ("DE", "Berlin", "late") not in emptied.cities


def test_the_fullest_counters_fit_into_a_row() -> None:
    drawn = random.Random(3)  # noqa: S311 - the same draws each time.

    def word(length: int) -> str:
        return "".join(drawn.choice("abcdefghijklmnopqrstuvwxyzäöüßéè") for _ in range(length))

    changes = []
    for number in range(6_000):
        place = Place(word(2).upper(), word(24), word(30))
        day = DAY - timedelta(days=number % 3_650)
        status = drawn.choice(LISTED)
        changes.append(Change(1, day, place, f"{word(36)}{number % 40}", word(64), status))
    full = with_changes(Counters(), changes)
    assert len(full.cities) == CITIES_NAMED + 1
    assert len(full.sources) == SOURCES_NAMED + 1
    row = Row("art|0", "0|stat", values_of(full))
    assert len(encode(row)) < ROW_MAX_BYTES
    assert counters_from(row) == full


def test_whatever_fans_say_of_where_they_live_fits_into_a_row() -> None:
    drawn = random.Random(5)  # noqa: S311 - the same draws each time.

    def word(length: int) -> str:
        return "".join(chr(drawn.randrange(0x4E00, 0x9FFF)) for _ in range(length))

    longest = (NAME_BYTES - 2) // 3 // 2
    changes = [
        Change(
            1, DAY, Place("CN", word(size), word(size)), word(20), word(64), drawn.choice(LISTED)
        )
        for size in (longest, 100)
        for _ in range(4_000)
    ]
    full = with_changes(Counters(), changes)
    row = Row("art|0", "0|stat", values_of(full))
    assert len(encode(row)) < ROW_MAX_BYTES
    assert len(full.regions) == REGIONS_NAMED + 1
    assert len(full.pages) == PAGES_NAMED + 1
    assert sum(map(sum, full.regions.values())) == sum(map(sum, full.cities.values())) == 8_000


def test_a_region_too_long_for_a_place_is_other_and_is_not_counted_from_counters() -> None:
    long = Change(1, DAY, Place("DE", "x" * NAME_BYTES, None), "ada", None, FanStatus.SUBSCRIBED)
    counters = with_changes(Counters(), [long, change()])
    assert sum(counters.regions[OTHER]) == 1
    assert selection.counted(Selection(country="DE", region="Berlin"), counters) is None
    assert selection.counted(Selection(country="DE"), counters) == 2
    assert sum(with_changes(counters, [replace(long, by=-1)]).regions[OTHER]) == 0


def test_the_sum_of_shards_counts_every_fan_once() -> None:
    one, two = with_changes(Counters(), [change()]), with_changes(Counters(), [change(), change()])
    assert sum_of([one, two]).total == 3
    assert count_of(sum_of([one, two]).cities["DE", "Berlin", "Berlin"], FanStatus.SUBSCRIBED) == 3


def test_one_axis_is_counted_from_the_counters_and_two_are_not() -> None:
    counters = with_changes(Counters(), [change(), change(city="Potsdam")])
    subscribed = Selection(status=FanStatus.SUBSCRIBED, country="DE", city="Potsdam")
    assert selection.counted(subscribed, counters) == 1
    two = Selection(country="DE", page_slug="ada")
    assert selection.counted(two, counters) is None
    assert selection.bound(two, counters) == 2
    assert selection.counted(Selection(release_id="rel_x"), counters) is None


def test_a_city_is_not_counted_from_counters_that_call_some_other() -> None:
    full = with_changes(Counters(), [change(city=f"c{n}") for n in range(CITIES_NAMED + 1)])
    assert selection.counted(Selection(city="c1"), full) is None
