"""What the fan list answers."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.fans.counters import OTHER, Counters, Counts, Family, count_of
from shared.fans.model import LISTED, Fan, FanStatus, Lock, SignUp, SignUpDoor
from shared.fans.queries import Status
from shared.platform.clock import instant
from shared.platform.countries import country_name
from shared.platform.schemas import Answer

NAMED_MAX = 200  # product.md, fan stats: the largest cities and sources.


class FanDeletionView(Answer):
    """A bulk deletion: done at once, or working in the background."""

    state: Literal["done", "working"]
    matched: int


class FanView(Answer):
    """A fan."""

    id: str
    email: str
    status: Status
    country: str | None
    country_name: str | None
    region: str | None
    city: str | None
    subscribed_at: str
    confirmed_at: str | None
    unsubscribed_at: str | None
    page_slug: str
    source: str | None
    release_id: str | None
    notice_version: str

    @classmethod
    def of(cls, fan: Fan) -> "FanView":
        return cls.model_validate(members(fan))


class HistoryView(Answer):
    """A status, since when, and by what."""

    status: Status
    at: str
    how: str
    notice_version: Annotated[
        str | None, Field(description="Of a sign-up: the version of the words agreed to.")
    ]


class SoftBounceView(Answer):
    """A mail that came back for a passing reason."""

    blast_id: str
    at: str


class HeldFan(FanView):
    """A fan with all that is held beside the list's fields, as the fan may see it."""

    mail_to: Annotated[
        str | None, Field(description="The address as mail servers take it, where it differs.")
    ]
    door: Annotated[SignUpDoor | None, Field(description="By which door the sign-up came.")]
    place_corrected: Annotated[bool, Field(description="The fan has said where that is.")]
    mailed_at: Annotated[str | None, Field(description="When a mail last asked to confirm.")]
    expires: Annotated[date | None, Field(description="When this goes unless it is confirmed.")]
    since: Annotated[str | None, Field(description="Since when the fan is or was subscribed.")]
    left_at: Annotated[str | None, Field(description="When the fan last ceased to be.")]
    soft_bounces: list[SoftBounceView]
    history: list[HistoryView]


class FanDetail(FanView):
    """A fan with the history of the status and, where mail is refused, why."""

    history: list[HistoryView]
    suppressed: Annotated[
        str | None, Field(description="Why no blast reaches this address, or null.")
    ]

    @classmethod
    def with_history(cls, fan: Fan, *, suppressed: str | None) -> "FanDetail":
        return cls.model_validate(
            {**members(fan), "history": history(fan), "suppressed": suppressed}
        )


class FanList(Answer):
    """One page of the list."""

    items: list[FanView]
    next_cursor: str | None


class CountryCount(Answer):
    country: str | None
    country_name: str | None
    count: int
    subscribed: int


class RegionCount(Answer):
    country: str | None
    region: str | None
    count: int
    subscribed: int


class CityCount(Answer):
    country: str | None
    region: str | None
    city: str | None
    count: int
    subscribed: int


class DayCount(Answer):
    day: date
    count: int
    subscribed: int


class PageCount(Answer):
    page_slug: str | None
    count: int
    subscribed: int


class SourceCount(Answer):
    source: str | None
    count: int
    subscribed: int


class FanStats(Answer):
    """Counts of the list as it is now; `count` is whatever the status. Named: the 200 largest."""

    total: int
    by_status: dict[str, int]
    by_country: list[CountryCount]
    by_region: list[RegionCount]
    by_city: list[CityCount]
    by_day: list[DayCount]
    by_page: list[PageCount]
    by_source: list[SourceCount]
    as_of: str

    @classmethod
    def of(cls, counters: Counters, *, as_of: datetime) -> "FanStats":
        """Return the counts as the API shows them: who is nowhere any more is left out."""
        return cls(
            total=counters.total,
            by_status={s.value: n for s, n in zip(LISTED, counters.totals, strict=True)},
            by_country=[
                CountryCount(country=k[0], country_name=country_name(k[0]), count=n, subscribed=s)
                for k, n, s in _largest(counters.countries)
            ],
            by_region=[
                RegionCount(country=k[0], region=k[1], count=n, subscribed=s)
                for k, n, s in _largest(counters.regions, width=2)
            ],
            by_city=[
                CityCount(country=k[0], region=k[1], city=k[2], count=n, subscribed=s)
                for k, n, s in _largest(counters.cities, width=3, limit=NAMED_MAX)
            ],
            by_day=[
                DayCount(day=date.fromisoformat(k[0] or ""), count=n, subscribed=s)
                for k, n, s in sorted(_largest(counters.days), key=lambda item: item[0][0] or "")
            ],
            by_page=[
                PageCount(page_slug=k[0], count=n, subscribed=s)
                for k, n, s in _largest(counters.pages)
            ],
            by_source=[
                SourceCount(source=k[0], count=n, subscribed=s)
                for k, n, s in _largest(counters.sources, width=1, limit=NAMED_MAX)
            ],
            as_of=instant(as_of),
        )


