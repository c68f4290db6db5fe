"""Fan blasts: drafts, sending, stopping, what came of them; and the two queues of a run."""

from shared.blasts import (
    chunks,
    deliverability,
    drafting,
    previewing,
    reporting,
    starting,
    steps,
    stopping,
    testing,
)
from shared.blasts.messages import ChunkMessage
from shared.blasts.schemas import BlastChange, BlastListQuery, BlastRequest, SendRequest
from shared.blasts.starting import SendOrder
from shared.blasts.views import (
    BlastListView,
    BlastPreview,
    BlastReport,
    BlastView,
    DeliverabilityView,
    TestOrdered,
)
from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.consumer import Consumers, Delivery
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform import etags
from shared.platform.ids import ArtistId, BlastId
from shared.platform.storage.names import Queue

door = Door("Blasts")
consumers = Consumers()


@door.on(
    "POST",
    "api/blasts",
    terms=Terms(access=Access.ARTIST, body=BlastRequest, idempotent=True, versioned=True),
    answers={201: BlastView},
)
def blast_create(call: Call[BlastRequest]) -> Reply:
    """Create a draft.

    `{{artist_name}}`, `{{page_url}}`, and of its release `{{release_title}}`, `{{release_date}}`
    and `{{release_url}}` are filled in; a text in braces that names none of them stays as it is.
    """
    blast = drafting.create(
        call.body, artist_id=call.artist_id, desk=call.app.blast_desk, ids=call.ids, now=call.now
    )
    return replies.created(
        BlastView.of(blast),
        location=f"/api/blasts/{blast.blast_id}",
        etag=etags.strong(blast.version),
    )


