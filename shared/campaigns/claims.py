"""What a text may not claim. Used on every word that a model writes, and on our own in the tests.

A number, name, link or promise that is neither in the input nor in the catalogue is a violation
(playbook 4.4, lines 5 and 7). It errs on the strict side: the answer to a violation is the
playbook's own sentence, which is good.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from shared.campaigns.catalogue import Action, catalogue
from shared.campaigns.facts import CampaignFacts, Mode


class ClaimCode(StrEnum):
    """What is wrong with a text."""

    NUMBER = "number"
    NUMBER_WORD = "number_word"
    PROMISE = "promise"
    LINK = "link"
    ADDRESS = "address"
    MARKUP = "markup"
    NAME = "name"
    WORD = "word"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that a text may not say, with the words found."""

    code: ClaimCode
    found: str


_NUMBER = re.compile(r"\d+(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_SCALED = re.compile(r"\d+(?:[.,]\d+)?\s?(?:k|m|mio|mn|bn)\b", re.IGNORECASE)
_NUMBER_WORD = re.compile(
    r"\b(?:dozens?|hundreds?|thousands?|millions?|billions?|doubl(?:e|es|ing)|tripl(?:e|es|ing)"
    r"|(?:two|three|five|ten)fold|10x)\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\b(?:guarant\w+|(?:go(?:es|ing)?|went|gone)\s+viral|viral|overnight|blow(?:s|ing)?\s+up"
    r"|break(?:s|ing)?\s+through|chart[- ]topping|top\s+(?:the|of\s+the)\s+charts?|number\s+one"
    r"|hit\s+(?:song|single|record)|smash(?:es|ing)?\s+hit|next\s+big\s+thing|surefire"
    r"|(?:sure|certain|bound|destined)\s+to|no\s+doubt|risk[- ]free|instant\s+(?:success|fame)"
    r"|will\s+(?:definitely|certainly|surely|land|explode|skyrocket|get\s+(?:you\s+)?(?:playlisted"
    r"|featured|signed|streams|added)|be\s+(?:playlisted|featured|added|signed|a\s+hit))"
    r"|(?:secures?|securing|ensures?)\s+(?:a\s+)?(?:placement|playlist|feature|coverage|success))\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|net|org|io|fm|co|de|uk|fr|es|it|me|ly|link|app|dev|eu|info"
    r"|biz|tv|xyz|gg|to)\b(?!\s*[a-z]\w*\s*=)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S+@\S+|(?<!\w)@\w+")
_MARKUP = re.compile(r"<\s*/?\s*[a-z!]|\]\(|!\[|javascript:", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_](?:[\w'&-]*\w)?")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…\n“\"'(\[•*/-])\s*$")
# Names that stand at the start of a sentence pass the test of capitals; these do not.
_OUTLETS = re.compile(
    r"\b(?:pitchfork|stereogum|billboard|nme|rolling stone|the fader|hypebeast|resident advisor"
    r"|kexp|bbc|npr|triple j|new music friday|rapcaviar|today'?s top hits|fresh finds"
    r"|fluxblog|clash magazine|the guardian|mixmag|dj mag)\b",
    re.IGNORECASE,
)
_CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december i i'm i've i'd i'll ep "
    "lp cd bio qr dj diy faq pdf usb utc google instagram facebook whatsapp soundcloud"
)


def forbidden_claims(
    text: str,
    *,
    allowed_numbers: frozenset[str],
    allowed_words: frozenset[str],
    forbidden_words: frozenset[str] = frozenset(),
    given: tuple[str, ...] = (),
    max_chars: int | None = None,
) -> list[Violation]:
    """Return everything in a text that it may not say, in a fixed order; empty is good.

    The two allowed sets come from `allowed_numbers` and `allowed_words` below, `forbidden_words`
    from the function of that name. `given` are titles and names that may be repeated as they are
    (a song may be called "Guaranteed"), unless they are links or markup.
    `max_chars` is `PITCH_MAX_CHARS` for a pitch.
    """
    said = _without(given, _straight(text))
    found = [
        *_hits(ClaimCode.LINK, _LINK, text),
        *_hits(ClaimCode.ADDRESS, _ADDRESS, text),
        *_hits(ClaimCode.MARKUP, _MARKUP, text),
        *_hits(ClaimCode.PROMISE, _PROMISE, said),
        *_hits(ClaimCode.NUMBER_WORD, _NUMBER_WORD, said),
        *_hits(ClaimCode.NUMBER, _SCALED, said),
    ]
    numbers = (number for number in _numbers(said) if number not in allowed_numbers)
    found += [Violation(code=ClaimCode.NUMBER, found=number) for number in numbers]
    found += [Violation(code=ClaimCode.NAME, found=name) for name in _names(said, allowed_words)]
    untrue = (word for word in sorted(forbidden_words) if _says(word, said))
    found += [Violation(code=ClaimCode.WORD, found=word) for word in untrue]
    if max_chars is not None and len(text) > max_chars:
        found.append(Violation(code=ClaimCode.LENGTH, found=f"{len(text)} characters"))
    return found


def allowed_numbers(facts: CampaignFacts, *texts: str) -> frozenset[str]:
    """Return every number that a text on these facts may hold.

    Those of the catalogue, of the facts, and of `texts`: what else the artist typed.
    """
    day = facts.release_day
    counts = (
        abs(facts.days_until), facts.fan_count, facts.largest_place_count, facts.money // 100,
        facts.monthly_listeners, facts.active_listeners, facts.week_minutes,
        facts.today.day, facts.today.month, facts.today.year,
    )  # fmt: skip
    dates = () if day is None else (day.day, day.month, day.year)
    typed = (facts.title, facts.genre, facts.artist_name, *facts.mood_tags, *texts)
    money = f"{facts.money / 100:.2f}"
    given = [str(n) for n in (*counts, *dates) if n is not None]
    found = {n for text in (*typed, *given, money, f"{facts.hours:g}") for n in _numbers(text)}
    return frozenset(found) | _catalogue_numbers()


def allowed_words(facts: CampaignFacts, *texts: str) -> frozenset[str]:
    """Return the words, folded, that may stand capitalised: the catalogue's and the input's.

    `texts` is what else the artist typed (goals, notes, feedback).
    """
    typed = (facts.title, facts.artist_name, facts.genre, facts.currency, *facts.mood_tags)
    return _words(*typed, *facts.collaborator_roles, *texts) | _catalogue_words()


def forbidden_words(facts: CampaignFacts) -> frozenset[str]:
    """Return the words that would be untrue on these facts (playbook 4.3), folded."""
    out = {"coming soon", "out soon", "pre-save", "presave", "upcoming", "drops soon"}
    not_out = {"out now", "it's out", "it is out", "already out"}
    sound = {"sounds like", "sonic", "lush", "soaring", "catchy", "driving beat", "punchy"}
    found: set[str] = set()
    found |= out if facts.mode in {Mode.LIVE, Mode.UNCONFIRMED} else set()
    found |= not_out if facts.mode is Mode.UNCONFIRMED else set()
    found |= {"original song", "original music", "my original"} if facts.borrowed else set()
    heard = facts.has_audio or facts.mode is Mode.LIVE
    found |= set() if heard else sound
    found |= {"lyric video", "lyric sync", "sing along"} if facts.instrumental else set()
    return frozenset(found)


def _straight(text: str) -> str:
    """Return the text with typographic apostrophes made plain, so that it's is one word."""
    return text.replace("\u2019", "'").replace("\u2018", "'")


def _without(given: tuple[str, ...], text: str) -> str:
    """Return the text with what was given taken out, so that only the rest is judged."""
    for phrase in given:
        plain = " ".join(_straight(phrase).split())
        if plain:
            text = re.sub(rf"(?<!\w){re.escape(plain)}(?!\w)", "it", text)
    return text


def _says(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text.casefold()) is not None


def _hits(code: ClaimCode, pattern: re.Pattern[str], text: str) -> list[Violation]:
    return [Violation(code=code, found=hit.group()) for hit in pattern.finditer(text)]


def _numbers(text: str) -> list[str]:
    return [_plain(hit.group()) for hit in _NUMBER.finditer(text)]


def _plain(number: str) -> str:
    """Fold the ways to write one number: 1,000 and 1.000 are 1000, 4,50 is 4.5, 07 is 7."""
    if re.fullmatch(r"\d+(?:[.,]\d{3})+", number):
        return str(int(re.sub(r"[.,]", "", number)))
    whole, _, part = number.replace(",", ".").partition(".")
    part = part.rstrip("0")
    return f"{int(whole)}.{part}" if part else str(int(whole))


def _names(text: str, allowed: frozenset[str]) -> list[str]:
    found = [
        hit.group() for hit in _OUTLETS.finditer(text) if not set(_fold(hit.group())) <= allowed
    ]
    for hit in _WORD.finditer(text):
        word = hit.group()
        starts = _SENTENCE_START.search(text, 0, hit.start()) is not None
        if word[0].isupper() and not starts and not set(_fold(word)) <= allowed:
            found.append(word)
    return found


def _fold(text: str) -> list[str]:
    return [part for part in re.split(r"[\s'&-]+", text.casefold()) if part and part != "s"]


def _words(*texts: str) -> frozenset[str]:
    return frozenset(
        part for text in texts for part in _fold(" ".join(_WORD.findall(_straight(text))))
    )


@lru_cache(maxsize=1)
def _catalogue_numbers() -> frozenset[str]:
    book = catalogue()
    counts: Iterable[int] = (
        abs(n)
        for action in book.actions.values()
        for n in (*action.window, action.target, action.minutes, *action.cost)
    )
    gates = (n for one in book.gates.values() for n in (one.days, one.threshold))
    rules = [f"{one.rule} {one.checked_on:%Y %m %d}" for one in book.gates.values()]
    texts = [*rules, *(_catalogue_text(action) for action in book.actions.values())]
    found = {n for text in texts for n in _numbers(text)} | {str(n) for n in (*counts, *gates)}
    return frozenset(found | {"0", "1", "2", "3"})


@lru_cache(maxsize=1)
def _catalogue_words() -> frozenset[str]:
    actions = (_catalogue_text(action) for action in catalogue().actions.values())
    return _words(*actions, *(one.rule for one in catalogue().gates.values()), _CALENDAR)


def _catalogue_text(action: Action) -> str:
    variants = (step for steps in action.variants.values() for step in steps)
    parts = (action.title, *action.how, *variants, action.why, action.done_test, action.copy or "")
    return "\n".join(parts)
