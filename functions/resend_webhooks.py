"""Resend's webhooks: what became of mails."""

from shared.blasts import webhooks
from shared.blasts.views import WebhookTaken
from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform.secrets import SecretName

door = Door("Webhooks")


@door.on(
    "POST",
    "api/webhooks/resend",
    terms=Terms(access=Access.WEBHOOK, raw_media=("application/json",)),
    answers={200: WebhookTaken},
)
def webhook_resend(call: Call[None]) -> Reply:
    """Take a webhook of Resend.

    Signed by Svix, within five minutes. Repeated and late deliveries change nothing; what is of no
    concern is answered 200, too.
    """
    outcome = webhooks.receive(
        call.raw,
        call.headers,
        secret=call.app.secrets.get(SecretName.RESEND_WEBHOOK_SECRET),
        desk=call.app.blast_desk,
        mailbox_key=call.app.mailbox_key,
        now=call.now,
    )
    return replies.ok(WebhookTaken(outcome=outcome))
