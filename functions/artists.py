"""The artist's own account: onboarding, profile and settings, notices, objections, audit trail."""

from shared.artists import correcting, onboarding, reading
from shared.artists.correcting import Correction
from shared.artists.onboarding import Applicant
from shared.artists.pages import reply_to_page
from shared.artists.schemas import ObjectionRequest, Onboarding, PageQuery, ProfileChange
from shared.artists.views import (
    ActivityPage,
    ActivityView,
    BannerPage,
    BannerView,
    MeView,
    ObjectionView,
)
from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms

door = Door("Account")


@door.on(
    "GET",
    "api/me",
    terms=Terms(access=Access.SESSION, versioned=True),
    answers={200: MeView},
    problems=("not_onboarded",),
)
def me_read(call: Call[None]) -> Reply:
    """Read the own account.

    Profile, settings, consents, connections and the notices due. 404 `not_onboarded` before
    onboarding. Answers during the grace of a deletion, too.
    """
    account = reading.account(call.caller.account_id, artists=call.app.artists)
    view = MeView.of(account, base_url=call.app.settings.public_base_url)
    return replies.ok(view, etag=reading.etag_of(account))


@door.on(
    "PUT",
    "api/me",
    terms=Terms(access=Access.SESSION, body=Onboarding, versioned=True),
    answers={200: MeView, 201: MeView},
    problems=(
        "account_closing",
        "clerk_unavailable",
        "conflict",
        "invalid_state",
        "not_eligible",
        "not_found",
        "not_onboarded",
        "reauthentication_required",
        "slug_taken",
    ),
)
def me_onboard(call: Call[Onboarding]) -> Reply:
    """Make the own account.

    E-mail address and sign-in provider come from Clerk at this moment. The birth date is checked
    and never stored. Repeating it mends what is missing and changes what differs (200). Under 13 is
    403 `not_eligible`; a slug that somebody else has is 409 `slug_taken`.
    """
    session = call.session
    applicant = Applicant(
        user_id=session.user_id,
        artist_id=call.caller.account_id,
        signed_in_freshly=session.is_fresh,
    )
    done = onboarding.onboard(
        call.body, applicant=applicant, desk=call.app.front_desk, now=call.now, ids=call.ids
    )
    view = MeView.of(done.account, base_url=call.app.settings.public_base_url)
    etag = reading.etag_of(done.account)
    return replies.made(view, is_new=done.is_new, location="/api/me", etag=etag)


@door.on(
    "PATCH",
    "api/me",
    terms=Terms(access=Access.ARTIST, body=ProfileChange, versioned=True),
    answers={200: MeView},
    problems=(
        "conflict",
        "invalid_state",
        "reauthentication_required",
        "slug_taken",
        "stale_version",
    ),
)
def me_correct(call: Call[ProfileChange]) -> Reply:
    """Correct the own profile and settings.

    Only what is given changes; null empties a field that may be empty. A new `reply_to` waits as
    `pending_reply_to` for the click in the mail to it, and needs a sign-in at most ten minutes old.
    Five new reply addresses in a day are the most. A slug that was left leads on for 90 days.
    Honours `If-Match`.
    """
    correction = Correction(
        changes=call.body.changes(),
        signed_in_freshly=call.session.is_fresh,
        if_match=call.if_match,
    )
    account = correcting.correct(
        call.artist_id, correction, desk=call.app.front_desk, now=call.now, ids=call.ids
    )
    view = MeView.of(account, base_url=call.app.settings.public_base_url)
    return replies.ok(view, etag=reading.etag_of(account))


@door.on("GET", "api/me/banners", terms=Terms(access=Access.ARTIST), answers={200: BannerPage})
def me_banners_list(call: Call[None]) -> Reply:
    """List the notices due, newest first."""
    shown = call.app.banners.shown(call.artist_id)
    return replies.items([BannerView.of(banner) for banner in shown])


@door.on(
    "POST",
    "api/me/banners/{id}/dismiss",
    terms=Terms(access=Access.ARTIST),
    answers={204: None},
)
def me_banner_dismiss(call: Call[None]) -> Reply:
    """Dismiss a notice. Dismissing it again is fine."""
    call.app.banners.dismiss(call.artist_id, call.route["id"], now=call.now)
    return replies.no_content()


@door.on(
    "GET",
    "api/me/activity",
    terms=Terms(access=Access.ARTIST, query=PageQuery),
    answers={200: ActivityPage},
)
def me_activity_list(call: Call[None]) -> Reply:
    """List the own audit trail, newest first.

    Exports, blasts, consents, deletions, operators' accesses: ids, enumerations and counts.
    """
    query = bodies.from_strings(call.query, PageQuery)
    page = reading.activity(
        call.artist_id,
        limit=query.limit,
        cursor=query.cursor,
        audit=call.app.audit,
        cursors=call.app.cursors,
    )
    views = [ActivityView.of(entry) for entry in page.entries]
    return replies.items(views, next_cursor=page.next_cursor)


@door.on(
    "POST",
    "api/me/objections",
    terms=Terms(access=Access.ARTIST, body=ObjectionRequest, idempotent=True),
    answers={201: ObjectionView},
)
def me_object(call: Call[ObjectionRequest]) -> Reply:
    """Object to a processing on the ground of a legitimate interest.

    It stops for this artist at once, and the objection is kept as a record.
    """
    objection = call.app.objections.object_to(
        call.artist_id, call.body.processing, now=call.now, ids=call.ids
    )
    return replies.created(ObjectionView.of(objection), location="/api/me")


@door.on(
    "GET",
    "m/{token}",
    terms=Terms(access=Access.PUBLIC, html=True),
    answers={200: None},
    media="text/html",
)
def reply_to_look(call: Call[None]) -> Reply:
    """Show the page that confirms an address for fans' replies. Changes nothing."""
    found = call.app.reply_to_links.look(call.route["token"], now=call.now)
    return replies.page(reply_to_page(found))


@door.on(
    "POST",
    "m/{token}",
    terms=Terms(access=Access.PUBLIC, html=True),
    answers={200: None},
    media="text/html",
    problems=("conflict",),
)
def reply_to_settle(call: Call[None]) -> Reply:
    """Confirm an address for fans' replies. Confirming again is fine."""
    found = call.app.reply_to_links.confirm(call.route["token"], now=call.now)
    return replies.page(reply_to_page(found))
