"""The product's own mails: a template with its facts becomes a letter."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.mail import rendering
from shared.mail.outbox import Template
from shared.mail.postman import PRODUCT, Mail
from shared.platform.ids import ArtistId


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail of the product, before it is written: to whom, which one, with which facts.

    Without an address (TikTok gives none) the letter becomes a banner of that artist: the subject
    is its text, the button's link its link. `facts` are what the template of that name asks for;
    `shared/mail/samples.py` shows each template's.
    """

    template: Template
    to: str | None
    facts: Mapping[str, object]
    artist_id: ArtistId | None = None
    from_name: str = PRODUCT


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What stands in every mail of the product."""

    public_base_url: str
    privacy_contact: str


def write(letter: Letter, head: Letterhead) -> rendering.Written:
    """Return the words of a letter."""
    facts = {
        **letter.facts,
        "privacy_url": f"{head.public_base_url}/privacy",
        "privacy_contact": head.privacy_contact,
    }
    return rendering.written(f"{letter.template.value}.j2", facts)


def mail(letter: Letter, *, to: str, head: Letterhead) -> Mail:
    """Return a letter as the mail that goes to this address."""
    words = write(letter, head)
    return Mail(
        to=to,
        subject=words.subject,
        html=words.html,
        text=words.text,
        from_name=letter.from_name,
        tags={"kind": letter.template.value},
    )
