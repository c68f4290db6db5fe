"""From what a model wrote to a plan's words: read, judged, and replaced where it claims too much.

What is not in the asked form, not English, or holds a link, an address or markup is nonsense. A
text that claims what was not given (a number, a name, a promise) is replaced by the playbook's; of
many such texts the whole is nonsense. Without a usable answer the playbook writes everything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from shared.campaigns.catalogue import PITCH_MAX_CHARS
from shared.campaigns.claims import (
    ClaimCode,
    allowed_numbers,
    allowed_words,
    forbidden_claims,
    forbidden_words,
)
from shared.campaigns.facts import CampaignFacts
from shared.campaigns.schedule import Frame
from shared.campaigns.wording import ActionWords, action_words, plan_words
from shared.plans.model import Wishes

MOST_REPLACED: Final = 0.25  # Of all texts; more than that, and the answer is nonsense.
_NONSENSE: Final = frozenset({ClaimCode.LINK, ClaimCode.ADDRESS, ClaimCode.MARKUP})
_LONGEST: Final = {"summary": 900, "positioning": 700, "target_audience": 700, "why": 400}
_LONGEST_STEP: Final = 240
_LONGEST_COPY: Final = 2000
_MOST_STEPS: Final = 6
_ENGLISH: Final = frozenset(
    {
        "the", "a", "an", "and", "or", "of", "to", "in", "on", "is", "are", "it", "that", "this",
        "for", "you", "your", "with", "who", "they", "be", "have", "what", "not", "before",
        "after", "from", "by", "as", "at", "one", "each",
    }
)  # fmt: skip
_ENGLISH_SHARE: Final = 0.15  # English prose has about 0.4; other languages stay far under this.
_WORD: Final = re.compile(r"[^\W\d_]+")


class Nonsense(Exception):
    """The answer cannot be used; `faults` are the kinds of rules it breaks, constant words."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = tuple(dict.fromkeys(faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All words of a plan; `replaced` counts the playbook's among a model's."""

    summary: str
    positioning: str
    target_audience: str
    actions: Mapping[str, ActionWords]
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Tells what a text may not say on these facts."""

    numbers: frozenset[str]
    words: frozenset[str]
    untrue: frozenset[str]
    given: tuple[str, ...]

    @classmethod
    def of(cls, facts: CampaignFacts, wishes: Wishes) -> "Judge":
        """Return the judge of texts on these facts and wishes."""
        typed = [*wishes.goals, wishes.notes or "", wishes.feedback or ""]
        return cls(
            numbers=allowed_numbers(facts, *typed),
            words=allowed_words(facts, *typed),
            untrue=forbidden_words(facts),
            given=(facts.title, facts.artist_name),
        )

    def faults(self, text: str, *, most: int) -> list[ClaimCode]:
        """Return the kinds of what a text may not say; empty is good."""
        found = forbidden_claims(
            text,
            allowed_numbers=self.numbers,
            allowed_words=self.words,
            forbidden_words=self.untrue,
            given=self.given,
            max_chars=most,
        )
        return [one.code for one in found]


def of_playbook(facts: CampaignFacts, frame: Frame) -> Words:
    """Return the playbook's own words."""
    whole = plan_words(facts, frame)
    return Words(
        summary=whole.summary,
        positioning=whole.positioning,
        target_audience=whole.target_audience,
        actions={key: action_words(key, facts) for key in sorted(frame.keys)},
    )