@door.on(
    "GET",
    "api/blasts",
    terms=Terms(access=Access.ARTIST, query=BlastListQuery),
    answers={200: BlastListView},
)
def blast_list(call: Call[None]) -> Reply:
    """List the artist's blasts, newest first."""
    asked = bodies.from_strings(call.query, BlastListQuery)
    page = drafting.page(
        artist_id=call.artist_id,
        desk=call.app.blast_desk,
        cursors=call.app.cursors,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    desk = call.app.blast_desk
    views = [BlastView.of(each, chosen=reporting.chosen(each, desk=desk)) for each in page.blasts]
    return replies.items(views, next_cursor=page.next_cursor)


@door.on(
    "GET",
    "api/blasts/{blast_id}",
    terms=Terms(access=Access.ARTIST, versioned=True),
    answers={200: BlastView},
)
def blast_read(call: Call[None]) -> Reply:
    """Read a blast. While it is sending, `chosen` grows until all recipients are chosen."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    chosen = reporting.chosen(blast, desk=desk)
    etag = etags.strong(*reporting.versions(blast, chosen))
    return replies.ok(BlastView.of(blast, chosen=chosen), etag=etag)


@door.on(
    "PATCH",
    "api/blasts/{blast_id}",
    terms=Terms(access=Access.ARTIST, body=BlastChange, versioned=True),
    answers={200: BlastView},
    problems=("invalid_state", "stale_version"),
)
def blast_change(call: Call[BlastChange]) -> Reply:
    """Change what is sent of a draft; a blast that is no draft is 409 `invalid_state`."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    changed = drafting.change(blast, call.body, if_match=call.if_match, desk=desk, now=call.now)
    return replies.ok(BlastView.of(changed), etag=etags.strong(changed.version))


@door.on(
    "DELETE",
    "api/blasts/{blast_id}",
    terms=Terms(access=Access.ARTIST),
    answers={204: None},
    problems=("invalid_state", "stale_version"),
)
def blast_delete(call: Call[None]) -> Reply:
    """Delete a blast with its report; while scheduled or sending it is 409 `invalid_state`."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    drafting.delete(blast, if_match=call.if_match, desk=desk, now=call.now)
    return replies.no_content()


@door.on(
    "GET",
    "api/blasts/{blast_id}/preview",
    terms=Terms(access=Access.ARTIST),
    answers={200: BlastPreview},
)
def blast_preview(call: Call[None]) -> Reply:
    """Show the mail as it would go, how many would get it, and what to mend before."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    found = previewing.preview(blast, artist=call.artist, desk=desk, now=call.now)
    return replies.ok(BlastPreview.of(found))


@door.on(
    "POST",
    "api/blasts/{blast_id}/test",
    terms=Terms(access=Access.ARTIST, idempotent=True),
    answers={202: TestOrdered},
    problems=("mail_too_large", "no_email_address"),
)
def blast_test(call: Call[None]) -> Reply:
    """Send a test mail to the artist's own verified address, at most ten an hour."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    testing.order_test(blast, artist=call.artist, desk=desk, ids=call.ids, now=call.now)
    return replies.accepted(TestOrdered(status="accepted"))


@door.on(
    "POST",
    "api/blasts/{blast_id}/send",
    terms=Terms(access=Access.ARTIST, body=SendRequest, idempotent=True, fresh_sign_in=True),
    answers={202: BlastView},
    problems=(
        "count_pending",
        "invalid_state",
        "mail_too_large",
        "no_recipients",
        "recipients_changed",
        "sender_incomplete",
    ),
)
def blast_send(call: Call[SendRequest]) -> Reply:
    """Send a draft, now or at `send_at`.

    409: `invalid_state`, `sender_incomplete`, `count_pending`, `no_recipients`, `mail_too_large`,
    and `recipients_changed` with `recipients`, the number now, where `expected_recipients` is more
    than 5 % away from it.
    """
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    order = SendOrder(expected_recipients=call.body.expected_recipients, send_at=call.body.moment)
    sent = starting.send(blast, order, artist=call.artist, desk=desk, now=call.now)
    return replies.accepted(BlastView.of(sent), location=f"/api/blasts/{sent.blast_id}")


@door.on(
    "POST",
    "api/blasts/{blast_id}/cancel",
    terms=Terms(access=Access.ARTIST, idempotent=True),
    answers={200: BlastView},
    problems=("invalid_state",),
)
def blast_cancel(call: Call[None]) -> Reply:
    """Cancel: a scheduled blast is a draft again; of a sending one nothing more goes."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    return replies.ok(BlastView.of(stopping.cancel(blast, desk=desk, now=call.now)))


@door.on(
    "POST",
    "api/blasts/{blast_id}/resume",
    terms=Terms(access=Access.ARTIST, idempotent=True, fresh_sign_in=True),
    answers={200: BlastView},
    problems=("invalid_state",),
)
def blast_resume(call: Call[None]) -> Reply:
    """Go on with who is pending or failed for a passing reason, and with nobody else."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    return replies.ok(BlastView.of(stopping.resume(blast, desk=desk, now=call.now)))


@door.on(
    "GET",
    "api/blasts/{blast_id}/report",
    terms=Terms(access=Access.ARTIST),
    answers={200: BlastReport},
)
def blast_report(call: Call[None]) -> Reply:
    """Count what became of everybody who was chosen."""
    desk = call.app.blast_desk
    blast = drafting.read(call.route["blast_id"], artist_id=call.artist_id, desk=desk)
    return replies.ok(BlastReport.of(reporting.report(blast, desk=desk, now=call.now)))


@door.on(
    "GET",
    "api/deliverability",
    terms=Terms(access=Access.ARTIST),
    answers={200: DeliverabilityView},
)
def deliverability_read(call: Call[None]) -> Reply:
    """Show the sending domain's state, rates over 30 days, and how near the brakes are."""
    found = deliverability.deliverability(
        call.artist_id, domains=call.app.domain_states, desk=call.app.blast_desk, now=call.now
    )
    return replies.ok(DeliverabilityView.of(found))


@consumers.on(Queue.BLAST_STARTS)
def blast_starts_consume(delivery: Delivery) -> None:
    """Take one step of a run: start, walk, feed, or look after it."""
    steps.take(delivery.message, desk=delivery.app.blast_desk, now=delivery.now)


@consumers.on(Queue.BLAST_CHUNKS)
def blast_chunks_consume(delivery: Delivery) -> None:
    """Ask the provider for one chunk."""
    message = ChunkMessage(
        artist_id=ArtistId(delivery.text("artist_id")),
        blast_id=BlastId(delivery.text("blast_id")),
        chunk=delivery.text("chunk"),
        attempt=delivery.number("attempt"),
    )
    chunks.send_chunk(message, desk=delivery.app.blast_desk, now=delivery.now)
