"""What artists send about blasts. The answers are in `views.py`."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from shared.blasts.markdown import may_be_good_link
from shared.blasts.model import BODY_MAX, PREVIEW_MAX, SUBJECT_MAX, CallToAction
from shared.fans.queries import SegmentFields, Text
from shared.platform.clock import is_sensible, parse_instant
from shared.platform.schemas import Change, Request
from shared.platform.texts import Lines, OneLine, Visible

LIMIT_MAX: Final = 200


def _good_link(url: str) -> str:
    if not may_be_good_link(url):
        raise ValueError("A link begins with https:// and names a host.")
    return url


def _instant(text: str) -> str:
    try:
        sensible = is_sensible(parse_instant(text))
    except ValueError:
        raise ValueError("Give an instant with its zone, such as 2026-12-01T18:00:00Z.") from None
    if not sensible:
        raise ValueError("Give a moment of this century.")
    return text


Subject = Annotated[str, StringConstraints(min_length=1, max_length=SUBJECT_MAX), OneLine, Visible]
PreviewText = Annotated[str, StringConstraints(max_length=PREVIEW_MAX), OneLine]
BodyMarkdown = Annotated[str, StringConstraints(max_length=BODY_MAX), Lines]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60), OneLine]
Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_good_link)]
Instant = Annotated[str, StringConstraints(max_length=40), AfterValidator(_instant)]


class SegmentRequest(SegmentFields):
    """Which fans a blast is for; all conditions hold together. Empty is everybody."""


class CallToActionRequest(Request):
    """The mail's button."""

    label: Label
    url: Url

    def value(self) -> CallToAction:
        """Return the button as the draft keeps it."""
        return CallToAction(label=self.label, url=self.url)


class BlastRequest(Request):
    """A draft."""

    subject: Subject
    preview_text: PreviewText = ""
    body_markdown: BodyMarkdown = ""
    segment: SegmentRequest | None = None
    release_id: Text | None = None
    call_to_action: CallToActionRequest | None = None


class BlastChange(Change):
    """What changes of a draft; a field that is not sent stays."""

    subject: Subject | None = None
    preview_text: PreviewText | None = None
    body_markdown: BodyMarkdown | None = None
    segment: SegmentRequest | None = None
    release_id: Text | None = None
    call_to_action: CallToActionRequest | None = None
    stays = frozenset({"subject", "preview_text", "body_markdown"})


class SendRequest(Request):
    """A send: how many recipients the artist expects, and when it goes; without a time, now."""

    expected_recipients: Annotated[int, Field(ge=0)]
    send_at: Instant | None = None

    @property
    def moment(self) -> datetime | None:
        return parse_instant(self.send_at) if self.send_at else None


class BlastListQuery(Request):
    """The list's query."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    cursor: str | None = None
