"""The gallery: every template written with its sample."""

from shared.mail import letters
from shared.mail.letters import Letter, Letterhead
from shared.mail.samples import SAMPLES
from shared.mail.schemas import MailTemplateView


def views(head: Letterhead) -> list[MailTemplateView]:
    """Return every mail of the product as it looks, in the order of their names."""
    listed = []
    for template, facts in sorted(SAMPLES.items()):
        words = letters.write(Letter(template=template, to=None, facts=facts), head)
        listed.append(
            MailTemplateView(
                template=template.value, subject=words.subject, html=words.html, text=words.text
            )
        )
    return listed
