"""The register of privacy requests, as operators read it and answer from it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.platform import telemetry
from shared.platform.cursors import Cursors
from shared.platform.problems import Conflict, NotFound
from shared.platform.storage.faults import Changed, Missing
from shared.privacy import requesting
from shared.privacy.model import (
    ANSWER_EXTENSION,
    CONFIRM_WITHIN,
    REGISTER_KEPT_FOR,
    Outcome,
    PrivacyRequest,
    RequestState,
)
from shared.privacy.request_store import RequestStore
from shared.privacy.requesting import RequestDesk

_SCOPE = "privacy-requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """A page of the register."""

    requests: list[PrivacyRequest]
    next_cursor: str | None


def listed(
    *, requests: RequestStore, cursors: Cursors, limit: int, cursor: str | None
) -> RegisterPage:
    """Return what is open, what is due first at the beginning: overdue ones lead.

    Raises:
        Invalid: not a cursor of this list.
    """
    position = cursors.read(cursor, scope=_SCOPE)
    waiting = sorted(requests.unanswered(), key=_place)
    if position:
        last = (str(position[0]), str(position[1]))
        waiting = [request for request in waiting if _place(request) > last]
    page = waiting[:limit]
    more = len(waiting) > limit
    next_cursor = cursors.make(list(_place(page[-1])), scope=_SCOPE) if more else None
    return RegisterPage(requests=page, next_cursor=next_cursor)


def resolve(
    request_id: str, outcome: Outcome, answer: str, *, desk: RequestDesk, now: datetime
) -> PrivacyRequest:
    """Answer a confirmed request by hand; answering it again changes nothing.

    Raises:
        NotFound: there is no such request.
        Conflict: the mailbox is not proved.
    """
    request = _found(request_id, desk=desk)
    if request.state is RequestState.ANSWERED:
        return request
    if request.state is RequestState.RECEIVED:
        raise Conflict("The mailbox has not confirmed this request.", code="invalid_state")
    return requesting.answered(request, outcome, answer, desk=desk, now=now)


def extend(request_id: str, *, days: int, desk: RequestDesk, now: datetime) -> PrivacyRequest:
    """Give a request more time, once, and two months at most (GDPR, Art. 12(3)).

    Raises:
        NotFound: there is no such request.
        Conflict: it is answered, or was extended before.
    """
    request = _found(request_id, desk=desk)
    if request.state is RequestState.ANSWERED or request.extended_at is not None:
        raise Conflict("It is answered, or was extended before.", code="invalid_state")
    longer = min(timedelta(days=days), ANSWER_EXTENSION)
    extended = replace(request, due_at=request.due_at + longer, extended_at=now)
    try:
        return desk.requests.replace(extended)
    except (Changed, Missing):
        raise Conflict("It was changed just now.", code="invalid_state") from None


def sweep(*, requests: RequestStore, now: datetime) -> int:
    """Forget whose the answered requests were, and what was never confirmed; count the lines.

    For the nightly retention.
    """
    changed = 0
    for request in requests.every():
        if _is_dead(request, now=now):
            changed += requests.delete(request)
        elif request.mailbox is not None and not request.is_readable(now=now):
            changed += _forgotten(request, requests=requests)
    telemetry.event("privacy_requests_swept", count=changed)
    return changed


def _forgotten(request: PrivacyRequest, *, requests: RequestStore) -> int:
    try:
        requests.replace(request.forgotten())
    except (Changed, Missing):
        return 0
    return 1


def _is_dead(request: PrivacyRequest, *, now: datetime) -> bool:
    if request.state is RequestState.RECEIVED:
        return now >= request.received_at + CONFIRM_WITHIN
    return request.answered_at is not None and now >= request.answered_at + REGISTER_KEPT_FOR


def _found(request_id: str, *, desk: RequestDesk) -> PrivacyRequest:
    request = desk.requests.find(request_id)
    if request is None:
        raise NotFound
    return request


def _place(request: PrivacyRequest) -> tuple[str, str]:
    return request.due_at.isoformat(), request.request_id
