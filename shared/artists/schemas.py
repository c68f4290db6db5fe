"""What artists send about themselves. The answers are in `views.py`."""

import re
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from shared.artists import slug_rules
from shared.artists.model import Processing
from shared.platform.schemas import Change, IsoDate, Request
from shared.platform.texts import Lines, OneLine

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_CLOCK = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"


def _slug(text: str) -> str:
    fault = slug_rules.fault(text)
    if fault:
        raise ValueError(fault)
    return text


def _time_zone(text: str) -> str:
    if text not in _zones():
        raise ValueError("This is no time zone of the IANA database, such as Europe/Berlin.")
    return text


def _address(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        raise ValueError("This is not an e-mail address.") from None


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.port != 0 else None  # Reading a port that is none raises.
    except ValueError:
        host = None
    if (
        not host
        or not host.strip(".")
        or parts.scheme not in {"https", "http"}
        or parts.username is not None
    ):
        raise ValueError("This is not a web address that begins with https://.")
    if any(letter.isspace() for letter in text):
        raise ValueError("A web address holds no spaces.")
    return text


def _colour(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        raise ValueError("A colour is written as #rrggbb.")
    return text.lower()


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones()) - {"localtime", "Factory"}


def _text(most: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=most)


ArtistName = Annotated[str, _text(100), OneLine]
SenderName = Annotated[str, _text(100), OneLine]
Slug = Annotated[str, AfterValidator(_slug)]
TimeZone = Annotated[str, _text(64), AfterValidator(_time_zone)]
MailAddress = Annotated[str, _text(254), AfterValidator(_address)]
WebAddress = Annotated[str, _text(1000), OneLine, AfterValidator(_web_address)]
Bio = Annotated[str, _text(2000), Lines]
PostalAddress = Annotated[str, _text(300), Lines]


class ProfileLink(Request):
    """A link that the artist shows."""

    label: Annotated[str, _text(60), OneLine]
    url: WebAddress


class Onboarding(Request):
    """What an artist says at the beginning. The birth date is asked neutrally and never kept."""

    artist_name: ArtistName
    slug: Slug
    time_zone: TimeZone
    birth_date: IsoDate
    bio: Bio | None = None
    sender_name: SenderName | None = None
    postal_address: PostalAddress | None = None
    reply_to: MailAddress | None = None
    links: Annotated[list[ProfileLink], Field(max_length=20)] | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given, without the birth date."""
        given = self.model_dump(exclude_unset=True, exclude_none=True)
        return {name: value for name, value in given.items() if name != "birth_date"}


class CaptureLookChange(Change):
    """What the capture page says and shows. Null goes back to the product's own words."""

    headline: Annotated[str, _text(120), OneLine] | None = None
    thank_you: Annotated[str, _text(500), Lines] | None = None
    accent_colour: Annotated[str, AfterValidator(_colour)] | None = None
    notice_addition: Annotated[str, _text(1000), Lines] | None = None


class SettingsChange(Change):
    """The settings to change; what is left out stays."""

    reminder_time: Annotated[str, Field(pattern=_CLOCK)] | None = None
    reminders_enabled: bool | None = None
    double_opt_in: bool | None = None
    capture: CaptureLookChange | None = None

    stays = frozenset({"reminder_time", "reminders_enabled", "double_opt_in", "capture"})


class ProfileChange(Change):
    """The fields to correct; what is left out stays, null empties what may be empty."""

    artist_name: ArtistName | None = None
    slug: Slug | None = None
    time_zone: TimeZone | None = None
    bio: Bio | None = None
    sender_name: SenderName | None = None
    postal_address: PostalAddress | None = None
    reply_to: MailAddress | None = None
    links: Annotated[list[ProfileLink], Field(max_length=20)] | None = None
    settings: SettingsChange | None = None

    stays = frozenset({"artist_name", "slug", "time_zone", "links", "settings"})

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given."""
        return self.model_dump(exclude_unset=True)


class ObjectionRequest(Request):
    """What the artist objects to."""

    processing: Annotated[Processing, Field(strict=False)]


class PageQuery(Request):
    """A page of a list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None
