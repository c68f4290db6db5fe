"""The preview: the very bytes that will go, how many would get them, and what to mend before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.artists.model import Artist
from shared.blasts import composing, writing
from shared.blasts.composing import GMAIL_CLIPS_AT, Composed
from shared.blasts.desk import Desk
from shared.blasts.markdown import is_good_link
from shared.blasts.model import Blast

# The links of a preview lead nowhere: no token of ours is called so.
_NOBODY: Final = "preview"
# Words and forms that filters and people take for spam in a subject.
_SHOUTED_FROM: Final = 8
_SPAMMY: Final = (
    "free!!!", "click here", "buy now", "act now", "100% free", "cash bonus", "winner", "$$$",
    "risk-free", "urgent", "limited time", "earn money", "guaranteed",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something to mend before sending: a constant code, and a sentence for the artist."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a blast would be if it went now; `recipients` is None while they are counted."""

    html: str
    text: str
    recipients: int | None
    warnings: tuple[Caution, ...]


def preview(blast: Blast, *, artist: Artist, desk: Desk, now: datetime) -> Preview:
    """Return a blast as its recipients would get it."""
    composed = writing.written(blast, artist=artist, desk=desk)
    content = blast.content or composed.content
    return Preview(
        html=composing.for_reader(content.html, _NOBODY),
        text=composing.for_reader(content.text, _NOBODY),
        recipients=desk.counts.count(artist.artist_id, blast.segment, now=now),
        warnings=tuple(warnings(blast, composed, artist=artist)),
    )


def warnings(blast: Blast, composed: Composed, *, artist: Artist) -> list[Caution]:
    """Return what should be mended before this blast goes."""
    cta = blast.call_to_action
    broken = bool(composed.body.broken_links) or (cta is not None and not is_good_link(cta.url))
    size = len(composed.content.html.encode())
    checks = {
        "no_postal_address": (
            not artist.may_send,
            "Add your name and postal address to your profile: the law asks for them in each mail.",
        ),
        "spam_trigger_subject": (
            is_spammy(composed.content.subject),
            "This subject reads like spam. Say plainly what is new.",
        ),
        "broken_link": (broken, "A link leads nowhere. Links begin with https:// and a host."),
        "no_text": (not composed.body.text.strip(), "There is no text in this mail yet."),
        "too_large": (
            size > GMAIL_CLIPS_AT,
            "This mail is over 102 KB: Gmail would cut it off, and the unsubscribe link with it.",
        ),
    }
    return [Caution(code=code, detail=text) for code, (holds, text) in checks.items() if holds]


def is_spammy(subject: str) -> bool:
    """Tell whether a subject shouts or promises as spam does."""
    letters = [c for c in subject if c.isalpha()]
    shouts = len(letters) >= _SHOUTED_FROM and all(c.isupper() for c in letters if c.lower() != c)
    lowered = subject.lower()
    cased = any(c.lower() != c.upper() for c in letters)
    return (shouts and cased) or "!!!" in subject or any(word in lowered for word in _SPAMMY)
