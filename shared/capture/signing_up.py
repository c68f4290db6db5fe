"""The sign-up, by the page's form and by JSON: the same guards, the same answer for everybody.

A sign-up may say for which release it came. The one that the page showed is in the signed form
token, so that it costs nothing to know; another id is looked up among the artist's own, one read
more whoever signs up, and one that is not there is left out: a fan is worth more than a label, and
no list is labelled with what is not its artist's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from shared.capture.forms import FormTokens
from shared.capture.looks import Looks
from shared.capture.model import Form
from shared.capture.networks import NetworkLimit
from shared.capture.page import CapturePages, Shown, Typed, page, thanks
from shared.capture.schemas import SignUpRequest
from shared.fans import joining, keys
from shared.fans.model import Place, SignUp, SignUpDoor
from shared.fans.store import FanStore
from shared.mail.outbox import Outbox
from shared.platform import telemetry
from shared.platform.addresses import ADDRESS_MAX_CHARS, client_address, mailbox_hash
from shared.platform.geoip import GeoIp
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Invalid

_FIELDS: Final = frozenset(SignUpRequest.model_fields)
# What is wrong with these stands beside them.
_TOLD_BESIDE: Final = frozenset({"email", "consent"})
_SENTENCES: Final = {
    "email": "This does not look like an e-mail address.",
    "consent": "Please tick the box: without your consent nothing is kept.",
    "source": "The address of this page was odd. Please send it once more.",
    "release_id": "The address of this page was odd. Please send it once more.",
    "form_token": "The form was open for a long time. Please send it once more.",
}

# The releases' room tells whether a release is the artist's. One read.
HasRelease = Callable[[ArtistId, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureDesk:
    """What sign-ups are taken with."""

    forms: FormTokens
    networks: NetworkLimit
    geoip: GeoIp
    fans: FanStore
    outbox: Outbox
    looks: Looks
    pages: CapturePages
    fan_id_key: bytes
    mailbox_key: bytes
    proxy_hops: int
    min_time: timedelta
    has_release: HasRelease


def by_json(
    request: SignUpRequest,
    *,
    slug: str,
    headers: Mapping[str, str],
    desk: CaptureDesk,
    ids: Ids,
    now: datetime,
) -> None:
    """Take a sign-up from an embedded form.

    Raises:
        Invalid: a field is wrong, or the form is over a day old.
        TooMany: the network has had its sign-ups for now.
        NotFound: the page is closed.
    """
    form = desk.forms.read(request.form_token, slug=slug, now=now)
    if now - form.made_at < desk.min_time:
        telemetry.event("sign_up_ignored", reason="too_fast")
        return
    sent = _Sent(form, SignUpDoor.JSON, headers)
    _take(request, sent, desk=desk, ids=ids, now=now)


def by_form(
    fields: Mapping[str, str],
    *,
    slug: str,
    headers: Mapping[str, str],
    desk: CaptureDesk,
    ids: Ids,
    now: datetime,
) -> Shown:
    """Take a sign-up from the page, and return the page that follows: thanks, or the form again.

    Raises:
        TooMany: the network has had its sign-ups for now.
        NotFound: the page is closed.
    """
    request = _read({name: fields[name] for name in _FIELDS & set(fields)})
    if isinstance(request, _Wrong):
        return _again(fields, request.fields, slug=slug, desk=desk, now=now)
    try:
        form = desk.forms.read(request.form_token, slug=slug, now=now)
    except Invalid:
        return _again(fields, {"form_token"}, slug=slug, desk=desk, now=now)
    sent = _Sent(form, SignUpDoor.FORM, headers)
    _take(request, sent, desk=desk, ids=ids, now=now)
    return thanks(desk.looks.of(form.artist_id, now=now))


def _take(
    request: SignUpRequest,
    sent: "_Sent",
    *,
    desk: CaptureDesk,
    ids: Ids,
    now: datetime,
) -> None:
    if request.website:
        telemetry.event("sign_up_ignored", reason="honeypot")
        return
    client = client_address(sent.headers.get("x-forwarded-for"), hops=desk.proxy_hops)
    desk.networks.admit(client, now=now)
    found = desk.geoip.locate(client, now=now)
    address = request.email
    sign_up = SignUp(
        email=address.typed,
        mail_to=address.mail_to,
        mailbox=mailbox_hash(address.normalised, key=desk.mailbox_key),
        place=Place(found.country, found.region, found.city),
        page_slug=sent.form.slug,
        source=request.source,
        release_id=_release_of(request, sent.form, desk=desk),
        notice_version=sent.form.notice_version,
        at=now,
        door=sent.door,
    )
    artist_id: ArtistId = sent.form.artist_id
    hashed = keys.fan_hash(artist_id, address.normalised, key=desk.fan_id_key)
    joining.join(
        sign_up, artist_id=artist_id, hashed=hashed, fans=desk.fans, outbox=desk.outbox, ids=ids
    )


def _release_of(request: SignUpRequest, form: Form, *, desk: CaptureDesk) -> str | None:
    named = request.release_id
    if named is None or named == form.release_id or desk.has_release(form.artist_id, named):
        return named
    telemetry.event("sign_up_release_left_out", artist_id=form.artist_id)
    return None


def _read(fields: Mapping[str, str]) -> "SignUpRequest | _Wrong":
    try:
        return SignUpRequest.model_validate_strings(dict(fields))
    except ValidationError as error:
        return _Wrong({str(item["loc"][0]) for item in error.errors(include_input=False)})


def _again(
    fields: Mapping[str, str],
    wrong: set[str],
    *,
    slug: str,
    desk: CaptureDesk,
    now: datetime,
) -> Shown:
    told = {name: text for name, text in _SENTENCES.items() if name in wrong}
    sent = fields.get("form_token", "")
    typed = Typed(
        email=fields.get("email", "")[:ADDRESS_MAX_CHARS],
        agreed_to=desk.forms.notice_version(sent) if fields.get("consent") == "true" else None,
        source="" if "source" in wrong else fields.get("source", ""),
        errors={name if name in _TOLD_BESIDE else "form": text for name, text in told.items()},
    )
    return page(slug, source=None, pages=desk.pages, now=now, typed=typed)


@dataclass(frozen=True, slots=True)
class _Sent:
    """The form that was sent, by which door, and with which headers."""

    form: Form
    door: SignUpDoor
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """The fields of a form that cannot be taken as they are."""

    fields: set[str]
