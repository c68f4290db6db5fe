"""Composing: from a draft and the artist's facts to the content that every recipient gets.

It is written once. Where a recipient's own token stands, there is a marker: a noncharacter of
Unicode, which is taken out of every text that comes in.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.artists.model import Artist
from shared.blasts import markdown
from shared.blasts.markdown import Body
from shared.blasts.model import Blast, Content
from shared.mail import rendering
from shared.mail.postman import MAX_SUBJECT, Stream, display_name, one_line, sender
from shared.platform.pages import colours
from shared.releases.model import Release

TEMPLATE_VERSION: Final = 1  # Kept with the content; grows with every change of its looks.
MARKER: Final = "\ufdd2"
GMAIL_CLIPS_AT: Final = 102 * 1024  # Bytes of HTML; contracts.md 2.1.
_TEMPLATES: Final = Path(__file__).parent / "templates"
_NONCHARACTERS: Final = dict.fromkeys(range(0xFDD0, 0xFDF0))
_LIST_ID_MAX: Final = 255  # contracts.md 3.2.
_NOT_IN_A_PHRASE: Final = re.compile(r'[\\"<>]')  # What would look like the identifier, or end it.
_ACCENT: Final = "#4338ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationery:
    """What of the product goes into each mail."""

    public_base_url: str
    mail_domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Content, and what was found while writing it."""

    content: Content
    body: Body
    button_url: str | None
    has_unfilled_fields: bool


def composed(
    blast: Blast,
    *,
    artist: Artist,
    release: Release | None,
    key_id: str,
    stationery: Stationery,
) -> Composed:
    """Return what a blast's recipients get. The same facts give the same bytes."""
    fields = merge_fields(artist, release, stationery)
    body = markdown.rendered(blast.body_markdown, fields)
    cta = blast.call_to_action
    button_url = markdown.merged_link(cta.url, fields) if cta else None
    facts = _facts(blast, body, fields, artist=artist, release=release, stationery=stationery)
    facts["cta_url"] = button_url
    words = rendering.written(
        "blast.j2", _without_markers(facts) | _links(stationery.public_base_url), folder=_TEMPLATES
    )
    content = Content(
        subject=words.subject,
        html=words.html,
        text=words.text,
        sender=sender(artist.artist_name, stream=Stream.FANS, domain=stationery.mail_domain),
        list_id=_list_id(artist, stationery.mail_domain),
        reply_to=artist.reply_to,
        key_id=key_id,
        template_version=TEMPLATE_VERSION,
    )
    unfilled = any(markdown.unfilled(text, fields) for text in _texts(blast))
    return Composed(content=content, body=body, button_url=button_url, has_unfilled_fields=unfilled)


def _texts(blast: Blast) -> tuple[str, ...]:
    cta = blast.call_to_action
    button = (cta.label, cta.url) if cta else ()
    return (blast.subject, blast.preview_text, blast.body_markdown, *button)


def merge_fields(artist: Artist, release: Release | None, stationery: Stationery) -> dict[str, str]:
    """Return the fields that a text may name: facts of artist and release, never of a fan."""
    fields = {
        "artist_name": artist.artist_name,
        "page_url": f"{stationery.public_base_url}/a/{artist.slug}",
    }
    if release is not None:
        fields["release_title"] = release.title
        if release.release_date is not None:
            day = release.release_date
            fields["release_date"] = f"{day.day} {day:%B %Y}"
        if release.links:
            fields["release_url"] = release.links[0].url
    return fields


def for_reader(text: str, token: str) -> str:
    """Return HTML or text with a reader's token in place of the marker."""
    return text.replace(MARKER, token)


def _facts(
    blast: Blast,
    body: Body,
    fields: dict[str, str],
    *,
    artist: Artist,
    release: Release | None,
    stationery: Stationery,
) -> dict[str, object]:
    base = stationery.public_base_url
    cta = blast.call_to_action
    has_artwork = release is not None and release.artwork is not None
    accent = colours.accent(artist.settings.capture.accent_colour or _ACCENT)
    return {
        "subject": one_line(markdown.merged(blast.subject, fields))[:MAX_SUBJECT],
        "preview_text": one_line(markdown.merged(blast.preview_text, fields)),
        "artist_name": artist.artist_name,
        "page_url": fields["page_url"],
        "artwork_url": f"{base}/api/releases/{blast.release_id}/artwork/300.jpg"
        if has_artwork
        else None,
        "body_html": body.html,
        "body_text": body.text,
        "cta_label": markdown.merged(cta.label, fields) if cta else "",
        "accent": accent.fill if accent else _ACCENT,
        "ink": accent.on_fill if accent else "#ffffff",
        "reason_line": f"You get this because you signed up for news from {artist.artist_name}.",
        "sender_line": _sender_line(artist),
    }


def _links(base: str) -> dict[str, object]:
    return {
        "unsubscribe_url": f"{base}/f/{MARKER}/unsubscribe",
        "data_url": f"{base}/f/{MARKER}/data",
        "privacy_url": f"{base}/privacy",
    }


def _without_markers(facts: dict[str, object]) -> dict[str, object]:
    return {
        name: fact.translate(_NONCHARACTERS) if isinstance(fact, str) else fact
        for name, fact in facts.items()
    }


def _sender_line(artist: Artist) -> str:
    return "\n".join(line for line in (artist.legal_sender, artist.postal_address or "") if line)


def _list_id(artist: Artist, mail_domain: str) -> str:
    # RFC 2919: a phrase, and an identifier that looks like a domain and never changes; 255 in all.
    label = artist.artist_id.replace("_", "-").lower()
    identifier = f"<a-{label}.{Stream.FANS.value}.{mail_domain}>"
    name = _NOT_IN_A_PHRASE.sub("", artist.artist_name)
    while len(phrase := _phrase(name)) > _LIST_ID_MAX - len(identifier) - 1:
        name = name[:-1]
    return f"{phrase} {identifier}"


def _phrase(name: str) -> str:
    shown = display_name(name)
    return shown if shown.startswith("=?") else f'"{shown}"'
