"""What a plan does not know and what may go wrong: it names its own weak points (4.4, line 10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.campaigns.catalogue import gate
from shared.campaigns.facts import DEFAULT_HOURS_PER_WEEK, CampaignFacts, Mode, Splits
from shared.campaigns.gates import CloseCode, Closed, is_frozen


class NoteCode(StrEnum):
    """The kinds of questions, assumptions and risks, for a program."""

    CHOOSE_DATE = "choose_date"
    MOVE_DATE = "move_date"
    IS_IT_LIVE = "is_it_live"
    MONTHLY_LISTENERS = "monthly_listeners"
    ACTIVE_LISTENERS = "active_listeners"
    HOME_TOWN = "home_town"
    RIGHTS_CLEARED = "rights_cleared"
    CLEAN_EDIT = "clean_edit"
    VOICE_OWNER = "voice_owner"
    GUARDIAN = "guardian"
    HOURS_ASSUMED = "hours_assumed"
    BUDGET_ASSUMED = "budget_assumed"
    LEAD_TIMES = "lead_times"
    FORMS_DIFFER = "forms_differ"
    LISTENERS_AS_SAID = "listeners_as_said"
    TRANSLATE = "translate"
    SHORT_NOTICE = "short_notice"
    NOT_DELIVERED = "not_delivered"
    HOLIDAY_FREEZE = "holiday_freeze"
    UNCLEARED_MUSIC = "uncleared_music"
    SPLITS_OPEN = "splits_open"
    NO_LIST = "no_list"
    MUST_DROPPED = "must_dropped"
    FUNCTIONAL_AUDIO = "functional_audio"
    RELEASES_CLOSE = "releases_close"
    AI_VOICE = "ai_voice"
    NOT_CONFIRMED = "not_confirmed"
    NO_PROMISE = "no_promise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One question, assumption or risk: a code for a program, a sentence for the artist."""

    code: NoteCode
    text: str


Line = tuple[bool, NoteCode, str]


def questions(facts: CampaignFacts, closed: Iterable[Closed]) -> tuple[Note, ...]:
    """Return what only the artist can answer, and what would open more doors if answered."""
    late = any(c.code is CloseCode.LEAD_TIME for c in closed)
    near = facts.mode is Mode.UPCOMING and facts.days_until < gate("spotify_pitch").days
    thin = near or (_upcoming_undelivered(facts) and _days_short(facts))
    lines: list[Line] = [
        (facts.mode is Mode.UNDATED, NoteCode.CHOOSE_DATE, _CHOOSE_DATE.format(_first_date())),
        (facts.mode is Mode.UNCONFIRMED, NoteCode.IS_IT_LIVE, _IS_IT_LIVE),
        (late and (thin or _uncleared_late(facts)), NoteCode.MOVE_DATE, _MOVE_DATE),
        (facts.uncleared, NoteCode.RIGHTS_CLEARED, _RIGHTS),
        (_needs_clean_edit(facts), NoteCode.CLEAN_EDIT, _CLEAN_EDIT),
        (facts.ai_voice, NoteCode.VOICE_OWNER, _VOICE),
        (facts.minor_act, NoteCode.GUARDIAN, _GUARDIAN),
        (facts.monthly_listeners is None, NoteCode.MONTHLY_LISTENERS, _MONTHLY),
        (_asks_for_active(facts), NoteCode.ACTIVE_LISTENERS, _ACTIVE),
        (not facts.home_place_known, NoteCode.HOME_TOWN, _HOME),
    ]
    return _kept(lines)


def assumptions(facts: CampaignFacts) -> tuple[Note, ...]:
    """Return what the plan takes as given without knowing it."""
    hours = f"You gave no hours, so the plan uses {DEFAULT_HOURS_PER_WEEK:g} a week."
    lines: list[Line] = [
        (facts.hours_per_week is None, NoteCode.HOURS_ASSUMED, hours),
        (facts.budget_cents is None, NoteCode.BUDGET_ASSUMED, _BUDGET),
        (True, NoteCode.LEAD_TIMES, _LEAD_TIMES.format(gate("spotify_pitch").checked_on)),
        (facts.mode is not Mode.LIVE, NoteCode.FORMS_DIFFER, _FORMS),
        (facts.monthly_listeners is not None, NoteCode.LISTENERS_AS_SAID, _AS_SAID),
        (_other_language(facts), NoteCode.TRANSLATE, _TRANSLATE),
    ]
    return _kept(lines)


