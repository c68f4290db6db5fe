"""What artists send about blasts, and what is answered."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.blasts.deliverability import Deliverability
from shared.blasts.markdown import is_good_link
from shared.blasts.model import BODY_MAX, PREVIEW_MAX, SUBJECT_MAX, Blast, CallToAction
from shared.blasts.previewing import Preview
from shared.blasts.reporting import Report
from shared.blasts.store import segment_members
from shared.fans.schemas import FanFilter, Moment, Text
from shared.fans.selection import Selection
from shared.platform.clock import instant, parse_instant
from shared.platform.schemas import Answer, Request

LIMIT_MAX: Final = 200
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROLS_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _one_line(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("This is one line, without control characters.")
    return text


def _lines(text: str) -> str:
    if _CONTROLS_BUT_LINES.search(text):
        raise ValueError("This is text without control characters.")
    return text


def _good_link(url: str) -> str:
    if not is_good_link(url):
        raise ValueError("A link begins with https:// and names a host.")
    return url


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except ValueError:
        raise ValueError("Give an instant with its zone, such as 2026-12-01T18:00:00Z.") from None
    return text


Subject = Annotated[
    str, StringConstraints(min_length=1, max_length=SUBJECT_MAX), AfterValidator(_one_line)
]
PreviewText = Annotated[str, StringConstraints(max_length=PREVIEW_MAX), AfterValidator(_one_line)]
BodyMarkdown = Annotated[str, StringConstraints(max_length=BODY_MAX), AfterValidator(_lines)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_one_line)]
Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_good_link)]
Instant = Annotated[str, StringConstraints(max_length=40), AfterValidator(_instant)]


class SegmentRequest(Request):
    """Which fans a blast is for; all conditions hold together. Empty is everybody."""

    country: Text | None = None
    region: Text | None = None
    city: Text | None = None
    since: Annotated[Moment | None, Field(description="Signed up on this day or later.")] = None
    until: Annotated[Moment | None, Field(description="Signed up on this day or earlier.")] = None
    page_slug: Text | None = None
    release_id: Text | None = None
    source: Text | None = None

    def selection(self) -> Selection:
        """Return the segment as the fan list understands it."""
        return FanFilter(**self.model_dump()).selection()


class CallToActionRequest(Request):
    """The mail's button."""

    label: Label
    url: Url

    def value(self) -> CallToAction:
        """Return the button as the draft keeps it."""
        return CallToAction(label=self.label, url=self.url)


class BlastRequest(Request):
    """A draft."""

    subject: Subject
    preview_text: PreviewText = ""
    body_markdown: BodyMarkdown = ""
    segment: SegmentRequest | None = None
    release_id: Text | None = None
    call_to_action: CallToActionRequest | None = None


class BlastChange(Request):
    """What changes of a draft; a field that is not sent stays."""

    subject: Subject | None = None
    preview_text: PreviewText | None = None
    body_markdown: BodyMarkdown | None = None
    segment: SegmentRequest | None = None
    release_id: Text | None = None
    call_to_action: CallToActionRequest | None = None

    @model_validator(mode="before")
    @classmethod
    def _texts_are_texts(cls, members: object) -> object:
        if isinstance(members, Mapping):
            for name in ("subject", "preview_text", "body_markdown"):
                if name in members and members[name] is None:
                    raise ValueError(f"{name} cannot be null.")
        return members


class SendRequest(Request):
    """A send: how many recipients the artist expects, and when it goes; without a time, now."""

    expected_recipients: Annotated[int, Field(ge=0)]
    send_at: Instant | None = None

    @property
    def moment(self) -> datetime | None:
        return parse_instant(self.send_at) if self.send_at else None


class BlastListQuery(Request):
    """The list's query."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    cursor: str | None = None


class CallToActionView(Answer):
    """The mail's button."""

    label: str
    url: str


class SegmentView(Answer):
    """Which fans a blast is for. Moments are instants; `until` is the first that is left out."""

    country: str | None = None
    region: str | None = None
    city: str | None = None
    since: str | None = None
    until: str | None = None
    page_slug: str | None = None
    release_id: str | None = None
    source: str | None = None


