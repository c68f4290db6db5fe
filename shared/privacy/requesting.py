"""Privacy requests of anybody: taking them in, proving the mailbox, and carrying them out.

Whoever asks gets the same answer, whatever is known of the address; the state is told to the
mailbox alone. The link in the confirmation mail shows a page (GET changes nothing), its button
confirms, and the same link later hands over the result.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Outbox, Template
from shared.platform import telemetry
from shared.platform.addresses import EmailAddress, mailbox_hash
from shared.platform.envelopes import Envelopes
from shared.platform.ids import Ids, RequestId
from shared.platform.limits import Limits
from shared.platform.problems import NotFound
from shared.platform.signing import Signer, TokenBroken
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.privacy.answering import Answering
from shared.privacy.model import (
    REQUESTS_A_DAY,
    Outcome,
    PrivacyRequest,
    RequestKind,
    RequestState,
    due_date,
)
from shared.privacy.publishing import day_text
from shared.privacy.request_store import RequestStore

_DAY: Final = timedelta(hours=24)
_PURPOSE: Final = "privacy-request"

KIND_TEXTS: Final = {
    RequestKind.ACCESS: "to see everything that is held about this address",
    RequestKind.CORRECT: "to correct what is held about this address",
    RequestKind.DELETE: "to delete everything that is held about this address",
    RequestKind.EXPORT: "a copy of everything that is held about this address",
    RequestKind.OBJECT: "to send no more mails to this address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDesk:
    """What a request touches."""

    requests: RequestStore
    limits: Limits
    outbox: Outbox
    envelopes: Callable[[], Envelopes]
    signer: Callable[[], Signer]
    mailbox_key: bytes
    answering: Answering
    public_base_url: str


def take_in(
    kind: RequestKind, email: str, *, desk: RequestDesk, now: datetime, ids: Ids
) -> PrivacyRequest:
    """Take a request in, and ask the mailbox whether it was it. Three a day for a mailbox.

    Beyond these nothing is kept and no mail goes; the answer is the same.

    Raises:
        Invalid: not an address.
    """
    address = EmailAddress.parse(email)
    mailbox = mailbox_hash(address.normalised, key=desk.mailbox_key)
    request_id = RequestId(ids.make("req", now=now))
    sealed = desk.envelopes().seal(address.deliverable.encode(), purpose=_bound(request_id))
    request = PrivacyRequest(
        request_id=request_id,
        kind=kind,
        state=RequestState.RECEIVED,
        received_at=now,
        due_at=due_date(now),
        mailbox=mailbox,
        sealed=sealed,
        nonce=ids.token(12),
    )
    if not desk.limits.grant(f"p|{mailbox}", request_id, most=REQUESTS_A_DAY, now=now):
        telemetry.event("privacy_request_dropped", reason="limit_reached")
        return request
    # The message goes first: after a crash it finds nothing, and nobody waits for a mail unasked.
    desk.outbox.announce(Template.PRIVACY_REQUEST_CONFIRMATION, request_id=request_id)
    try:
        desk.requests.add(request)
    except AlreadyExists:
        return desk.requests.find(request_id) or request
    telemetry.event("privacy_request_received", request_id=request_id, kind=kind.value)
    return request


def opened(token: str, *, desk: RequestDesk) -> PrivacyRequest:
    """Return the request that a link names.

    Raises:
        NotFound: the link is not ours, or its time is over and nothing is left.
    """
    try:
        parts = desk.signer().read(token, purpose=_PURPOSE)
    except TokenBroken:
        raise NotFound from None
    match parts:
        case [str(request_id), str(nonce)]:
            request = desk.requests.find(request_id)
        case _:
            raise NotFound
    if request is None or request.nonce != nonce:
        raise NotFound("This link no longer counts.")
    return request


def confirm(token: str, *, desk: RequestDesk, now: datetime) -> PrivacyRequest:
    """Confirm a request and carry it out. Confirming again changes nothing.

    Raises:
        NotFound: the link is not ours.
    """
    request = opened(token, desk=desk)
    if request.state is RequestState.ANSWERED or not request.is_readable(now=now):
        return request
    if request.state is RequestState.RECEIVED:
        confirmed = replace(request, state=RequestState.CONFIRMED, confirmed_at=now)
        request = _kept(confirmed, desk=desk)
    return _carried_out(request, desk=desk, now=now)


def compose_confirmation(order: Order, *, desk: RequestDesk, now: datetime) -> Letter | Skipped:
    """Return the mail that asks the mailbox."""
    request = desk.requests.find(order.text("request_id"))
    if request is None:
        return Skipped.NOT_YET
    if request.sealed is None:
        return Skipped.SUBJECT_GONE
    if request.state is not RequestState.RECEIVED or not request.is_readable(now=now):
        return Skipped.STATE_MOVED_ON
    facts = {
        "kind_text": KIND_TEXTS[request.kind],
        "due_at": day_text(request.due_at),
        "request_url": link_of(request, desk=desk),
    }
    return _letter(Template.PRIVACY_REQUEST_CONFIRMATION, request, facts, desk=desk)


def compose_answer(order: Order, *, desk: RequestDesk, now: datetime) -> Letter | Skipped:
    """Return the mail that tells of the answer."""
    request = desk.requests.find(order.text("request_id"))
    if request is None or request.sealed is None:
        return Skipped.SUBJECT_GONE
    if request.state is not RequestState.ANSWERED:
        return Skipped.NOT_YET
    if not request.is_readable(now=now):
        return Skipped.STATE_MOVED_ON
    facts = {
        "kind_text": KIND_TEXTS[request.kind],
        "answer_text": "The answer can be read for 7 days.",
        "request_url": link_of(request, desk=desk),
    }
    return _letter(Template.PRIVACY_REQUEST_ANSWERED, request, facts, desk=desk)


def link_of(request: PrivacyRequest, *, desk: RequestDesk) -> str:
    """Return the link that the mails of a request hold."""
    token = desk.signer().sign([request.request_id, request.nonce], purpose=_PURPOSE)
    return f"{desk.public_base_url}/r/{token}"


def answered(
    request: PrivacyRequest, outcome: Outcome, answer: str, *, desk: RequestDesk, now: datetime
) -> PrivacyRequest:
    """Answer a request: the mail's order goes first, then the state."""
    desk.outbox.announce(Template.PRIVACY_REQUEST_ANSWERED, request_id=request.request_id)
    done = replace(
        request, state=RequestState.ANSWERED, answered_at=now, outcome=outcome, answer=answer
    )
    kept = _kept(done, desk=desk)
    telemetry.event(
        "privacy_request_answered", request_id=request.request_id, outcome=outcome.value
    )
    return kept


def _carried_out(request: PrivacyRequest, *, desk: RequestDesk, now: datetime) -> PrivacyRequest:
    if request.mailbox is None:
        return request
    done = desk.answering.carry_out(request.kind, request.mailbox, now=now)
    request = replace(request, lists=done.lists)
    return answered(request, done.outcome, done.answer, desk=desk, now=now)


def _kept(request: PrivacyRequest, *, desk: RequestDesk) -> PrivacyRequest:
    try:
        return desk.requests.replace(request)
    except (Changed, Missing):
        # Two clicks at once do the same; what the other one wrote is as true.
        return desk.requests.find(request.request_id) or request


def _letter(
    template: Template, request: PrivacyRequest, facts: Mapping[str, object], *, desk: RequestDesk
) -> Letter:
    sealed = request.sealed or ""
    address = desk.envelopes().open(sealed, purpose=_bound(request.request_id)).decode()
    return Letter(template=template, to=address, facts=facts)


def _bound(request_id: str) -> str:
    return f"privacy-request|{request_id}"
