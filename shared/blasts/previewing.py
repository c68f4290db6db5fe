"""The preview: the very bytes that will go, how many would get them, and what to mend before."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.artists.model import Artist
from shared.blasts import composing, writing
from shared.blasts.composing import GMAIL_CLIPS_AT, Composed
from shared.blasts.desk import Desk
from shared.blasts.markdown import is_good_link
from shared.blasts.model import Blast
from shared.fans.tokens import BlastRef, FanRef

# The links of a preview lead nowhere: no token of ours is called so.
_NOBODY: Final = "preview"
_A_FAN: Final = "0" * 32  # For the size of a token.
_A_CHUNK: Final = "000001"
# Words and forms that filters and people take for spam in a subject; words stand alone.
_SHOUTED_FROM: Final = 8
_SPAMMY: Final = re.compile(
    r"!!!|\$\$\$|\b(click here|buy now|act now|100% free|cash bonus|winner|risk-free|urgent"
    r"|limited time|earn money|guaranteed)\b",
    re.IGNORECASE,
)


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
    composed = writing.drafted(blast, artist=artist, desk=desk)
    content = blast.content or composed.content
    ref = BlastRef(blast.blast_id, chunk=_A_CHUNK, position=0)
    token = desk.tokens.fan(FanRef(artist.artist_id, _A_FAN, ref))
    return Preview(
        html=composing.for_reader(content.html, _NOBODY),
        text=composing.for_reader(content.text, _NOBODY),
        recipients=desk.counts.count(artist.artist_id, blast.segment, now=now),
        warnings=tuple(warnings(composed, artist=artist, token=token)),
    )


def warnings(composed: Composed, *, artist: Artist, token: str = _NOBODY) -> list[Caution]:
    """Return what should be mended before this blast goes; a mail is as large as with a token."""
    button = composed.button_url
    broken = bool(composed.body.broken_links) or (button is not None and not is_good_link(button))
    size = len(composing.for_reader(composed.content.html, token).encode())
    checks = {
        "no_postal_address": (
            not artist.may_send,
            "Add your name and postal address to your profile: the law asks for them in each mail.",
        ),
        "no_reply_to": (
            composed.content.reply_to is None,
            "Fans cannot answer: say in your profile where replies go, and confirm that address.",
        ),
        "spam_trigger_subject": (
            is_spammy(composed.content.subject),
            "This subject reads like spam. Say plainly what is new.",
        ),
        "broken_link": (broken, "A link leads nowhere. Links begin with https:// and a host."),
        "shown_as_typed": (
            composed.body.has_bare_marks,
            "Images, tables, HTML and unsafe links are no part of a mail: they stand as typed.",
        ),
        "unfilled_field": (
            composed.has_unfilled_fields,
            "A name in braces is unknown, or its release does not give it: it stands as typed.",
        ),
        "no_text": (not composed.body.text.strip(), "There is no text in this mail yet."),
        "too_large": (
            size > GMAIL_CLIPS_AT,
            "This mail is over 102 KB: Gmail would cut it off, and the unsubscribe link with it.",
        ),
    }
    return [Caution(code=code, detail=text) for code, (holds, text) in checks.items() if holds]


def is_spammy(subject: str) -> bool:
    """Tell whether a subject shouts or promises as spam does."""
    cased = [c for c in subject if c.lower() != c.upper()]
    shouts = len(cased) >= _SHOUTED_FROM and all(c.isupper() for c in cased)
    return shouts or _SPAMMY.search(subject) is not None
