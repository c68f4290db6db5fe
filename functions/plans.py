"""Marketing plans: asking, reading, approving, following; the queue that writes them."""

from shared.blasts.views import BlastView
from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.consumer import Consumers, Delivery
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.plans import (
    approving,
    asking,
    blast_drafts,
    calendar,
    changing,
    generating,
    reading,
    today,
)
from shared.plans.changing import ActionRef
from shared.plans.model import Plan
from shared.plans.reading import ReadPlan
from shared.plans.schemas import (
    ActionChange,
    ApproveRequest,
    CalendarQuery,
    PlanListQuery,
    PlanRequest,
    RegenerateRequest,
)
from shared.plans.views import PlanActionView, PlanListView, PlanView, TodayView
from shared.platform import etags
from shared.platform.ids import ArtistId
from shared.platform.storage.names import Queue
from shared.wiring import App

door = Door("Plans")
consumers = Consumers()

_ARTIST = Terms(access=Access.ARTIST)


def _view(app: App, read: ReadPlan) -> PlanView:
    base = app.settings.public_base_url
    url = calendar.url(read.plan, signer=app.link_signer, base_url=base)
    return PlanView.of(read, calendar_url=url)


def _begun(app: App, plan: Plan) -> Reply:
    read = reading.with_actions(plan, plans=app.plans)
    return replies.accepted(_view(app, read), location=f"/api/plans/{plan.plan_id}")


def _shown(app: App, plan: Plan) -> Reply:
    read = reading.with_actions(plan, plans=app.plans)
    return replies.ok(_view(app, read), etag=etags.strong(plan.version))


@door.on(
    "POST",
    "api/releases/{release_id}/plans",
    terms=Terms(access=Access.ARTIST, body=PlanRequest, idempotent=True),
    answers={202: PlanView},
)
def plan_ask(call: Call[PlanRequest]) -> Reply:
    """Ask for a marketing plan of a release.

    A queue function writes it: read the plan until its `state` is `draft`. Its dates, lead times,
    hours and money come from the catalogue; a model writes the words, or the playbook where it
    cannot (`source.kind`).
    """
    plan = asking.ask(
        call.route["release_id"],
        call.body,
        artist_id=call.artist_id,
        desk=call.app.plan_desk,
        ids=call.ids,
        now=call.now,
    )
    return _begun(call.app, plan)


@door.on(
    "GET",
    "api/releases/{release_id}/plans",
    terms=Terms(access=Access.ARTIST, query=PlanListQuery),
    answers={200: PlanListView},
)
def plan_list(call: Call[None]) -> Reply:
    """List a release's plans, newest first."""
    asked = bodies.from_strings(call.query, PlanListQuery)
    page = reading.page(
        call.route["release_id"],
        asked,
        artist_id=call.artist_id,
        plans=call.app.plans,
        releases=call.app.releases,
        cursors=call.app.cursors,
    )
    views = [_view(call.app, read) for read in page.plans]
    return replies.items(views, next_cursor=page.next_cursor)


@door.on(
    "GET",
    "api/plans/{plan_id}",
    terms=Terms(access=Access.ARTIST, versioned=True),
    answers={200: PlanView},
)
def plan_read(call: Call[None]) -> Reply:
    """Read a plan. Its ETag is what an approval names."""
    read = reading.read(call.route["plan_id"], artist_id=call.artist_id, plans=call.app.plans)
    return replies.ok(_view(call.app, read), etag=etags.strong(read.plan.version))


@door.on(
    "POST",
    "api/plans/{plan_id}/approve",
    terms=Terms(access=Access.ARTIST, body=ApproveRequest, versioned=True),
    answers={200: PlanView},
    problems=("if_match_required", "invalid_state", "stale_version"),
)
def plan_approve(call: Call[ApproveRequest]) -> Reply:
    """Approve a draft exactly as it was read.

    `If-Match` holds the plan's ETag. Reminders and the question on the release's day are scheduled,
    a mail confirms it, and a plan approved earlier for the release becomes `superseded`.
    """
    plan = approving.approve(
        call.route["plan_id"],
        artist=call.artist,
        if_match=call.if_match,
        days=call.app.release_days,
        outbox=call.app.outbox,
        now=call.now,
    )
    return _shown(call.app, plan)


