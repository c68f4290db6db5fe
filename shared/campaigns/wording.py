"""The playbook's own words: what a plan says when no model writes it, made of the given facts.

Every sentence holds without artificial intelligence: no outlet, person, number or promise that
was not given or does not stand in the catalogue. What only the artist can say is a [bracket].
"""

from dataclasses import dataclass
from datetime import date

from shared.campaigns.catalogue import FACE_ON_CAMERA, Action, catalogue, gate
from shared.campaigns.facts import CampaignFacts, Kind, Mode
from shared.campaigns.schedule import Frame

# Shortened in sentences so that a pitch stays under its 500 characters whatever was typed.
TITLE_CHARS, ARTIST_CHARS, GENRE_CHARS = 80, 60, 40
ROLES_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionWords:
    """What one action says. `copy` is a draft to be rewritten, of the kind `copy_kind`."""

    title: str
    why: str
    how: tuple[str, ...]
    done_test: str
    copy: str | None
    copy_kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """Something that the artist can count; the goal is theirs to set, never ours."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWords:
    """What the plan says as a whole."""

    summary: str
    positioning: str
    target_audience: str
    kpis: tuple[Kpi, ...]


def action_words(key: str, facts: CampaignFacts) -> ActionWords:
    """Return the playbook's words for one action, with the facts filled in.

    Raises:
        KeyError: the catalogue has no such key.
    """
    action = catalogue().actions[key]
    phrases = _phrases(facts)
    return ActionWords(
        title=action.title,
        why=_sentence(action.why, phrases),
        how=tuple(_sentence(step, phrases) for step in _steps(action, facts)),
        done_test=_sentence(action.done_test, phrases),
        copy=None if action.copy is None else _sentence(action.copy, phrases),
        copy_kind=action.copy_kind,
    )


def plan_words(facts: CampaignFacts, frame: Frame) -> PlanWords:
    """Return summary, positioning, audience and what to count, without a model."""
    return PlanWords(
        summary=_summary(facts, frame),
        positioning=_positioning(facts),
        target_audience=_audience(facts),
        kpis=_kpis(facts),
    )


def _sentence(template: str, phrases: dict[str, str]) -> str:
    text = template.format_map(phrases)
    return text[:1].upper() + text[1:]


# Which variant of the steps fits; the first that holds and that the action has is taken.
def _steps(action: Action, facts: CampaignFacts) -> tuple[str, ...]:
    near = facts.mode is Mode.UPCOMING and facts.days_until < 2 * gate("spotify_pitch").days
    no_first_round = facts.today_offset > -gate("curator_platforms").days
    fitting = {
        "faceless": FACE_ON_CAMERA in facts.no_go_channels,
        "niche": facts.is_niche,
        "quick": near,
        "instrumental": facts.instrumental,
        "borrowed": facts.borrowed,
        "first": no_first_round,
        "no_money": facts.money == 0,
    }
    held = (name for name, holds in fitting.items() if holds and name in action.variants)
    name = next(held, None)
    return action.how if name is None else action.variants[name]


def _phrases(facts: CampaignFacts) -> dict[str, str]:
    kind = kind_name(facts.kind)
    title = _short(facts.title, TITLE_CHARS)
    return {
        "title": f"“{title}”" if title else f"your {kind}",
        "artist": _short(facts.artist_name, ARTIST_CHARS) or "[your name]",
        "kind": kind,
        "it": "the song" if facts.kind is Kind.SINGLE else f"the {kind}",
        "genre_phrase": _short(facts.genre, GENRE_CHARS) or "your genre",
        "days_phrase": _days_phrase(facts),
        "date_phrase": "on [day]" if facts.release_day is None else _day(facts.release_day),
        "fans_phrase": _fans_phrase(facts.fan_count),
        "hours_phrase": _hours_phrase(facts.hours),
        "budget_phrase": f"{_money(facts.money)} {facts.currency}",
        "roles_phrase": _roles_phrase(facts.collaborator_roles),
        "place_phrase": _place_phrase(facts),
        "borrowed_phrase": _borrowed_phrase(facts),
        "files_phrase": _files_phrase(facts),
    }


def kind_name(kind: Kind) -> str:
    """Return the kind of a release as one writes it in a sentence."""
    return "EP" if kind is Kind.EP else kind.value


def _short(text: str, chars: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= chars else line[: chars - 1].rstrip() + "…"


def _day(day: date) -> str:
    return f"on {day:%A}, {day.day} {day:%B} {day.year}"


def _days_phrase(facts: CampaignFacts) -> str:
    if facts.mode is Mode.UNDATED:
        return "not dated yet"
    if facts.mode is Mode.UNCONFIRMED:
        return "past its day and not confirmed"
    if facts.mode is Mode.LIVE:
        today = facts.days_until == 0
        return "out since today" if today else f"already out, for {_count_days(facts)} now"
    near = {0: "due today", 1: "due tomorrow"}
    return near.get(facts.days_until, f"{_count_days(facts)} away")


def _count_days(facts: CampaignFacts) -> str:
    days = abs(facts.days_until)
    return "1 day" if days == 1 else f"{days:,} days"


def _fans_phrase(count: int) -> str:
    if count < 1:
        return "nobody is on your list yet"
    return "one fan is on your list" if count == 1 else f"{count:,} fans are on your list"


def _hours_phrase(hours: float) -> str:
    return "your hour a week" if hours == 1 else f"your {hours:g} hours a week"


def _money(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole:,}" if rest == 0 else f"{whole:,}.{rest:02}"


def _roles_phrase(roles: tuple[str, ...]) -> str:
    named = [f"your {_short(role, GENRE_CHARS)}" for role in dict.fromkeys(roles)][:ROLES_NAMED]
    if not named:
        return "other people"
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _place_phrase(facts: CampaignFacts) -> str:
    if facts.largest_place_count >= gate("place_fans").threshold:
        return f"{facts.largest_place_count:,} of your fans are in one place"
    return "you have a home town"


def _borrowed_phrase(facts: CampaignFacts) -> str:
    if facts.cover and facts.samples:
        return "it is a cover with samples in it"
    return "it is a cover" if facts.cover else "it has samples in it"


def _files_phrase(facts: CampaignFacts) -> str:
    if facts.has_audio and facts.has_artwork:
        return "audio and artwork are uploaded"
    if facts.has_audio:
        return "audio is uploaded, artwork is not"
    return "artwork is uploaded, audio is not" if facts.has_artwork else "no file is uploaded yet"


def _summary(facts: CampaignFacts, frame: Frame) -> str:
    phrases = _phrases(facts)
    first = list(dict.fromkeys(one.title for one in frame.actions))[:2]
    start = f"Start here: {'; then '.join(t[:1].lower() + t[1:] for t in first)}." if first else ""
    money = "spends {budget_phrase} at most" if facts.money else "uses what is free"
    opening = {
        Mode.UPCOMING: "{title} comes out {date_phrase}, and is {days_phrase}.",
        Mode.UNDATED: "{title} has no day yet, so this plan counts in days before and after it.",
        Mode.LIVE: "{title} is out, so this plan tells its story from today on.",
        Mode.UNCONFIRMED: "The day of {title} is past, and nobody has said whether it is live.",
    }[facts.mode]
    middle = f"The plan fits {{hours_phrase}} and {money}."
    end = {
        Mode.UPCOMING: "Before the day people join your list, on the day they hear it from you, "
        "and afterwards you keep what worked.",
        Mode.UNDATED: "Ask for it again when the day is chosen, and it has dates.",
        Mode.LIVE: "People who like it can join your list, and after a month you keep what worked.",
        Mode.UNCONFIRMED: "Until then no mail says that it can be heard.",
    }[facts.mode]
    parts = (opening.format_map(phrases), middle.format_map(phrases), start, end)
    return " ".join(part[:1].upper() + part[1:] for part in parts if part)


def _positioning(facts: CampaignFacts) -> str:
    phrases = _phrases(facts)
    who = f"{_short(facts.artist_name, ARTIST_CHARS)} makes " if facts.artist_name.strip() else ""
    line = _sentence(
        f"{who}{{genre_phrase}}, and {{title}} is told by the person who made it: one true story, "
        "the same in every post, mail and pitch.",
        phrases,
    )
    # Without audio nobody has heard it, so nothing is said of how it feels.
    heard = facts.has_audio or facts.mode is Mode.LIVE
    moods = ", ".join(_short(mood, GENRE_CHARS) for mood in facts.mood_tags)
    return f"{line} You call it {moods}." if heard and moods else line


def _audience(facts: CampaignFacts) -> str:
    where = (
        "They meet in small places: forums, community radio, specialist curators, local rooms."
        if facts.is_niche
        else "You meet them through people who already listen to you, one circle further out."
    )
    line = f"People who already listen to {{genre_phrase}}. {where} Today {{fans_phrase}}."
    return _sentence(line, _phrases(facts))


def _kpis(facts: CampaignFacts) -> tuple[Kpi, ...]:
    found = [
        Kpi(key="new_fans", label="Fans who joined your list and confirmed"),
        Kpi(key="replies", label="Replies to your mails"),
        Kpi(key="actions_done", label="Actions of this plan that you finished"),
    ]
    if facts.mode is not Mode.LIVE:
        found.append(Kpi(key="doors_in_time", label="Pitches that went out in time"))
    return tuple(found)
