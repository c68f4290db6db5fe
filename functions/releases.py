"""Releases: what an artist brings out, what it lacks, and which dates leave which doors open."""

from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform import etags
from shared.releases import drafting, readiness
from shared.releases.schemas import (
    DateDialQuery,
    ReleaseChange,
    ReleaseListQuery,
    ReleaseRequest,
)
from shared.releases.views import DateDialView, ReadinessView, ReleaseListView, ReleaseView

door = Door("Releases")


@door.on(
    "POST",
    "api/releases",
    terms=Terms(access=Access.ARTIST, body=ReleaseRequest, idempotent=True, versioned=True),
    answers={201: ReleaseView},
)
def release_create(call: Call[ReleaseRequest]) -> Reply:
    """Create a release.

    Without a `state` it is `scheduled` when it has a date, and a `draft` when it has none.
    """
    release = drafting.create(
        call.body,
        artist_id=call.artist_id,
        releases=call.app.releases,
        ids=call.ids,
        now=call.now,
    )
    location = f"/api/releases/{release.release_id}"
    return replies.created(
        ReleaseView.of(release), location=location, etag=etags.strong(release.version)
    )


@door.on(
    "GET",
    "api/releases",
    terms=Terms(access=Access.ARTIST, query=ReleaseListQuery),
    answers={200: ReleaseListView},
)
def release_list(call: Call[None]) -> Reply:
    """List the artist's releases, newest first."""
    asked = bodies.from_strings(call.query, ReleaseListQuery)
    page = drafting.page(
        artist_id=call.artist_id,
        releases=call.app.releases,
        cursors=call.app.cursors,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return replies.items(list(map(ReleaseView.of, page.releases)), next_cursor=page.next_cursor)


@door.on(
    "GET",
    "api/releases/{release_id}",
    terms=Terms(access=Access.ARTIST, versioned=True),
    answers={200: ReleaseView},
)
def release_read(call: Call[None]) -> Reply:
    """Read a release."""
    release = drafting.read(
        call.route["release_id"], artist_id=call.artist_id, releases=call.app.releases
    )
    return replies.ok(ReleaseView.of(release), etag=etags.strong(release.version))


@door.on(
    "PATCH",
    "api/releases/{release_id}",
    terms=Terms(access=Access.ARTIST, body=ReleaseChange, versioned=True),
    answers={200: ReleaseView},
    problems=("conflict", "invalid_state", "stale_version"),
)
def release_change(call: Call[ReleaseChange]) -> Reply:
    """Change what is sent of a release.

    `state: live` with `links` says that it is out, and stays. Taking the date away makes it a
    draft, giving one schedules it, unless a `state` is sent.
    """
    release = drafting.change(
        call.route["release_id"],
        call.body,
        artist_id=call.artist_id,
        if_match=call.if_match,
        releases=call.app.releases,
        announcer=call.app.release_announcer,
        ids=call.ids,
        now=call.now,
    )
    return replies.ok(ReleaseView.of(release), etag=etags.strong(release.version))


@door.on(
    "DELETE",
    "api/releases/{release_id}",
    terms=Terms(access=Access.ARTIST),
    answers={204: None},
    problems=("stale_version",),
)
def release_delete(call: Call[None]) -> Reply:
    """Delete a release with its files, plans and performance."""
    call.app.release_eraser.delete(
        call.route["release_id"],
        artist_id=call.artist_id,
        if_match=call.if_match,
        now=call.now,
    )
    return replies.no_content()


@door.on(
    "GET",
    "api/releases/{release_id}/readiness",
    terms=Terms(access=Access.ARTIST),
    answers={200: ReadinessView},
)
def release_readiness(call: Call[None]) -> Reply:
    """Tell what a release lacks, each with the plan actions that wait for it."""
    release = drafting.read(
        call.route["release_id"], artist_id=call.artist_id, releases=call.app.releases
    )
    missing = readiness.missing(
        release, artist=call.artist, count_fans=call.app.count_fans, now=call.now
    )
    return replies.ok(ReadinessView.of(missing))


@door.on(
    "GET",
    "api/releases/{release_id}/date-dial",
    terms=Terms(access=Access.ARTIST, query=DateDialQuery),
    answers={200: DateDialView},
)
def release_date_dial(call: Call[None]) -> Reply:
    """Tell for each possible release date which doors are open, and which are closed and why.

    `from` is today when it is not given, `to` eight weeks later; a year at most. No AI is asked.
    """
    asked = bodies.from_strings(call.query, DateDialQuery)
    release = drafting.read(
        call.route["release_id"], artist_id=call.artist_id, releases=call.app.releases
    )
    days = readiness.dial(
        release,
        artist=call.artist,
        count_fans=call.app.count_fans,
        between=(asked.first, asked.last),
        now=call.now,
    )
    return replies.ok(DateDialView.of(days))
