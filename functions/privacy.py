"""People's rights: exports, requests and erasures, with the queues that build and erase."""

from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.consumer import Consumers, Delivery
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform.storage.names import Queue
from shared.privacy import (
    deciding,
    erasing,
    exporting,
    minors,
    request_pages,
    requesting,
    reviewing,
)
from shared.privacy.model import ExportKind
from shared.privacy.pages import thanks_page
from shared.privacy.schemas import (
    ErasurePage,
    ErasureView,
    ExportView,
    MinorErasureView,
    MinorReport,
    OpsPageQuery,
    PrivacyRequestForm,
    PrivacyRequestPage,
    PrivacyRequestView,
    RequestExtension,
    RequestResolution,
    SubjectReport,
)

door = Door("Privacy")
consumers = Consumers()

_OPERATOR = Terms(access=Access.OPERATOR)
_PAGED = Terms(access=Access.OPERATOR, query=OpsPageQuery)
_LINK = Terms(access=Access.PUBLIC, html=True)


@door.on(
    "POST",
    "api/me/exports",
    terms=Terms(access=Access.CLOSING_ARTIST, fresh_sign_in=True, idempotent=True),
    answers={202: ExportView},
)
def me_export_ask(call: Call[None]) -> Reply:
    """Ask for everything that is held on the own account, as one ZIP.

    A queue function builds it; a mail tells when it is there. Needs a sign-in at most ten minutes
    old. Answers during the grace of a deletion, too.
    """
    export = exporting.ask(
        call.artist_id, ExportKind.ACCOUNT, desk=call.app.export_desk, now=call.now, ids=call.ids
    )
    return replies.accepted(
        ExportView.asked(export), location=f"/api/me/exports/{export.export_id}"
    )


@door.on(
    "GET",
    "api/me/exports/{export_id}",
    terms=Terms(access=Access.CLOSING_ARTIST, fresh_sign_in=True),
    answers={200: ExportView},
)
def me_export_read(call: Call[None]) -> Reply:
    """Read an own export; once it is ready, with a link for this session that lives 24 hours.

    The file goes after 7 days, and with the account. Needs a sign-in at most ten minutes old.
    """
    handout = exporting.read(
        call.route["export_id"],
        artist_id=call.artist_id,
        session_id=call.session.session_id,
        desk=call.app.export_desk,
        now=call.now,
    )
    return replies.ok(ExportView.of(handout))


@door.on("GET", "api/exports/{token}", terms=Terms(access=Access.PUBLIC), answers={302: None})
def export_file_read(call: Call[None]) -> Reply:
    """Follow an export's link to its file; the file's own address lives ten minutes."""
    address = exporting.hand_out(call.route["token"], desk=call.app.export_desk, now=call.now)
    return replies.found(address)


@consumers.on(Queue.EXPORTS)
def exports_consume(delivery: Delivery) -> None:
    """Build an export's file."""
    exporting.build(delivery.text("export_id"), desk=delivery.app.export_desk, now=delivery.now)


@door.on(
    "POST",
    "api/privacy/requests",
    terms=Terms(access=Access.PUBLIC, body=PrivacyRequestForm),
    answers={202: PrivacyRequestView},
)
def privacy_request_make(call: Call[PrivacyRequestForm]) -> Reply:
    """Ask for access, correction, deletion, a copy, or no more mails, for an address.

    Always 202. A link goes to the address, and nothing is told or changed before it was followed;
    three such mails a day for a mailbox. The clock of 30 days runs from now.
    """
    request = requesting.take_in(
        call.body.kind, call.body.email, desk=call.app.request_desk, now=call.now, ids=call.ids
    )
    return replies.accepted(PrivacyRequestView.of(request, now=call.now))


@door.on(
    "POST",
    "privacy",
    terms=Terms(access=Access.PUBLIC, body=PrivacyRequestForm, form=True, html=True),
    answers={200: None},
    media="text/html",
)
def privacy_form_take(call: Call[PrivacyRequestForm]) -> Reply:
    """Take the form of the policy's page: the same as `POST /api/privacy/requests`."""
    requesting.take_in(
        call.body.kind, call.body.email, desk=call.app.request_desk, now=call.now, ids=call.ids
    )
    return replies.page(thanks_page())


@door.on("GET", "r/{token}", terms=_LINK, answers={200: None}, media="text/html")
def privacy_link_look(call: Call[None]) -> Reply:
    """Show a privacy request, and later its result. Changes nothing."""
    desk = call.app.request_desk
    request = requesting.opened(call.route["token"], desk=desk)
    return replies.page(request_pages.request_page(request, desk=desk, now=call.now))


