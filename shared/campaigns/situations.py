"""When a situational action applies: the case table of playbook 4.3, one line a case."""

from collections.abc import Callable, Mapping

from shared.campaigns.catalogue import Catalogue, catalogue, gate
from shared.campaigns.facts import CampaignFacts, Kind, Mode, Splits
from shared.campaigns.gates import BY_TIME, CloseCode, Closed, Open, verdict

ClosedKeys = Mapping[str, Closed]
# From here on a release is too near for another day to be only a thought (playbook 4.3).
RELEASE_VERY_NEAR_DAYS = 3


def verdicts(book: Catalogue, facts: CampaignFacts) -> dict[str, Open | Closed]:
    """Return the verdict on every core action and on every situational one that applies."""
    found = {key: verdict(book.actions[key], facts) for key in book.core}
    closed = {key: told for key, told in found.items() if isinstance(told, Closed)}
    for key, action in book.actions.items():
        if action.situational and _WHEN[key](facts, closed):
            found[key] = verdict(action, facts)
    return found


def _late(closed: ClosedKeys, key: str) -> bool:
    return key in closed and closed[key].code in BY_TIME


def _missed(closed: ClosedKeys, key: str) -> bool:
    return key in closed and closed[key].code is CloseCode.LEAD_TIME


def _ahead(facts: CampaignFacts) -> bool:
    """Whether the release is dated and at least tomorrow."""
    return facts.mode is Mode.UPCOMING and facts.days_until >= 1


def _deliverable(facts: CampaignFacts) -> bool:
    """Whether some distributor would still take it for its day."""
    return _ahead(facts) and facts.days_until >= gate("distributor_floor").days


def _files_late(facts: CampaignFacts, closed: ClosedKeys) -> bool:
    wanted = _deliverable(facts) or (_ahead(facts) and not facts.has_audio)
    return wanted and _missed(closed, "master_art_final")


def _move_date(facts: CampaignFacts, _closed: ClosedKeys) -> bool:
    near = facts.days_until <= RELEASE_VERY_NEAR_DAYS
    floor = facts.days_until < gate("distributor_floor").days
    return facts.mode is Mode.UPCOMING and (near or (floor and not facts.delivered_to_distributor))


def _late_pitch(facts: CampaignFacts, _closed: ClosedKeys) -> bool:
    still_opens = gate("spotify_pitch_form").days <= facts.days_until < gate("spotify_pitch").days
    return facts.mode is Mode.UPCOMING and still_opens and facts.delivered_to_distributor


def _express(facts: CampaignFacts, closed: ClosedKeys) -> bool:
    return _deliverable(facts) and _missed(closed, "deliver_distributor")


def _artwork(facts: CampaignFacts, _closed: ClosedKeys) -> bool:
    wanted = _deliverable(facts) or facts.mode is Mode.UNDATED
    return wanted and not facts.has_artwork and not facts.delivered_to_distributor


def _last_day(key: str) -> int:
    return catalogue().actions[key].window[1]


def _live_after(days: int) -> Callable[[CampaignFacts, ClosedKeys], bool]:
    return lambda facts, _closed: facts.mode is Mode.LIVE and facts.today_offset > days


_WHEN: dict[str, Callable[[CampaignFacts, ClosedKeys], bool]] = {
    "choose_date": lambda facts, _: facts.mode is Mode.UNDATED,
    "move_date_question": _move_date,
    "confirm_live_or_move": lambda facts, _: facts.mode is Mode.UNCONFIRMED,
    "quarterly_check_in": lambda facts, _: facts.is_far,
    "guardian_contact": lambda facts, _: facts.minor_act,
    "ai_voice_disclosure": lambda facts, _: facts.ai_voice,
    "artwork_brief": _artwork,
    "first_twenty_fans": lambda facts, _: facts.fan_count < 1,
    "lead_single_plan": lambda facts, _: (
        facts.kind is not Kind.SINGLE and facts.mode in {Mode.UPCOMING, Mode.UNDATED}
    ),
    "late_pitch_attempt": _late_pitch,
    "express_delivery": _express,
    "quick_story": lambda _, closed: _missed(closed, "goal_story"),
    "quick_clips": lambda facts, closed: _ahead(facts) and _missed(closed, "shoot_content_day"),
    "catch_up_files": _files_late,
    "catch_up_splits": lambda facts, closed: (
        facts.splits is Splits.MISSING and _late(closed, "splits_signed")
    ),
    "catch_up_clearance": lambda facts, closed: (
        facts.uncleared and _late(closed, "clear_samples_covers")
    ),
    "late_profiles": lambda _, closed: _late(closed, "claim_profiles"),
    "credits_databases": lambda facts, _: (
        facts.instrumental and facts.today_offset <= _last_day("credits_databases")
    ),
    "scene_places": lambda facts, _: facts.is_niche,
    "fan_page_after": lambda facts, _: facts.today_offset <= _last_day("fan_page_after"),
    "catalogue_story": lambda facts, _: facts.mode is Mode.LIVE,
    "catalogue_fan_page": _live_after(14),
    "catalogue_mail": _live_after(0),
    "catalogue_live_take": _live_after(14),
    "catalogue_curators": _live_after(14),
    "late_radio": lambda facts, _: facts.mode is Mode.LIVE,
    "catalogue_d2c": _live_after(0),
    "catalogue_registrations": _live_after(30),
    "catalogue_discovery_check": _live_after(60),
    "catalogue_review": _live_after(28),
}
