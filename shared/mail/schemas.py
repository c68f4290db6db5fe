"""What the mail room answers."""

from shared.platform.schemas import Answer


class MailTemplateView(Answer):
    """One mail of the product, written with sample facts."""

    template: str
    subject: str
    html: str
    text: str


class MailTemplates(Answer):
    """All mails of the product."""

    items: list[MailTemplateView]
    next_cursor: str | None
