"""What is counted of a list, and how a change adds to it. Pure.

A shard names the first 2,000 cities, 1,000 regions, 200 sources and 200 pages that it counts and
never gives a name up, also at zero; later ones are `other` from their first fan on, so that adding
and taking away always meet the same count. A name that is too long for any place is `other` too:
fans may type where they live, and what they type must never fill the row that all of a shard's
counts lie in (1 MiB). Every count is held by status.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from shared.fans.model import LISTED, Change, FanStatus

CITIES_NAMED: Final = 2_000
REGIONS_NAMED: Final = 1_000
SOURCES_NAMED: Final = 200
PAGES_NAMED: Final = 200
# Of a name with the names that it lies in. GeoLite's longest city with its region has under 100;
# a source may be 64 characters of any script.
NAME_BYTES: Final = 256

Key = tuple[str | None, ...]
Counts = tuple[int, ...]  # In the order of LISTED.
Family = Mapping[Key, Counts]

OTHER: Final[Key] = ("\x00other",)  # Nothing has this name: it holds a control.
_NONE: Final[Counts] = (0,) * len(LISTED)
_POSITION: Final = {status: index for index, status in enumerate(LISTED)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """A shard's counts, or the whole list's. `fold` numbers a shard's versions."""

    fold: int = 0
    totals: Counts = _NONE
    countries: Family = field(default_factory=dict)  # (country)
    regions: Family = field(default_factory=dict)  # (country, region)
    cities: Family = field(default_factory=dict)  # (country, region, city)
    days: Family = field(default_factory=dict)  # (ISO day of the sign-up, UTC)
    pages: Family = field(default_factory=dict)  # (slug)
    sources: Family = field(default_factory=dict)  # (source)

    @property
    def total(self) -> int:
        """Return how many fans there are, whatever their status."""
        return sum(self.totals)


def with_changes(counters: Counters, changes: Iterable[Change]) -> Counters:
    """Return the counters after these changes, under the same fold number."""
    tally = _Tally(counters)
    for change in changes:
        tally.add(change)
    return tally.counters()


def sum_of(shards: Iterable[Counters]) -> Counters:
    """Return the counts of several shards together."""
    whole = Counters()
    for shard in shards:
        whole = replace(
            whole,
            totals=_plus(whole.totals, shard.totals),
            countries=_joined(whole.countries, shard.countries),
            regions=_joined(whole.regions, shard.regions),
            cities=_joined(whole.cities, shard.cities),
            days=_joined(whole.days, shard.days),
            pages=_joined(whole.pages, shard.pages),
            sources=_joined(whole.sources, shard.sources),
        )
    return whole


def count_of(counts: Counts, status: FanStatus) -> int:
    """Return one status' count."""
    return counts[_POSITION[status]]


class _Tally:
    """Adds changes up; lives for one fold."""

    def __init__(self, start: Counters) -> None:
        self._start = start
        self._totals = start.totals
        self._families: dict[str, dict[Key, Counts]] = {
            name: dict(getattr(start, name))
            for name in ("countries", "regions", "cities", "days", "pages", "sources")
        }

    def add(self, change: Change) -> None:
        at, by, place = _POSITION[change.status], change.by, change.place
        self._totals = _moved(self._totals, at, by)
        self._count("countries", (place.country,), at, by)
        region = (place.country, place.region)
        self._count("regions", self._name("regions", region, REGIONS_NAMED), at, by)
        city = (place.country, place.region, place.city)
        self._count("cities", self._name("cities", city, CITIES_NAMED), at, by)
        self._count("days", (change.day.isoformat(),), at, by)
        self._count("pages", self._name("pages", (change.page_slug,), PAGES_NAMED), at, by)
        self._count("sources", self._name("sources", (change.source,), SOURCES_NAMED), at, by)

    def counters(self) -> Counters:
        return replace(self._start, totals=self._totals, **self._families)  # type: ignore[arg-type]  # The names above are its fields.

    def _name(self, family: str, key: Key, limit: int) -> Key:
        named = self._families[family]
        if key in named:
            return key
        has_room = len(named) - (OTHER in named) < limit
        return key if has_room and _bytes_of(key) <= NAME_BYTES else OTHER

    def _count(self, family: str, key: Key, at: int, by: int) -> None:
        counts = self._families[family]
        counts[key] = _moved(counts.get(key, _NONE), at, by)


def _bytes_of(key: Key) -> int:
    return sum(len(part.encode()) for part in key if part)


def _moved(counts: Counts, at: int, by: int) -> Counts:
    return (*counts[:at], counts[at] + by, *counts[at + 1 :])


def _plus(one: Counts, other: Counts) -> Counts:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _joined(one: Family, other: Family) -> Family:
    whole = dict(one)
    for key, counts in other.items():
        whole[key] = _plus(whole[key], counts) if key in whole else counts
    return whole