def of_model(
    text: str,
    *,
    facts: CampaignFacts,
    frame: Frame,
    wishes: Wishes,
    names: Mapping[str, str],
) -> Words:
    """Return a model's words, where they may stand; `names` are put in for their placeholders.

    Raises:
        Nonsense: not in the asked form, or too much in it that may not be said.
    """
    answer = _parsed(text, frame)
    own = of_playbook(facts, frame)
    desk = _Desk(judge=Judge.of(facts, wishes), names=names)
    words = Words(
        summary=desk.text(answer, "summary", own.summary),
        positioning=desk.text(answer, "positioning", own.positioning),
        target_audience=desk.text(answer, "target_audience", own.target_audience),
        actions={
            entry["key"]: desk.action(entry, own.actions[entry["key"]])
            for entry in answer["actions"]
        },
        replaced=len(desk.replaced),
    )
    if len(desk.replaced) > MOST_REPLACED * desk.judged:
        raise Nonsense(*(code.value for code in desk.replaced))
    return words


class _Desk:
    """Where one answer is judged, text by text."""

    def __init__(self, *, judge: Judge, names: Mapping[str, str]) -> None:
        self._judge = judge
        self._names = names
        self.judged = 0
        self.replaced: list[ClaimCode] = []

    def text(self, entry: Mapping[str, Any], name: str, own: str) -> str:
        said = self._allowed(entry[name], most=_LONGEST[name])
        return own if said is None else said

    def action(self, entry: Mapping[str, Any], own: ActionWords) -> ActionWords:
        steps = [self._allowed(step, most=_LONGEST_STEP) for step in entry["how"]]
        usable = tuple(step for step in steps if step is not None)
        return ActionWords(
            title=own.title,
            why=self.text(entry, "why", own.why),
            how=usable if usable and len(usable) == len(steps) <= _MOST_STEPS else own.how,
            done_test=own.done_test,
            copy=self._copy(entry["copy"], own),
            copy_kind=own.copy_kind,
        )

    def _copy(self, said: str | None, own: ActionWords) -> str | None:
        # Where the catalogue has no draft there is none, whatever was written.
        if own.copy is None or said is None:
            return own.copy
        most = PITCH_MAX_CHARS if own.copy_kind == "pitch" else _LONGEST_COPY
        allowed = self._allowed(said, most=most)
        return own.copy if allowed is None else allowed

    def _allowed(self, text: str, *, most: int) -> str | None:
        said = text.strip()
        for placeholder, name in self._names.items():
            said = said.replace(placeholder, name)
        self.judged += 1
        faults = self._judge.faults(said, most=most)
        if any(code in _NONSENSE for code in faults):
            raise Nonsense(*(code.value for code in faults))
        if faults or not said:
            self.replaced.append(faults[0] if faults else ClaimCode.LENGTH)
            return None
        return said


def _parsed(text: str, frame: Frame) -> dict[str, Any]:
    try:
        answer = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Nonsense("not_json") from None
    if not _has_the_form(answer):
        raise Nonsense("wrong_form")
    keys = [entry["key"] for entry in answer["actions"]]
    if len(keys) != len(set(keys)) or set(keys) != frame.keys:
        raise Nonsense("wrong_keys")
    if not _is_english(" ".join(_prose(answer))):
        raise Nonsense("not_english")
    return dict(answer)


def _has_the_form(answer: object) -> bool:
    if not isinstance(answer, dict) or not isinstance(answer.get("actions"), list):
        return False
    whole = all(isinstance(answer.get(name), str) for name in ("summary", "positioning"))
    audience = isinstance(answer.get("target_audience"), str)
    return whole and audience and all(_is_entry(one) for one in answer["actions"])


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    texts = isinstance(entry.get("key"), str) and isinstance(entry.get("why"), str)
    steps = entry.get("how")
    listed = isinstance(steps, list) and all(isinstance(step, str) for step in steps)
    return texts and listed and isinstance(entry.get("copy"), str | None)


def _prose(answer: Mapping[str, Any]) -> Iterator[str]:
    yield answer["summary"]
    yield answer["positioning"]
    yield answer["target_audience"]
    yield from (entry["why"] for entry in answer["actions"])


def _is_english(text: str) -> bool:
    words = [word.casefold() for word in _WORD.findall(text)]
    common = sum(word in _ENGLISH for word in words)
    return bool(words) and common >= _ENGLISH_SHARE * len(words)