@door.on("GET", "r/{token}/data.json", terms=_LINK, answers={200: SubjectReport})
def privacy_link_download(call: Call[None]) -> Reply:
    """Download the result of a privacy request as JSON."""
    desk = call.app.request_desk
    request = requesting.opened(call.route["token"], desk=desk)
    report = request_pages.report(request, desk=desk, now=call.now)
    return replies.file(replies.as_json(report), content_type=replies.JSON, filename="my-data.json")


@door.on("POST", "r/{token}", terms=_LINK, answers={200: None}, media="text/html")
def privacy_link_settle(call: Call[None]) -> Reply:
    """Confirm a privacy request. Confirming again is fine."""
    desk = call.app.request_desk
    request = requesting.confirm(call.route["token"], desk=desk, now=call.now)
    return replies.page(request_pages.request_page(request, desk=desk, now=call.now))


@door.on("GET", "api/ops/privacy-requests", terms=_PAGED, answers={200: PrivacyRequestPage})
def ops_privacy_requests_list(call: Call[None]) -> Reply:
    """List the open privacy requests, overdue first."""
    query = bodies.from_strings(call.query, OpsPageQuery)
    page = deciding.listed(
        requests=call.app.privacy_requests,
        cursors=call.app.cursors,
        limit=query.limit,
        cursor=query.cursor,
    )
    views = [PrivacyRequestView.of(one, now=call.now) for one in page.requests]
    return replies.items(views, next_cursor=page.next_cursor)


@door.on(
    "POST",
    "api/ops/privacy-requests/{id}/resolve",
    terms=Terms(access=Access.OPERATOR, body=RequestResolution),
    answers={200: PrivacyRequestView},
    problems=("invalid_state",),
)
def ops_privacy_request_resolve(call: Call[RequestResolution]) -> Reply:
    """Answer a confirmed privacy request by hand; the answer goes out by mail and link."""
    request = deciding.resolve(
        call.route["id"],
        call.body.outcome,
        call.body.answer,
        desk=call.app.request_desk,
        now=call.now,
    )
    return replies.ok(PrivacyRequestView.of(request, now=call.now))


@door.on(
    "POST",
    "api/ops/privacy-requests/{id}/extend",
    terms=Terms(access=Access.OPERATOR, body=RequestExtension),
    answers={200: PrivacyRequestView},
    problems=("invalid_state",),
)
def ops_privacy_request_extend(call: Call[RequestExtension]) -> Reply:
    """Give a privacy request more time, once and by 60 days at most."""
    request = deciding.extend(
        call.route["id"], days=call.body.days, desk=call.app.request_desk, now=call.now
    )
    return replies.ok(PrivacyRequestView.of(request, now=call.now))


@door.on("GET", "api/ops/erasures", terms=_PAGED, answers={200: ErasurePage})
def ops_erasures_list(call: Call[None]) -> Reply:
    """List erasures, the newest first: what was deleted where and when, with nobody's data."""
    query = bodies.from_strings(call.query, OpsPageQuery)
    page = reviewing.listed(
        erasures=call.app.erasures,
        cursors=call.app.cursors,
        limit=query.limit,
        cursor=query.cursor,
    )
    views = [ErasureView.of(one) for one in page.erasures]
    return replies.items(views, next_cursor=page.next_cursor)


@door.on("GET", "api/ops/erasures/{id}", terms=_OPERATOR, answers={200: ErasureView})
def ops_erasure_read(call: Call[None]) -> Reply:
    """Read the proof of an erasure."""
    return replies.ok(ErasureView.of(reviewing.read(call.route["id"], erasures=call.app.erasures)))


@consumers.on(Queue.ERASURES)
def erasures_consume(delivery: Delivery) -> None:
    """Do one bounded step of an erasure."""
    erasing.step(delivery.text("erasure_id"), desk=delivery.app.erasure_desk, now=delivery.now)


@door.on(
    "POST",
    "api/ops/minors",
    terms=Terms(access=Access.OPERATOR, body=MinorReport),
    answers={200: MinorErasureView},
    problems=("clerk_unavailable", "not_found"),
)
def ops_minor_erase(call: Call[MinorReport]) -> Reply:
    """Delete a child's data now, not in 30 days; without `confirm: true` only count it.

    By `clerk_user_id` or `email`: the account, the Clerk user, and the address on every fan list.
    """
    body, desk = call.body, call.app.minor_desk
    found = minors.report(body.clerk_user_id, body.email, desk=desk)
    done = minors.erase(found, confirmed=body.confirm, desk=desk, now=call.now, ids=call.ids)
    return replies.ok(MinorErasureView.of(done))
