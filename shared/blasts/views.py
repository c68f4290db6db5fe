"""What is answered about blasts."""

from datetime import datetime

from shared.blasts.deliverability import Deliverability
from shared.blasts.model import Blast
from shared.blasts.previewing import Preview
from shared.blasts.reporting import Report
from shared.blasts.store import segment_members
from shared.fans import queries
from shared.fans.selection import Selection
from shared.platform.clock import instant
from shared.platform.schemas import Answer


class CallToActionView(Answer):
    """The mail's button."""

    label: str
    url: str


class SegmentView(Answer):
    """Which fans a blast is for, as it may be asked for again: days, or instants within one."""

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
    def of(cls, blast: Blast, *, chosen: int | None = None) -> "BlastView":
        cta = blast.call_to_action
        kept = blast.totals.chosen if blast.totals else None
        return cls(
            id=blast.blast_id,
            state=blast.state.value,
            subject=blast.subject,
            preview_text=blast.preview_text,
            body_markdown=blast.body_markdown,
            segment=_segment(blast.segment),
            release_id=blast.release_id,
            call_to_action=CallToActionView(label=cta.label, url=cta.url) if cta else None,
            chosen=kept if chosen is None else chosen,
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


def _segment(segment: Selection) -> SegmentView:
    members = segment_members(segment)
    if segment.since is not None:
        members["since"] = queries.since_text(segment.since)
    if segment.until is not None:
        members["until"] = queries.until_text(segment.until)
    return SegmentView(**members)


def _text(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None
