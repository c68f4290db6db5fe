"""The page behind the link of a privacy request, and its result as JSON."""

from datetime import datetime

from shared.platform import pages
from shared.platform.problems import NotFound
from shared.privacy import requesting
from shared.privacy.answering import Holding
from shared.privacy.model import ANSWER_READABLE_FOR, PrivacyRequest, RequestKind, RequestState
from shared.privacy.pages import TEMPLATES
from shared.privacy.publishing import day_text
from shared.privacy.requesting import KIND_TEXTS, RequestDesk
from shared.privacy.schemas import HoldingView, SubjectReport

_ANSWERED = "answered"
_SHOWS = frozenset({RequestKind.ACCESS, RequestKind.EXPORT, RequestKind.CORRECT})
_BUTTONS = {
    RequestKind.DELETE: "Yes, delete it",
    RequestKind.OBJECT: "Yes, no more mails",
}


def request_page(request: PrivacyRequest, *, desk: RequestDesk, now: datetime) -> str:
    """Return the page: a button, or how far it is, or the result."""
    stage = _stage(request, now=now)
    answered_at = request.answered_at or now
    return pages.renderer(TEMPLATES)(
        "request.html",
        title="Your privacy request",
        stage=stage,
        kind_text=KIND_TEXTS[request.kind],
        button=_BUTTONS.get(request.kind, "Yes, it was me"),
        due=day_text(request.due_at),
        heading="Our answer",
        answer=request.answer,
        holdings=_holdings(request, desk=desk) if stage == _ANSWERED else [],
        download_url=f"{requesting.link_of(request, desk=desk)}/data.json",
        until=day_text(answered_at + ANSWER_READABLE_FOR),
    )


def report(request: PrivacyRequest, *, desk: RequestDesk, now: datetime) -> SubjectReport:
    """Return what is held, as it is at this moment, where that was asked for.

    Raises:
        NotFound: the request has no result, or not any more.
    """
    if _stage(request, now=now) != _ANSWERED:
        raise NotFound("There is no result to download.")
    return SubjectReport(
        request_id=request.request_id,
        items=[
            HoldingView(artist_name=one.artist_name, fields=one.fields, data_url=one.data_url)
            for one in _holdings(request, desk=desk)
        ],
    )


def _holdings(request: PrivacyRequest, *, desk: RequestDesk) -> list[Holding]:
    if request.kind not in _SHOWS or request.mailbox is None:
        return []
    return desk.answering.holdings(request.mailbox)


def _stage(request: PrivacyRequest, *, now: datetime) -> str:
    if not request.is_readable(now=now):
        return "ended"
    stages = {
        RequestState.RECEIVED: "waiting",
        RequestState.CONFIRMED: "working",
        RequestState.ANSWERED: _ANSWERED,
    }
    return stages[request.state]