@door.on(
    "POST",
    "api/plans/{plan_id}/regenerate",
    terms=Terms(access=Access.ARTIST, body=RegenerateRequest, idempotent=True),
    answers={202: PlanView},
    problems=("invalid_state",),
)
def plan_regenerate(call: Call[RegenerateRequest]) -> Reply:
    """Ask for a new plan with feedback on this one, which is kept."""
    plan = asking.ask_again(
        call.route["plan_id"],
        call.body.feedback,
        artist_id=call.artist_id,
        desk=call.app.plan_desk,
        ids=call.ids,
        now=call.now,
    )
    return _begun(call.app, plan)


@door.on(
    "PATCH",
    "api/plans/{plan_id}/actions/{action_id}",
    terms=Terms(access=Access.ARTIST, body=ActionChange, versioned=True),
    answers={200: PlanActionView},
    problems=("conflict", "invalid_state", "stale_version"),
)
def plan_action_change(call: Call[ActionChange]) -> Reply:
    """Change an action: done, skipped, another day, other words, a note.

    An `If-Match` holds the plan's ETag, and the answer's ETag is the plan's new one. A day in the
    past is refused, and so is one after the last day of a channel with a lead time.
    """
    plan, action = changing.change(
        ActionRef(**call.route, if_match=call.if_match),
        call.body.changes(),
        artist=call.artist,
        followers=call.app.plan_followers,
        now=call.now,
    )
    return replies.ok(PlanActionView.of(action), etag=etags.strong(plan.version))


@door.on(
    "POST",
    "api/plans/{plan_id}/actions/{action_id}/draft-blast",
    terms=Terms(access=Access.ARTIST, idempotent=True, versioned=True),
    answers={201: BlastView},
    problems=("invalid_state",),
)
def plan_action_draft_blast(call: Call[None]) -> Reply:
    """Make a draft of a blast from a fan-mail action, with the plan's copy in it."""
    blast = blast_drafts.draft(
        ActionRef(**call.route),
        artist_id=call.artist_id,
        plans=call.app.plans,
        desk=call.app.blast_desk,
        ids=call.ids,
        now=call.now,
    )
    location = f"/api/blasts/{blast.blast_id}"
    return replies.created(BlastView.of(blast), location=location, etag=etags.strong(blast.version))


@door.on("GET", "api/today", terms=_ARTIST, answers={200: TodayView})
def today_read(call: Call[None]) -> Reply:
    """Tell what to do today and what is overdue, over all releases."""
    listed = today.day_list(
        call.artist,
        due=call.app.due_actions,
        plans=call.app.plans,
        releases=call.app.releases,
        now=call.now,
    )
    return replies.ok(TodayView.of(listed))


@door.on(
    "GET",
    "api/plans/{plan_id}/calendar.ics",
    terms=Terms(
        access=Access.PUBLIC, query=CalendarQuery, cache="private, max-age=300", versioned=True
    ),
    answers={200: None},
    media=calendar.MEDIA,
)
def plan_calendar(call: Call[None]) -> Reply:
    """Feed a calendar program with a plan's dates, by the signed token of `calendar_url`."""
    asked = bodies.from_strings(call.query, CalendarQuery)
    feed = calendar.feed(
        call.route["plan_id"],
        asked.token,
        plans=call.app.plans,
        artists=call.app.artists,
        signer=call.app.link_signer,
    )
    return replies.file(
        feed.content, content_type=calendar.MEDIA, etag=etags.strong(feed.plan.version)
    )


@door.on(
    "POST",
    "api/plans/{plan_id}/calendar-token",
    terms=Terms(access=Access.ARTIST, versioned=True),
    answers={200: PlanView},
    problems=("conflict",),
)
def plan_calendar_replace(call: Call[None]) -> Reply:
    """Replace the calendar's link: the earlier one opens nothing any more."""
    plan = calendar.replace_key(
        call.route["plan_id"],
        artist_id=call.artist_id,
        plans=call.app.plans,
        ids=call.ids,
        now=call.now,
    )
    return _shown(call.app, plan)


@consumers.on(Queue.PLAN_REQUESTS)
def plan_requests_consume(delivery: Delivery) -> None:
    """Write the plan that the message names."""
    generating.generate(
        delivery.text("plan_id"),
        artist_id=ArtistId(delivery.text("artist_id")),
        attempt=delivery.attempt,
        planner=delivery.app.planner,
        now=delivery.now,
    )
