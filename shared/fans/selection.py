"""Which fans are meant: the filters of the list, of bulk deletion, and of a blast's segment. Pure.

Places, dates, page, release and source are axes; a status is none. Countries, regions and cities
are one axis, since a city lies in its region.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from shared.fans.counters import OTHER, Counters, Counts, Family, count_of
from shared.fans.keys import DATA_ROWS, first_key_until, last_key_since
from shared.fans.model import Fan, FanStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions that all hold; None asks for nothing. Moments are of the first sign-up."""

    status: FanStatus | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    since: datetime | None = None  # At or after.
    until: datetime | None = None  # Before.
    page_slug: str | None = None
    release_id: str | None = None
    source: str | None = None

    @property
    def axes(self) -> list["Selection"]:
        """Return one selection for each axis that asks for something, without a status."""
        return [each for each in self._by_axis() if each != Selection()]

    @property
    def fields(self) -> dict[str, str]:
        """Return the conditions that are equalities, by the property of the data row."""
        pairs = {
            "status": self.status.value if self.status else None,
            "country": self.country,
            "region": self.region,
            "city": self.city,
            "page_slug": self.page_slug,
            "release_id": self.release_id,
            "source": self.source,
        }
        return {name: value for name, value in pairs.items() if value is not None}

    @property
    def key_range(self) -> tuple[str, str]:
        """Return the range of data rows that the dates leave."""
        first = first_key_until(self.until) if self.until else DATA_ROWS[0]
        last = last_key_since(self.since) if self.since else DATA_ROWS[1]
        return first, last

    def fits(self, fan: Fan) -> bool:
        """Tell whether a fan is meant, as the fan is now."""
        since, until = self.since or fan.subscribed_at, self.until
        is_in_time = since <= fan.subscribed_at and (until is None or fan.subscribed_at < until)
        have = {
            "status": fan.status.value,
            "country": fan.place.country,
            "region": fan.place.region,
            "city": fan.place.city,
            "page_slug": fan.page_slug,
            "release_id": fan.release_id,
            "source": fan.source,
        }
        return is_in_time and all(have[name] == value for name, value in self.fields.items())

    def _by_axis(self) -> Iterator["Selection"]:
        yield Selection(country=self.country, region=self.region, city=self.city)
        yield Selection(since=self.since, until=self.until)
        yield Selection(page_slug=self.page_slug)
        yield Selection(release_id=self.release_id)
        yield Selection(source=self.source)


def counted(selection: Selection, counters: Counters) -> int | None:
    """Return how many fans of a status fit, or None where counters cannot tell.

    They can tell for one axis at most, and not for releases, for part of a day, or for a region,
    city, page or source while some shard counts anybody as `other`.
    """
    axes = selection.axes
    if not axes:
        return _of(counters.totals, selection.status)
    if len(axes) > 1:
        return None
    found = _matching(axes[0], counters)
    return None if found is None else sum(_of(counts, selection.status) for counts in found)


def bound(selection: Selection, counters: Counters) -> int:
    """Return how many fans fit at most: what the smallest axis holds."""
    known = [counted(replace(axis, status=selection.status), counters) for axis in selection.axes]
    whole = _of(counters.totals, selection.status)
    return min((count for count in known if count is not None), default=whole)


def _matching(axis: Selection, counters: Counters) -> list[Counts] | None:
    if axis.release_id is not None:
        return None
    if axis.page_slug is not None:
        return _named(counters.pages, (axis.page_slug,))
    if axis.source is not None:
        return _named(counters.sources, (axis.source,))
    if axis.since is not None or axis.until is not None:
        return _days(axis, counters.days)
    return _place(axis, counters)


def _place(axis: Selection, counters: Counters) -> list[Counts] | None:
    family = counters.cities
    if axis.city is None:
        family = counters.countries if axis.region is None else counters.regions
    if _has_others(family):
        return None
    wanted = (axis.country, axis.region, axis.city)
    return [
        counts
        for key, counts in family.items()
        if all(want in (None, have) for want, have in zip(wanted, key, strict=False))
    ]


def _named(family: Family, key: tuple[str]) -> list[Counts] | None:
    return None if _has_others(family) else [family[key]] if key in family else []


def _has_others(family: Family) -> bool:
    """Tell whether anybody is counted under no name. Once somebody was, the name stays, at zero."""
    return any(family.get(OTHER, ()))


def _days(axis: Selection, days: Family) -> list[Counts] | None:
    if not (_is_midnight(axis.since) and _is_midnight(axis.until)):
        return None
    since = axis.since.date().isoformat() if axis.since else ""
    until = axis.until.date().isoformat() if axis.until else "~"
    return [counts for key, counts in days.items() if since <= (key[0] or "") < until]


def _is_midnight(moment: datetime | None) -> bool:
    return moment is None or moment.astimezone(UTC).time() == time()


def _of(counts: Counts, status: FanStatus | None) -> int:
    return sum(counts) if status is None else count_of(counts, status)
