"""What is sent about releases and their files."""

import re
from decimal import Decimal
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from shared.campaigns.facts import Kind, ReleaseState
from shared.platform.schemas import Change, IsoDate, Request
from shared.platform.texts import Lines, OneLine
from shared.releases.model import WHOLE, FileKind

# 100 entries of the longest name, role and percent stay under the 32,768 characters of a property,
# even if each character takes two (tests/models/releases keep the sum).
PEOPLE_MAX = 100
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")


def _isrc(text: str) -> str:
    plain = text.replace("-", "").replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", plain, re.ASCII):
        raise ValueError("An ISRC has 12 characters, such as USS1Z9900001.")
    return plain


def _upc(text: str) -> str:
    if not re.fullmatch(r"[0-9]{12,14}", text, re.ASCII):
        raise ValueError("A UPC or EAN has 12 to 14 digits.")
    # GS1's check digit: weights 3 and 1 alternate from the right, without the last digit.
    total = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(text[:-1])))
    if (10 - total % 10) % 10 != int(text[-1]):
        raise ValueError("The last digit does not check: a digit is wrong.")
    return text


def _language(text: str) -> str:
    match = _LANGUAGE.fullmatch(text)
    if match is None:
        raise ValueError("A language is a tag such as en, pt-BR or zh-Hant.")
    language, script, region = match.groups()
    parts = [language.lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
        _ = parts.port
    except ValueError:
        fits = False
    if not fits or re.search(r"[\s\\<>\"]", text):
        raise ValueError("A link begins with https:// or http:// and names a host.")
    return text


def _percent(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text, re.ASCII) or Decimal(text) > WHOLE:
        raise ValueError("A share is a text from 0 to 100 with at most two decimals.")
    return text


def _labelled(link: object) -> object:
    """Take a bare address for a link that is labelled with its host."""
    if not isinstance(link, str):
        return link
    try:
        host = urlsplit(link).hostname
    except ValueError:
        host = None
    return {"label": (host or "link").removeprefix("www.")[:60], "url": link}


def _length(most: int, least: int = 1) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most)


Name = Annotated[str, _length(100), OneLine]
Role = Annotated[str, _length(40), OneLine]
Tag = Annotated[str, _length(40), OneLine]
Listeners = Annotated[int, Field(ge=0, le=10**10)]
Url = Annotated[str, _length(2048), AfterValidator(_url)]
Percent = Annotated[str, AfterValidator(_percent)]


class ReleaseLink(Request):
    """Where the release can be heard or bought."""

    label: Annotated[str, _length(60), OneLine]
    url: Url


class CollaboratorFacts(Request):
    """Somebody who took part."""

    name: Name
    role: Role


class SplitFacts(Request):
    """A share of the royalties, in percent as a text."""

    name: Name
    role: Role
    percent: Percent


def _different_people(people: list[CollaboratorFacts]) -> list[CollaboratorFacts]:
    if len({(p.name.casefold(), p.role.casefold()) for p in people}) != len(people):
        raise ValueError("The same person stands twice with the same role.")
    return people


def _whole(splits: list[SplitFacts]) -> list[SplitFacts]:
    if len({split.name.casefold() for split in splits}) != len(splits):
        raise ValueError("The same name stands twice: give each person one share.")
    if splits and sum((Decimal(split.percent) for split in splits), Decimal(0)) != WHOLE:
        raise ValueError("The shares must sum to exactly 100.00.")
    return splits


def _different_tags(tags: list[str]) -> list[str]:
    return list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]


Links = Annotated[list[Annotated[ReleaseLink, BeforeValidator(_labelled)]], Field(max_length=10)]
People = Annotated[
    list[CollaboratorFacts], Field(max_length=PEOPLE_MAX), AfterValidator(_different_people)
]
Splits = Annotated[list[SplitFacts], Field(max_length=PEOPLE_MAX), AfterValidator(_whole)]
Tags = Annotated[list[Tag], Field(max_length=10), AfterValidator(_different_tags)]
Title = Annotated[str, _length(200), OneLine]


class ReleaseFields(Request):
    """What an artist may say of a release beside its title and kind."""

    genre: Annotated[str, _length(80), OneLine] | None = None
    mood_tags: Tags = Field(default_factory=list)
    release_date: IsoDate | None = None
    isrc: Annotated[str, AfterValidator(_isrc)] | None = None
    upc: Annotated[str, AfterValidator(_upc)] | None = None
    language: Annotated[str, AfterValidator(_language)] | None = None
    explicit: bool = False
    cover: bool = False
    samples: bool = False
    instrumental: bool = False
    ai_voice: bool = False
    rights_cleared: bool = Field(
        default=False, description="The cover or the samples in it are licensed."
    )
    clean_edit: bool = Field(default=False, description="There is a clean edit beside it.")
    splits_disputed: bool = Field(default=False, description="Somebody disputes the shares.")
    delivered_to_distributor: bool = False
    monthly_listeners: Listeners | None = None
    active_listeners: Listeners | None = None
    collaborators: People = Field(default_factory=list)
    royalty_splits: Splits = Field(default_factory=list)
    links: Links = Field(default_factory=list)
    notes: Annotated[str, _length(10_000, 0), Lines] | None = None


class ReleaseRequest(ReleaseFields):
    """A new release. Without `state` it is scheduled when it has a date, else a draft."""

    title: Title
    kind: Kind
    state: ReleaseState | None = None


class ReleaseChange(ReleaseFields, Change):
    """What is to change of a release: only what is sent changes."""

    title: Title = ""
    kind: Kind = Kind.SINGLE
    state: ReleaseState = ReleaseState.DRAFT

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("Send at least one field.")
        return self


class UploadRequest(Request):
    """A file that the artist is about to send."""

    kind: FileKind
    filename: Annotated[str, _length(255), OneLine]
    content_type: Annotated[str, _length(100)]
    size_bytes: Annotated[int, Field(ge=1)]


class DateDialQuery(Request):
    """Which release dates to look at: from today, for eight weeks, when nothing is said."""

    first: Annotated[IsoDate | None, Field(alias="from")] = None
    last: Annotated[IsoDate | None, Field(alias="to")] = None


class ReleaseFileQuery(Request):
    """`redirect=false` answers the link as JSON."""

    redirect: bool = True


class ReleaseFilePutQuery(Request):
    """The file's own name, to show it by."""

    filename: Annotated[str, _length(255), OneLine] | None = None


class ReleaseListQuery(Request):
    """A page of a list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None
