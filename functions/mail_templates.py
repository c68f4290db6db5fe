"""Every mail of the product, as operators may look at it."""

from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.mail import gallery
from shared.mail.schemas import MailTemplates

door = Door("Operations")


@door.on(
    "GET",
    "api/ops/mail-templates",
    terms=Terms(access=Access.OPERATOR),
    answers={200: MailTemplates},
)
def ops_mail_templates_list(call: Call[None]) -> Reply:
    """List every mail template, written with sample data."""
    return replies.ok(MailTemplates(items=gallery.views(call.app.letterhead), next_cursor=None))
