"""Clerk: its webhooks, and the daily comparison that finds what they missed."""

from shared.artists import clerk_events, reconciliation
from shared.artists.clerk_events import Event
from shared.artists.views import EventReceipt
from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.edge.timers import Tick, Timers
from shared.platform.secrets import SecretName

door = Door("Webhooks")
timers = Timers()


@door.on(
    "POST",
    "api/webhooks/clerk",
    terms=Terms(access=Access.WEBHOOK, raw_media=("application/json",)),
    answers={200: EventReceipt},
)
def webhook_clerk(call: Call[None]) -> Reply:
    """Take a webhook of Clerk.

    Signed by Svix, within five minutes. Repeated and late deliveries change nothing; what is of no
    concern is answered 200, too.
    """
    outcome = clerk_events.receive(
        Event(raw=call.raw, headers=call.headers),
        secret=call.app.secrets.get(SecretName.CLERK_WEBHOOK_SECRET),
        books=call.app.account_books,
        user_gone=call.app.purge_at_once,
        now=call.now,
    )
    return replies.ok(EventReceipt(outcome=outcome.value))


@timers.on("0 30 4 * * *")
def clerk_reconciliation(tick: Tick) -> None:
    """Compare accounts and Clerk's users, both ways, daily at 04:30 UTC."""
    reconciliation.reconcile(
        books=tick.app.account_books,
        clerk=tick.app.clerk,
        user_gone=tick.app.purge_at_once,
        now=tick.now,
    )
