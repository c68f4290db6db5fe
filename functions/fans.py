"""The artist's fan list, and the queues that count and walk it."""

from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.consumer import Consumers, Delivery
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.fans import deleting, exporting, list_work, reading
from shared.fans.exporting import Exported, ExportFormat
from shared.fans.queries import ExportQuery, FanDeletionRequest, FanQuery
from shared.fans.schemas import FanDeletionView, FanDetail, FanList, FanStats
from shared.platform.ids import ArtistId
from shared.platform.storage.names import Queue

door = Door("Fans")
consumers = Consumers()


@door.on(
    "GET",
    "api/fans",
    terms=Terms(access=Access.ARTIST, query=FanQuery, versioned=True),
    answers={200: FanList},
)
def fans_list(call: Call[None]) -> Reply:
    """List the fans, newest sign-up first.

    With a narrow filter a page may be short, or empty, and still have a `next_cursor`: go on until
    it is null.
    """
    asked = bodies.from_strings(call.query, FanQuery)
    found = reading.listed(call.artist_id, asked, fans=call.app.fans, cursors=call.app.cursors)
    return replies.ok_by_content(found)


@door.on("GET", "api/fans/stats", terms=Terms(access=Access.ARTIST), answers={200: FanStats})
def fans_stats(call: Call[None]) -> Reply:
    """Count the fans: by status, place, day of sign-up, page and source. Exact."""
    counters = call.app.fan_counters.exact(call.artist_id)
    return replies.ok(FanStats.of(counters, as_of=call.now))


@door.on(
    "GET",
    "api/fans/export.csv",
    terms=Terms(access=Access.ARTIST, query=ExportQuery, fresh_sign_in=True),
    answers={200: None, 303: None},
    media=("text/csv", "application/x-ndjson"),
)
def fans_export(call: Call[None]) -> Reply:
    """Export every fan with every field, whatever the status.

    CSV (RFC 4180, UTF-8 with a byte order mark; a cell that a spreadsheet would take for a formula
    gets a leading apostrophe), or `?format=jsonl`, lossless. Over about 50,000 fans a queue
    function builds the file: 303.
    """
    how = ExportFormat(bodies.from_strings(call.query, ExportQuery).format)
    exported = exporting.export(
        call.artist_id,
        how,
        desk=call.app.fan_list_exports,
        now=call.now,
        ids=call.ids,
    )
    return _file(exported, how)


@door.on(
    "GET",
    "api/fans/{fan_id}",
    terms=Terms(access=Access.ARTIST, versioned=True),
    answers={200: FanDetail},
)
def fan_read(call: Call[None]) -> Reply:
    """Return one fan with the history of the status and, if mail is refused, why."""
    found = reading.one(
        call.artist_id,
        call.route["fan_id"],
        fans=call.app.fans,
        suppressions=call.app.suppressions,
    )
    return replies.ok(found.view, etag=found.etag)


@door.on(
    "DELETE",
    "api/fans/{fan_id}",
    terms=Terms(access=Access.ARTIST),
    answers={204: None},
    problems=("stale_version",),
)
def fan_delete(call: Call[None]) -> Reply:
    """Delete a fan, really. A keyed hash stays, so that only the fan's own sign-up comes back."""
    deleting.delete_one(
        call.artist_id,
        call.route["fan_id"],
        if_match=call.if_match,
        desk=call.app.fan_deletion_desk,
        now=call.now,
        ids=call.ids,
    )
    return replies.no_content()


@door.on(
    "POST",
    "api/fans/delete",
    terms=Terms(access=Access.ARTIST, body=FanDeletionRequest, fresh_sign_in=True, idempotent=True),
    answers={202: FanDeletionView},
    problems=("count_changed",),
)
def fans_delete(call: Call[FanDeletionRequest]) -> Reply:
    """Delete all fans that a filter fits, when they are as many as expected."""
    view = deleting.delete_many(
        call.artist_id,
        call.body,
        desk=call.app.fan_deletion_desk,
        now=call.now,
        ids=call.ids,
    )
    return replies.accepted(view)


@consumers.on(Queue.FAN_FOLDS)
def fan_folds_consume(delivery: Delivery) -> None:
    """Count what was written to a shard and is not counted yet."""
    delivery.app.fan_counters.fold(
        ArtistId(delivery.text("artist_id")), delivery.number("shard"), now=delivery.now
    )


@consumers.on(Queue.FAN_WALKS)
def fan_walks_consume(delivery: Delivery) -> None:
    """Go on with work on a whole list, or look after fans that were erased."""
    list_work.go_on(
        ArtistId(delivery.text("artist_id")),
        delivery.text("walk"),
        message=delivery.message,
        work=delivery.app.list_work,
        now=delivery.now,
    )


def _file(exported: Exported, how: ExportFormat) -> Reply:
    whole = replies.file(
        exported.content, content_type=how.content_type, filename=f"fans.{how.value}"
    )
    return replies.see_other(exported.location) if exported.location else whole
