"""The privacy policy: its pages, its versions, and the notices of its changes."""

from shared.edge import replies
from shared.edge.bodies import BODY_MAX_BYTES
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.edge.timers import Tick, Timers
from shared.privacy import policy_reading, publishing
from shared.privacy.schemas import PolicyDocument, PolicyPublication, PolicyView

door = Door("Privacy")
timers = Timers()

_PAGE = Terms(access=Access.PUBLIC, html=True, cache="public, max-age=300")


@door.on("GET", "privacy", terms=_PAGE, answers={200: None}, media="text/html")
def policy_page_read(call: Call[None]) -> Reply:
    """Show the policy in force with the sub-processors, and a form for who lost the mail."""
    return replies.page(policy_reading.page(None, policies=call.app.policies, now=call.now))


@door.on("GET", "privacy/{version}", terms=_PAGE, answers={200: None}, media="text/html")
def policy_version_read(call: Call[None]) -> Reply:
    """Show a version of the policy."""
    version = call.route["version"]
    return replies.page(policy_reading.page(version, policies=call.app.policies, now=call.now))


@door.on(
    "GET",
    "api/policy",
    terms=Terms(access=Access.PUBLIC, cache="public, max-age=300"),
    answers={200: PolicyDocument},
)
def policy_read(call: Call[None]) -> Reply:
    """Read the policy in force, what is to come, and the key that signs exports' manifests."""
    document = policy_reading.document(
        policies=call.app.policies,
        key=call.app.manifest_key,
        base_url=call.app.settings.public_base_url,
        contact=call.app.settings.privacy_contact,
        now=call.now,
    )
    return replies.ok(document)


@door.on(
    "POST",
    "api/ops/policies",
    terms=Terms(
        access=Access.OPERATOR,
        body=PolicyPublication,
        body_limit=2 * BODY_MAX_BYTES,
        idempotent=True,
    ),
    answers={201: PolicyView},
    problems=("notice_too_short", "version_taken"),
)
def ops_policy_publish(call: Call[PolicyPublication]) -> Reply:
    """Publish a version of the policy; artists get a mail and a banner.

    A material change takes effect 14 days ahead at the earliest (`notice_too_short`), and 14 days
    after the last artist was told.
    """
    policy = publishing.publish(
        call.body.policy(now=call.now), board=call.app.notice_board, now=call.now
    )
    view = PolicyView.of(policy, base_url=call.app.settings.public_base_url)
    return replies.created(view, location=f"/privacy/{policy.version}")


@timers.on("0 0 * * * *")
def policy_notices(tick: Tick) -> None:
    """Tell every artist of a published version who has not been told yet."""
    publishing.tell_everybody(board=tick.app.notice_board, now=tick.now)
