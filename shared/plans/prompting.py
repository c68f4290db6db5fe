"""The prompt: what a model is told of a release, from an allow-list, and what is withheld.

No fan's data but counts of at least `K`, nothing that came from Spotify, collaborators as roles, no
name of the artist. Free text of the artist goes in as data, without addresses, links and handles.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from shared.campaigns.catalogue import PITCH_MAX_CHARS
from shared.campaigns.facts import CampaignFacts
from shared.campaigns.schedule import Frame
from shared.campaigns.wording import action_words
from shared.plans.model import Wishes
from shared.releases.model import Release

VERSION: Final = "plan-v1"
ARTIST: Final = "[artist]"  # Stands for the artist's name, on the way there and back.
K: Final = 5  # Fewer people than this are never told as a number (privacy 3-b).

_PROMPTS: Final = Path(__file__).parent / "prompts"
_ADDRESS: Final = re.compile(r"[^\s@<>()]+@[^\s@<>()]+")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PHONE: Final = re.compile(r"\+?\d[\d\s()/.-]{7,}\d")
_CONTROLS: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_SHORTEST_NAME: Final = 3
_PHONE_DIGITS: Final = 9

Hidden = list[tuple[re.Pattern[str], str]]
WITHHELD: Final = (
    "artist.name", "artist.email", "artist.address", "artist.links", "collaborators.names",
    "royalty_splits", "fans.addresses", "fans.names", "fans.places", "fans.counts_under_5",
    "spotify", "release.files", "release.links", "release.isrc", "release.upc",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is asked: the house's instructions, and one JSON object of data."""

    instructions: str
    data: dict[str, Any]
    given: tuple[str, ...]
    names: dict[str, str]  # What stands in an answer for the artist's name and the title.
    withheld: tuple[str, ...] = WITHHELD

    def text(self, *, faults: Sequence[str] = ()) -> str:
        """Return the user's message; `faults` are the kinds of rules that an answer broke."""
        told = {**self.data, **({"faults": list(faults)} if faults else {})}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def prompt(release: Release, *, facts: CampaignFacts, frame: Frame, wishes: Wishes) -> Prompt:
    """Return the prompt for a release's plan."""
    hide = _placeholders(release, facts)
    data = _without_nothing(
        {
            "release": _release(facts, release, hide=hide),
            "artist": ARTIST,
            "today": facts.today.isoformat(),
            "fans": _count(facts.fan_count),
            "goals": [_clean(goal, hide) for goal in wishes.goals],
            "hours_per_week": facts.hours,
            "budget": {"amount": facts.money / 100, "currency": facts.currency},
            "notes": _clean(wishes.notes, hide),
            "feedback": _clean(wishes.feedback, hide),
            "no_go": sorted(facts.no_go_channels),
            "actions": _actions(facts, frame),
        }
    )
    shown_title = data["release"].get("title") or facts.title
    return Prompt(
        instructions=_instructions(VERSION),
        data=data,
        given=_names_of(data),
        names={shown_title: facts.title, ARTIST: facts.artist_name},
    )


def _release(facts: CampaignFacts, release: Release, *, hide: Hidden) -> dict[str, Any]:
    day = facts.release_day
    return _without_nothing(
        {
            "title": _clean(facts.title, hide),
            "kind": facts.kind.value,
            "genre": _clean(facts.genre, hide),
            "mood_tags": [_clean(tag, hide) for tag in facts.mood_tags],
            "language": facts.language,
            "release_date": day.isoformat() if day else None,
            "days_until": facts.days_until if day else None,
            "state": facts.mode.value,
            "has_audio": facts.has_audio,
            "has_artwork": facts.has_artwork,
            "explicit": facts.explicit,
            "cover": facts.cover,
            "samples": facts.samples,
            "instrumental": facts.instrumental,
            "ai_voice": facts.ai_voice,
            "delivered_to_distributor": facts.delivered_to_distributor,
            "monthly_listeners": facts.monthly_listeners,
            "active_listeners": facts.active_listeners,
            "collaborator_roles": [_clean(role, hide) for role in facts.collaborator_roles],
            "notes": _clean(release.notes, hide),
        }
    )


def _actions(facts: CampaignFacts, frame: Frame) -> list[dict[str, Any]]:
    """Return each key once, with what its draft is for; sittings share their words."""
    by_key: dict[str, dict[str, Any]] = {}
    for one in frame.actions:
        words = action_words(one.key, facts)
        by_key.setdefault(
            one.key,
            _without_nothing(
                {
                    "key": one.key,
                    "title": one.title,
                    "channel": one.channel.value,
                    "due_date": one.due_date.isoformat() if one.due_date else None,
                    "minutes": one.effort_minutes,
                    "done_when": words.done_test,
                    "waits_for": [blocker.value for blocker in one.blocked_by],
                    "draft": _draft(words.copy_kind) if words.copy is not None else None,
                }
            ),
        )
    return list(by_key.values())


def _draft(kind: str | None) -> dict[str, Any]:
    most = PITCH_MAX_CHARS if kind == "pitch" else 1500
    return {"kind": kind or "text", "at_most_characters": most}


def _count(people: int) -> int | str:
    return people if people == 0 or people >= K else f"fewer than {K}"


def _placeholders(release: Release, facts: CampaignFacts) -> Hidden:
    """Return names with what stands in their place, whole names before the parts of one.

    A part of a name is hidden where it is written as a name; "will" stays a word.
    """
    people = [(one.name, one.role) for one in release.collaborators]
    people += [(one.name, one.role) for one in release.royalty_splits]
    whole = {name.strip(): f"[{role}]" for name, role in people}
    parts = {
        part: instead
        for name, instead in whole.items()
        for part in name.split()
        if part[:1].isupper()
    }
    listed = [*_patterns(whole, flags=re.IGNORECASE), *_patterns({facts.artist_name: ARTIST})]
    return [*listed, *_patterns(parts)]


def _patterns(names: dict[str, str], *, flags: re.RegexFlag = re.NOFLAG) -> Hidden:
    long_enough = [name for name in names if len(name) >= _SHORTEST_NAME]
    return [
        (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", flags), names[name])
        for name in sorted(long_enough, key=len, reverse=True)
    ]


def _clean(text: str | None, hide: Hidden) -> str | None:
    if not text:
        return None
    plain = _CONTROLS.sub(" ", text)
    plain = _ADDRESS.sub("[e-mail address]", plain)
    plain = _LINK.sub("[link]", plain)
    plain = _PHONE.sub(_masked, plain).replace("@", "")
    for name, instead in hide:
        plain = name.sub(instead.replace("\\", "\\\\"), plain)
    return plain.strip() or None


def _masked(found: re.Match[str]) -> str:
    """Mask what may be a telephone number; a date has fewer digits."""
    digits = sum(character.isdigit() for character in found.group())
    return "[number]" if digits >= _PHONE_DIGITS else found.group()


def _without_nothing(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, [], ())}


def _names_of(data: dict[str, Any]) -> tuple[str, ...]:
    names = []
    for name, value in data.items():
        if name == "release":
            names += [f"release.{member}" for member in value]
        else:
            names.append(name)
    return tuple(names)


@cache
def _instructions(version: str) -> str:
    return (_PROMPTS / f"{version}.md").read_text(encoding="utf-8")