def risks(facts: CampaignFacts, closed: Iterable[Closed], *, must_dropped: int) -> tuple[Note, ...]:
    """Return what may go wrong with this plan, the gravest first."""
    late = any(c.code is CloseCode.LEAD_TIME for c in closed)
    day = facts.release_day
    frozen = day is not None and facts.mode is Mode.UPCOMING and is_frozen(day)
    lines: list[Line] = [
        (facts.mode is Mode.UNCONFIRMED, NoteCode.NOT_CONFIRMED, _NOT_CONFIRMED),
        (facts.uncleared, NoteCode.UNCLEARED_MUSIC, _UNCLEARED),
        (facts.splits in {Splits.MISSING, Splits.DISPUTED}, NoteCode.SPLITS_OPEN, _SPLITS),
        (facts.ai_voice, NoteCode.AI_VOICE, _AI_VOICE),
        (_upcoming_undelivered(facts), NoteCode.NOT_DELIVERED, _NOT_DELIVERED),
        (late, NoteCode.SHORT_NOTICE, _SHORT),
        (frozen and not facts.delivered_to_distributor, NoteCode.HOLIDAY_FREEZE, _FREEZE),
        (must_dropped > 0, NoteCode.MUST_DROPPED, _DROPPED),
        (bool(facts.neighbours), NoteCode.RELEASES_CLOSE, _CLOSE),
        (facts.fan_count < 1, NoteCode.NO_LIST, _NO_LIST),
        (facts.is_functional, NoteCode.FUNCTIONAL_AUDIO, gate("functional_audio").rule),
        (True, NoteCode.NO_PROMISE, _NO_PROMISE),
    ]
    return _kept(lines)


def _kept(lines: list[Line]) -> tuple[Note, ...]:
    return tuple(Note(code=code, text=text) for holds, code, text in lines if holds)


def _first_date() -> int:
    return gate("first_date").days


def _upcoming_undelivered(facts: CampaignFacts) -> bool:
    return facts.mode is Mode.UPCOMING and not facts.delivered_to_distributor


def _days_short(facts: CampaignFacts) -> bool:
    return facts.days_until < gate("distributor_delivery").days


def _uncleared_late(facts: CampaignFacts) -> bool:
    return facts.uncleared and facts.days_until < gate("licence").days


def _needs_clean_edit(facts: CampaignFacts) -> bool:
    return facts.explicit and not facts.has_clean_edit


def _asks_for_active(facts: CampaignFacts) -> bool:
    return facts.active_listeners is None and facts.kind.value != "single"


def _other_language(facts: CampaignFacts) -> bool:
    return not (facts.language or "en").lower().startswith("en")


_CHOOSE_DATE = (
    "Which day should it be? Choose one at least {} days ahead; a Friday is usual, not required."
)
_IS_IT_LIVE = "Is it live? If so, mark it as live with its links; if not, choose a new day."
_MOVE_DATE = "Would you move the day? The date dial shows which doors a later day opens."
_RIGHTS = "Is the cover or sample cleared in writing?"
_CLEAN_EDIT = "Is there a clean edit? Radio needs one; without it the radio step waits."
_VOICE = "Whose voice does the AI-made voice resemble? Only your own may stay."
_GUARDIAN = "Who is the guardian that signs and answers for the act?"
_MONTHLY = "How many monthly listeners do you have? Discovery Mode depends on it."
_ACTIVE = "How many active listeners do you have in 28 days? The Countdown Page depends on it."
_HOME = "Which town is home? A local push needs a place."
_BUDGET = "You gave no budget, so the plan uses only what is free."
_LEAD_TIMES = "The lead times were checked on {}; ask your distributor whether its own differ."
_FORMS = (
    "Whether your distributor offers forms for Apple and Amazon is not known; sources disagree."
)
_AS_SAID = "Listener numbers are taken as you gave them."
_TRANSLATE = "The drafts are in English; say them in the language of your listeners."
_NOT_CONFIRMED = "The day is past and nobody has confirmed that it is live, so no mail says it is."
_UNCLEARED = "Borrowed music that is not cleared can be taken down, with the money of other songs."
_SPLITS = "The splits are not agreed: upload and registrations wait, and a quarrel grows with time."
_AI_VOICE = "A voice that resembles somebody else's, or is not declared, can be taken down."
_NOT_DELIVERED = "It is not with a distributor yet, and stores and pitch forms wait for that."
_FREEZE = "The delivery falls into November or December, when it takes two weeks longer."
_CLOSE = "Two releases share these weeks: run one campaign and take turns by the week."
_NO_LIST = "There is nobody on the list yet, so the first weeks are personal messages."
_NO_PROMISE = "A pitch in time is a chance and not a placement; what is yours is the list."
_SHORT = "The day is too near for some of the playbook; the closed list says what, and from when."
_DROPPED = "Something a release should have does not fit your hours or budget; see what is dropped."