def members(fan: Fan) -> dict[str, object]:
    """Return a fan's fields as the API names them."""
    return {
        "id": fan.fan_id,
        "email": fan.email,
        "status": fan.status.value,
        "country": fan.place.country,
        "country_name": country_name(fan.place.country),
        "region": fan.place.region,
        "city": fan.place.city,
        "subscribed_at": instant(fan.subscribed_at),
        "confirmed_at": instant(fan.confirmed_at) if fan.confirmed_at else None,
        "unsubscribed_at": instant(fan.unsubscribed_at) if fan.unsubscribed_at else None,
        "page_slug": fan.page_slug,
        "source": fan.source,
        "release_id": fan.release_id,
        "notice_version": fan.notice_version,
    }


def held(lock: Lock, fan: Fan) -> dict[str, object]:
    """Return everything that is held of a fan, by the names of the data map: for the fan."""
    return {
        **members(fan),
        "mail_to": fan.mail_to,
        "door": lock.door.value if lock.door else None,
        "place_corrected": fan.place_corrected,
        "mailed_at": instant(lock.mailed_at) if lock.mailed_at else None,
        "expires": lock.expires.isoformat() if lock.expires else None,
        "since": instant(fan.since) if fan.since else None,
        "left_at": instant(fan.left_at) if fan.left_at else None,
        "soft_bounces": [
            {"blast_id": bounce.blast_id, "at": instant(bounce.at)} for bounce in lock.soft_bounces
        ],
        "history": history(fan),
    }


def waiting(sign_up: SignUp) -> dict[str, object]:
    """Return a renewed sign-up's fields, each by the name that it has in a fan."""
    return {
        "email": sign_up.email,
        "mail_to": sign_up.mail_to,
        "door": sign_up.door.value,
        "country": sign_up.place.country,
        "country_name": country_name(sign_up.place.country),
        "region": sign_up.place.region,
        "city": sign_up.place.city,
        "signed_up_at": instant(sign_up.at),
        "page_slug": sign_up.page_slug,
        "source": sign_up.source,
        "release_id": sign_up.release_id,
        "notice_version": sign_up.notice_version,
    }


def history(fan: Fan) -> list[dict[str, str | None]]:
    """Return a fan's history as the API names it."""
    return [
        {
            "status": entry.status.value,
            "at": instant(entry.at),
            "how": entry.how.value,
            "notice_version": entry.notice_version,
        }
        for entry in fan.history
    ]


def _largest(
    family: Family, *, width: int = 1, limit: int | None = None
) -> list[tuple[tuple[str | None, ...], int, int]]:
    """Return names with their counts, the largest first; beyond the limit they are one: other."""
    rest = [family[OTHER]] if OTHER in family else []
    named = sorted(
        ((key, counts) for key, counts in family.items() if key != OTHER and any(counts)),
        key=lambda item: (-sum(item[1]), [part or "" for part in item[0]]),
    )
    rest += [counts for _, counts in named[limit:]] if limit else []
    found = [(key, sum(counts), _subscribed(counts)) for key, counts in named[:limit]]
    if any(map(any, rest)):
        other = (*(None,) * (width - 1), "other")
        # A visitor may send a source of this very name: what it counts is among the others then.
        rest += [family[key] for key, _, _ in found if key == other]
        found = [each for each in found if each[0] != other]
        found.append((other, sum(map(sum, rest)), sum(map(_subscribed, rest))))
    return found


def _subscribed(counts: Counts) -> int:
    return count_of(counts, FanStatus.SUBSCRIBED)
