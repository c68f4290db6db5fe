from datetime import date

import pytest

from shared.campaigns.catalogue import NO_GO_CHOICES, PITCH_MAX_CHARS, Anchor, catalogue, gate

# Playbook 4.2, row by row: key, window, minutes, must.
TABLE = """
goal_story -60 -28 45 yes
splits_signed -60 -21 30 yes
clear_samples_covers -60 -28 60 yes
master_art_final -56 -28 60 yes
metadata_lock -42 -28 40 yes
deliver_distributor -42 -14 45 yes
claim_profiles -42 -10 45 yes
press_list -56 -28 90 no
long_lead_press -84 -56 120 no
epk_onesheet -42 -21 90 yes
capture_page_live -42 -1 20 yes
announce_list -28 -14 40 yes
presave_open -28 -1 20 no
countdown_page -28 -3 45 no
spotify_pitch -28 -7 45 yes
apple_amazon_pitch -28 -14 30 no
canvas_visuals -21 -1 90 no
curator_round1 -14 -7 120 no
blog_submit -21 -7 90 no
college_community_radio -42 -7 90 no
shoot_content_day -28 -14 240 yes
teaser_series -14 -1 120 yes
collab_copromo -21 0 40 no
local_push -21 14 120 no
bandcamp_d2c -21 0 60 no
preflight -3 -1 30 yes
golive_confirm 0 0 15 yes
release_blast 0 0 30 yes
release_post_thanks 0 1 45 yes
golive_registrations 0 30 60 yes
lyrics_credits -7 7 40 no
curator_round2 1 14 60 no
second_wave_clip 3 14 90 yes
week1_review 7 7 20 yes
remix_waterfall_next 14 42 45 no
discovery_mode_decide 30 60 20 no
month_review 28 28 30 yes
ads_test 0 7 45 no
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
ACTIONS = list(catalogue().actions.values())


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_playbook_stands_in_the_catalogue(row: list[str]) -> None:
    action = catalogue().actions[row[0]]

    assert action.window == (int(row[1]), int(row[2]))
    assert action.minutes == int(row[3])
    assert action.must is (row[4] == "yes")


def test_the_core_of_the_catalogue_is_the_playbook_and_nothing_else() -> None:
    assert sorted(catalogue().core) == sorted(row[0] for row in ROWS)
    assert len(catalogue().core) == 37 + 1


@pytest.mark.parametrize("action", ACTIONS, ids=[action.key for action in ACTIONS])
def test_an_action_is_complete_and_says_where_its_rule_was_read(action: object) -> None:
    from shared.campaigns.catalogue import Action

    assert isinstance(action, Action)
    assert action.window[0] <= action.target <= action.window[1]
    assert 2 <= len(action.how) <= 5
    assert all(2 <= len(steps) <= 5 for steps in action.variants.values())
    assert action.source
    assert action.checked_on == date(2026, 11, 23)
    assert "{" in action.why, "a reason is tied to a given fact"
    assert action.done_test.endswith(".")
    assert action.title.split()[0] in VERBS
    assert (action.copy is None) == (action.copy_kind is None)
    assert action.cost[0] <= action.cost[1]


VERBS = {
    "Agree", "Ask", "Brief", "Build", "Check", "Choose", "Claim", "Clear", "Compare", "Decide",
    "Declare", "Deliver", "Finish", "Follow", "Gather", "Give", "Hear", "Lock", "Look", "Make",
    "Name", "Offer", "Open", "Pitch", "Plan", "Post", "Publish", "Put", "Record", "Register",
    "Remake", "Say", "Send", "Set", "Shoot", "Take", "Tell", "Test", "Try", "Win", "Write",
}  # fmt: skip


def test_a_door_closes_when_its_gate_says_so() -> None:
    for key in catalogue().doors:
        action = catalogue().actions[key]
        assert action.gate is not None
        assert action.lead_days == gate(action.gate).days, key


def test_what_an_action_builds_on_gets_its_hours_first() -> None:
    book = catalogue().actions
    for action in ACTIONS:
        for before in action.after:
            assert (not book[before].must, book[before].rank) < (not action.must, action.rank)


def test_pitch_templates_leave_room_for_the_artists_own_words() -> None:
    pitches = [action for action in ACTIONS if action.copy_kind == "pitch"]
    assert {action.key for action in pitches} == {"spotify_pitch", "late_pitch_attempt"}
    assert all(len(action.copy or "") < PITCH_MAX_CHARS - 150 for action in pitches)


def test_fan_mails_carry_a_copy() -> None:
    mails = {action.key for action in ACTIONS if action.fan_mail}
    assert mails == {"announce_list", "release_blast", "catalogue_mail"}
    assert all(catalogue().actions[key].copy_kind == "mail" for key in mails)


def test_an_artist_may_rule_out_every_channel_faces_and_adverts() -> None:
    assert {action.channel.value for action in ACTIONS} <= NO_GO_CHOICES
    assert {"face_on_camera", "paid_ads"} <= NO_GO_CHOICES


def test_windows_counted_from_today_begin_today_or_later() -> None:
    assert all(a.window[0] >= 0 for a in ACTIONS if a.anchor is Anchor.TODAY)
