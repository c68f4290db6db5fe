"""A plan as a calendar feed (RFC 5545), and the signed link that opens it.

All-day events, UTF-8, lines of at most 75 octets, CRLF. An event keeps its UID as long as its
action lives, so that a calendar program moves it and does not double it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from shared.artists.store import ArtistStore
from shared.plans.model import CHANGEABLE, ActionState, Plan, PlanAction
from shared.plans.store import PlanStore
from shared.platform.ids import ArtistId, Ids
from shared.platform.problems import Conflict, NotFound
from shared.platform.signing import Signer, TokenBroken
from shared.platform.storage.faults import Changed, Missing

MEDIA: Final = "text/calendar"
_PURPOSE: Final = "plan-calendar"
_OCTETS: Final = 75  # Of a line, without its end (RFC 5545, 3.1).
_TRIES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar file, and the version of the plan it was made of."""

    content: bytes
    plan: Plan


def url(plan: Plan, *, signer: Signer, base_url: str) -> str:
    """Return the link under which a plan's feed can be subscribed to."""
    token = signer.sign([plan.artist_id, plan.plan_id, plan.calendar_key], purpose=_PURPOSE)
    return f"{base_url}/api/plans/{plan.plan_id}/calendar.ics?token={token}"


def feed(
    plan_id: str, token: str, *, plans: PlanStore, artists: ArtistStore, signer: Signer
) -> Feed:
    """Return a plan's feed.

    Raises:
        NotFound: the link is not ours, was replaced, or its plan or account has ended.
    """
    try:
        artist_id, named, key = signer.read(token, purpose=_PURPOSE)
    except (TokenBroken, ValueError):
        raise NotFound from None
    owner = ArtistId(str(artist_id))
    plan = plans.find(owner, plan_id) if named == plan_id else None
    if plan is None or plan.calendar_key != key:
        raise NotFound
    artist = artists.by_id(owner)
    if artist is None or not artist.is_open:
        raise NotFound
    actions = plans.actions(owner, plan.plan_id) if plan.state in CHANGEABLE else []
    return Feed(content=_written(plan, actions), plan=plan)


def replace_key(
    plan_id: str, *, artist_id: ArtistId, plans: PlanStore, ids: Ids, now: datetime
) -> Plan:
    """Give a plan's feed another link; the earlier one opens nothing any more.

    Raises:
        NotFound: the plan is not there, or not theirs.
        Conflict: others wrote faster.
    """
    for _ in range(_TRIES):
        plan = plans.find(artist_id, plan_id)
        if plan is None:
            raise NotFound
        try:
            return plans.replace(replace(plan, calendar_key=ids.token(12), updated_at=now))
        except Missing:
            raise NotFound from None
        except Changed:
            continue
    raise Conflict("Others change this plan at this moment. Please repeat.")


def _written(plan: Plan, actions: Sequence[PlanAction]) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//ArtistOS.studio//Release plan//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Release plan",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]
    for action in actions:
        if action.due_date is not None and action.state is not ActionState.SKIPPED:
            lines += _event(action, action.due_date, plan)
    lines.append("END:VCALENDAR")
    return "".join(piece for line in lines for piece in _folded(line)).encode()


def _event(action: PlanAction, day: date, plan: Plan) -> Iterator[str]:
    done = action.state is ActionState.DONE
    steps = "\n".join(f"- {step}" for step in action.how)
    stamp = f"{plan.updated_at:%Y%m%dT%H%M%SZ}"
    yield "BEGIN:VEVENT"
    yield f"UID:{action.action_id}@artistos.studio"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(('✓ ' if done else '') + action.title)}"
    yield f"DESCRIPTION:{_escaped(f'{action.why}{chr(10)}{chr(10)}{steps}')}"
    yield f"CATEGORIES:{_escaped(action.channel)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    """Return a text as a value of RFC 5545, 3.3.11."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(character for character in lines if character >= " " or character == "\t")


def _folded(line: str) -> Iterator[str]:
    """Yield a line's pieces with their ends; no character is cut in two."""
    room, piece = _OCTETS, ""
    for character in line:
        size = len(character.encode())
        if size > room:
            yield f"{piece}\r\n "
            room, piece = _OCTETS - 1, ""
        piece += character
        room -= size
    yield f"{piece}\r\n"
