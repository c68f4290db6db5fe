"""What a visitor sends and what an embedded form is told."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, WithJsonSchema

from shared.capture.model import SOURCE_MAX_CHARS
from shared.fans.model import SignUpDoor
from shared.fans.schemas import HeldFan
from shared.platform import ids
from shared.platform.addresses import ADDRESS_MAX_CHARS, EmailAddress
from shared.platform.problems import Invalid
from shared.platform.schemas import Answer, Request

_TOKEN_MAX_CHARS = 2048
_PLACE_MAX_CHARS = 100
_PLACE_MAX_BYTES = 120  # A city and its region together are short enough for the list's counters.


def _address(value: object) -> EmailAddress:
    if not isinstance(value, str):
        raise ValueError("Please give an e-mail address.")  # noqa: TRY004 - pydantic's way to say so.
    try:
        return EmailAddress.parse(value)
    except Invalid as problem:
        raise ValueError(problem.errors[0].detail) from None


def _ticked(value: bool) -> bool:  # noqa: FBT001 - a validator's form.
    if not value:
        raise ValueError("Please tick the box: without your consent nothing is kept.")
    return value


def _release_id(value: str) -> str | None:
    if value and not ids.is_id(value, prefix="rel"):
        raise ValueError("This is not the id of a release.")
    return value or None


def _short(value: str | None) -> str | None:
    if value and len(value.encode()) > _PLACE_MAX_BYTES:
        raise ValueError("This is longer than any place's name.")
    return value


def _printable(value: str) -> str | None:
    if not value.isprintable():
        raise ValueError("This holds characters that cannot be printed.")
    return value or None


Email = Annotated[
    EmailAddress,
    PlainValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": ADDRESS_MAX_CHARS}),
]
Source = Annotated[str, StringConstraints(max_length=SOURCE_MAX_CHARS), AfterValidator(_printable)]
PlaceName = Annotated[
    str,
    StringConstraints(max_length=_PLACE_MAX_CHARS),
    AfterValidator(_printable),
    AfterValidator(_short),
]


class SignUpRequest(Request):
    """A sign-up: the same fields by the form and by JSON."""

    email: Email
    consent: Annotated[
        bool,
        AfterValidator(_ticked),
        Field(description="True: the person ticked the box beside the notice."),
    ]
    form_token: Annotated[str, StringConstraints(min_length=1, max_length=_TOKEN_MAX_CHARS)]
    release_id: Annotated[str, AfterValidator(_release_id)] | None = None
    source: Source | None = None
    website: Annotated[
        str | None, Field(description="A trap for robots: a person leaves it empty.")
    ] = None


class SignUpAccepted(Answer):
    """The same for everybody, whoever is or is not on the list."""

    status: Literal["accepted"] = "accepted"


class CaptureRelease(Answer):
    """The release that the page shows."""

    id: str
    title: str
    is_out: bool
    release_date: date | None
    artwork_url: str | None


class CaptureInfo(Answer):
    """What an embedded form needs."""

    artist_name: str
    slug: str
    headline: str | None
    release: CaptureRelease | None
    notice: str
    notice_version: str
    form_token: str


class WaitingSignUp(Answer):
    """A sign-up of who left or was erased, until the mail about it is answered."""

    email: str
    mail_to: str | None
    door: SignUpDoor
    country: str | None
    country_name: str | None
    region: str | None
    city: str | None
    signed_up_at: str
    page_slug: str
    source: str | None
    release_id: str | None
    notice_version: str
    notice: Annotated[str | None, Field(description="The exact words agreed to.")]


class FanReceipt(HeldFan):
    """Everything that is held of a fan; `{"held": false}` where nothing is.

    Of who was erased and signs up again there is `sign_up_waiting` alone, until it is confirmed.
    """

    held: bool
    notice: Annotated[str | None, Field(description="The exact words agreed to.")]
    sign_up_waiting: WaitingSignUp | None


class CorrectionForm(Request):
    """Where a fan says to be; an empty field is not known, and one that is not sent stays."""

    country: Annotated[str, StringConstraints(max_length=2, pattern=r"^([A-Za-z]{2})?$")] = ""
    region: PlaceName | None = None
    city: PlaceName | None = None