class BlastView(Answer):
    """A blast."""

    id: str
    state: str
    subject: str
    preview_text: str
    body_markdown: str
    segment: SegmentView
    release_id: str | None
    call_to_action: CallToActionView | None
    chosen: int | None
    stopped_for: str | None
    send_at: str | None
    started_at: str | None
    finished_at: str | None
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, blast: Blast) -> "BlastView":
        cta = blast.call_to_action
        return cls(
            id=blast.blast_id,
            state=blast.state.value,
            subject=blast.subject,
            preview_text=blast.preview_text,
            body_markdown=blast.body_markdown,
            segment=SegmentView(**segment_members(blast.segment)),
            release_id=blast.release_id,
            call_to_action=CallToActionView(label=cta.label, url=cta.url) if cta else None,
            chosen=blast.totals.chosen if blast.totals else None,
            stopped_for=blast.stopped_for.value if blast.stopped_for else None,
            send_at=_text(blast.send_at),
            started_at=_text(blast.started_at),
            finished_at=_text(blast.finished_at),
            created_at=instant(blast.created_at),
            updated_at=instant(blast.updated_at),
        )


class BlastListView(Answer):
    """A page of blasts."""

    items: list[BlastView]
    next_cursor: str | None


class CautionView(Answer):
    """Something to mend before sending."""

    code: str
    detail: str


class BlastPreview(Answer):
    """What a blast would be if it went now. `recipients` is null while they are counted."""

    html: str
    text: str
    recipients: int | None
    warnings: list[CautionView]

    @classmethod
    def of(cls, preview: Preview) -> "BlastPreview":
        return cls(
            html=preview.html,
            text=preview.text,
            recipients=preview.recipients,
            warnings=[CautionView(code=c.code, detail=c.detail) for c in preview.warnings],
        )


class SuppressedCounts(Answer):
    """Who was chosen and not asked, by why."""

    unsubscribed: int
    bounced: int
    complained: int
    erased: int


class BlastReport(Answer):
    """What became of everybody who was chosen: the counts always add up to `chosen`.

    Of the accepted, `delivered`, `bounced`, `complained` and `unsubscribed` are what mailbox
    providers and fans told since. Opens and clicks are not tracked.
    """

    chosen: int
    accepted: int
    suppressed: SuppressedCounts
    failed: int
    uncertain: int
    pending: int
    delivered: int
    bounced: int
    complained: int
    unsubscribed: int
    estimated_end: str | None
    as_of: str

    @classmethod
    def of(cls, report: Report) -> "BlastReport":
        totals = report.totals
        return cls(
            chosen=totals.chosen,
            accepted=totals.accepted,
            suppressed=SuppressedCounts(
                unsubscribed=totals.unsubscribed,
                bounced=totals.bounced,
                complained=totals.complained,
                erased=totals.erased,
            ),
            failed=totals.failed,
            uncertain=totals.uncertain,
            pending=totals.pending,
            delivered=totals.delivered,
            bounced=totals.mail_bounced,
            complained=totals.mail_complained,
            unsubscribed=totals.mail_unsubscribed,
            estimated_end=_text(report.estimated_end),
            as_of=instant(report.as_of),
        )


class TestOrdered(Answer):
    """A test mail is on its way."""

    status: str


class WebhookTaken(Answer):
    """What a webhook came to."""

    outcome: str


class DomainView(Answer):
    """The sending domain as the provider reports it; DMARC is not among what it reports."""

    name: str
    status: str
    spf: str
    dkim: str
    dmarc: str
    open_tracking: bool
    click_tracking: bool


class BrakesView(Answer):
    """How near the brakes are: 1.0 is where a running blast is paused."""

    nearness: float
    bounce_limit: float
    complaint_limit: float
    least_accepted: int


class DeliverabilityView(Answer):
    """The sending domain, this artist's rates over 30 days, and the brakes."""

    domain: DomainView | None
    accepted: int
    delivered: int
    bounced: int
    complained: int
    bounce_rate: float
    complaint_rate: float
    brakes: BrakesView
    as_of: str

    @classmethod
    def of(cls, found: Deliverability) -> "DeliverabilityView":
        domain = found.domain
        return cls(
            domain=DomainView(**domain.as_members()) if domain else None,
            accepted=found.totals.accepted,
            delivered=found.totals.delivered,
            bounced=found.totals.mail_bounced,
            complained=found.totals.mail_complained,
            bounce_rate=round(found.rates.bounce_rate, 5),
            complaint_rate=round(found.rates.complaint_rate, 5),
            brakes=BrakesView(**found.brakes()),
            as_of=instant(found.as_of),
        )


def _text(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None
