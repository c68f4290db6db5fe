"""What is asked of the fan list: which fans, how many, and by what dates."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared.fans.model import FanStatus
from shared.fans.selection import Selection
from shared.platform.clock import instant, is_sensible, parse_instant
from shared.platform.countries import COUNTRIES
from shared.platform.schemas import Request

LIMIT_MAX: Final = 200
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)

Status = Literal["pending", "subscribed", "unsubscribed", "bounced", "complained"]


def _moment(text: str) -> str:
    try:
        sensible = is_sensible(_since(text))
    except ValueError:
        raise ValueError("Give a date, or an instant with its zone.") from None
    if not sensible:
        raise ValueError("Give a date of this century.")
    return text


Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(_moment)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _country(code: str) -> str:
    if code.upper() not in COUNTRIES:
        raise ValueError("A country is its code of two letters, such as DE.")
    return code.upper()


CountryCode = Annotated[str, AfterValidator(_country)]


class SegmentFields(Request):
    """Which fans are meant, whatever their status; all conditions hold together."""

    country: CountryCode | None = None
    region: Text | None = None
    city: Text | None = None
    since: Annotated[Moment | None, Field(description="Signed up on this day or later.")] = None
    until: Annotated[Moment | None, Field(description="Signed up on this day or earlier.")] = None
    page_slug: Text | None = None
    release_id: Text | None = None
    source: Text | None = None

    def selection(self) -> Selection:
        """Return the fields as the list understands them."""
        return Selection(
            country=self.country,
            region=self.region,
            city=self.city,
            since=_since(self.since) if self.since else None,
            until=_until(self.until) if self.until else None,
            page_slug=self.page_slug,
            release_id=self.release_id,
            source=self.source,
        )


class FanFilter(SegmentFields):
    """Which fans are meant; all conditions hold together. A date is a whole day in UTC."""

    status: Status | None = None

    def selection(self) -> Selection:
        """Return the filter as the list understands it."""
        wanted = FanStatus(self.status) if self.status else None
        return replace(super().selection(), status=wanted)


class FanQuery(FanFilter):
    """The list's query."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    cursor: str | None = None


class ExportQuery(Request):
    """How the export is to be written."""

    format: Literal["csv", "jsonl"] = "csv"


class FanDeletionRequest(Request):
    """Whom to delete, and how many that is: a slip deletes nobody."""

    filter: FanFilter
    expected_count: Annotated[int, Field(ge=0)]


def since_text(moment: datetime) -> str:
    """Return how one asks for what came at a moment or later."""
    return moment.date().isoformat() if moment.time() == time() else instant(moment)


def until_text(moment: datetime) -> str:
    """Return how one asks for what came before a moment: by the last day or second that counts."""
    if moment.time() == time():
        return (moment - _DAY).date().isoformat()
    return instant(moment - _SECOND)


def _since(text: str) -> datetime:
    if "T" in text:
        return parse_instant(text)
    return datetime.combine(date.fromisoformat(text), time(), UTC)


def _until(text: str) -> datetime:
    if "T" in text:
        # The whole of what it names: the API writes whole seconds, so that one without a fraction
        # is the second in which a fan was told to have come.
        named = timedelta(milliseconds=1) if "." in text else _SECOND
        return parse_instant(text) + named
    return datetime.combine(date.fromisoformat(text), time(), UTC) + _DAY
