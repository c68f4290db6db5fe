"""The case table of playbook 4.3, the rows of time: what is wrong and what is done instead."""

from datetime import timedelta

import pytest

from shared.campaigns.facts import Kind
from shared.campaigns.gates import Blocker, CloseCode
from shared.campaigns.notes import NoteCode
from shared.campaigns.schedule import Flag, plan_frame
from shared.campaigns.wording import action_words
from tests.models.campaigns.arranging import TODAY, action, closed, codes, due, facts, live


@pytest.mark.parametrize("delivered", [True, False], ids=["delivered", "not delivered"])
@pytest.mark.parametrize("days", [1, 2, 3])
def test_in_the_last_three_days_pitches_are_closed_and_moving_the_day_comes_first(
    days: int, *, delivered: bool
) -> None:
    frame = plan_frame(facts(days, delivered_to_distributor=delivered))
    shut = closed(frame)

    for key in ("spotify_pitch", "apple_amazon_pitch", "blog_submit"):
        assert shut[key] is CloseCode.LEAD_TIME
    assert shut["deliver_distributor"] is (CloseCode.DONE if delivered else CloseCode.LEAD_TIME)
    assert frame.actions[0].key == "move_date_question"
    assert NoteCode.MOVE_DATE in codes(frame)
    assert due(frame, "capture_page_live") == TODAY
    assert due(frame, "release_blast") == TODAY + timedelta(days=days)
    after = {"quick_clips", "golive_confirm", "curator_round2", "week1_review"}
    assert after <= frame.keys
    assert due(frame, "curator_round2") > TODAY + timedelta(days=days)
    assert Flag.NEW_PITCHABLE_RECORDING in action(frame, "remix_waterfall_next").flags


def test_long_lead_press_is_closed_for_an_album_in_three_days() -> None:
    assert closed(plan_frame(facts(3, kind=Kind.ALBUM)))["long_lead_press"] is CloseCode.LEAD_TIME


@pytest.mark.parametrize("days", [4, 5, 6])
def test_four_to_six_days_ahead_the_pitch_is_a_late_attempt_that_promises_nothing(
    days: int,
) -> None:
    frame = plan_frame(facts(days, delivered_to_distributor=True))

    assert closed(frame)["spotify_pitch"] is CloseCode.LEAD_TIME
    assert Flag.LOW_ODDS in action(frame, "late_pitch_attempt").flags
    words = action_words("late_pitch_attempt", facts(days))
    assert "expect nothing" in words.title


@pytest.mark.parametrize("days", [3, 7])
def test_the_late_pitch_is_offered_between_four_and_six_days_only(days: int) -> None:
    frame = plan_frame(facts(days, delivered_to_distributor=True))
    assert "late_pitch_attempt" not in frame.keys


@pytest.mark.parametrize("delivered", [True, False], ids=["delivered", "not delivered"])
@pytest.mark.parametrize("days", [7, 10, 13])
def test_between_one_week_and_two_the_pitch_is_due_today_and_only_quick_outlets_are_left(
    days: int, *, delivered: bool
) -> None:
    frame = plan_frame(facts(days, delivered_to_distributor=delivered, hours_per_week=20))

    assert closed(frame)["apple_amazon_pitch"] is CloseCode.LEAD_TIME
    assert frame.actions[0].key == "spotify_pitch"
    assert frame.actions[0].due_date == TODAY
    assert Flag.TIGHT in action(frame, "curator_round1").flags
    assert Flag.QUICK_OUTLETS_ONLY in action(frame, "blog_submit").flags


@pytest.mark.parametrize("days_ago", [0, 1, 20, 100, 1000])
def test_a_live_release_gets_nothing_of_before_its_day_and_is_never_called_coming(
    days_ago: int,
) -> None:
    found = live(days_ago)
    frame = plan_frame(found)
    shut = closed(frame)

    for key in ("presave_open", "spotify_pitch", "blog_submit", "announce_list"):
        assert shut[key] is CloseCode.ALREADY_OUT
    assert {"catalogue_story", "late_radio"} <= frame.keys
    assert all(one.due_date is not None and one.due_date >= TODAY for one in frame.actions)
    for one in frame.actions:
        words = action_words(one.key, found)
        text = " ".join((words.title, words.why, *words.how, words.copy or "")).casefold()
        assert "coming soon" not in text
        assert "pre-save" not in text


def test_a_live_release_checks_discovery_mode_after_thirty_days() -> None:
    early = plan_frame(live(3, monthly_listeners=30_000))
    late = plan_frame(live(400, monthly_listeners=30_000))

    assert due(early, "discovery_mode_decide") >= TODAY + timedelta(days=27)
    assert "catalogue_discovery_check" in late.keys


def test_a_passed_day_is_confirmed_or_moved_before_fans_or_curators_hear_of_it() -> None:
    frame = plan_frame(facts(-4))

    assert closed(frame)["release_blast"] is CloseCode.NOT_LIVE
    assert frame.actions[0].key == "confirm_live_or_move"
    assert NoteCode.IS_IT_LIVE in codes(frame)
    assert Blocker.LIVE_CONFIRMATION in action(frame, "curator_round2").blocked_by


def test_without_a_date_choosing_one_comes_first_and_nothing_has_a_due_day() -> None:
    frame = plan_frame(facts(None))

    assert frame.actions[0].key == "choose_date"
    assert all(one.due_date is None for one in frame.actions)
    assert action(frame, "spotify_pitch").offset in range(-28, -6)
    assert "28" in action_words("choose_date", facts(None)).how[1]


@pytest.mark.parametrize("days", [121, 200, 400, 900])
def test_until_twelve_weeks_before_the_day_only_quarterly_check_ins_are_due(days: int) -> None:
    frame = plan_frame(facts(days, has_artwork=False, fan_count=0))
    start = TODAY + timedelta(days=days - 84)
    early = [one.key for one in frame.actions if one.due_date and one.due_date < start]

    assert set(early) == {"quarterly_check_in"}
    assert len(early) <= max(1, (days - 84) // 91)


def test_without_audio_the_master_comes_first_and_what_needs_it_is_due_no_earlier() -> None:
    found = facts(45, has_audio=False)
    frame = plan_frame(found)
    waiting = [one for one in frame.actions if Blocker.AUDIO in one.blocked_by]

    assert frame.actions[0].key == "master_art_final"
    keys = {"shoot_content_day", "teaser_series", "spotify_pitch", "curator_round1"}
    assert keys | {"college_community_radio", "bandcamp_d2c"} <= {
        *(one.key for one in waiting),
        *(one.key for one in frame.dropped),
    }
    ready = due(frame, "master_art_final")
    assert all(due(frame, one.key) >= ready for one in waiting)


def test_without_artwork_its_brief_comes_first_and_what_shows_it_is_blocked() -> None:
    frame = plan_frame(facts(60, has_artwork=False, kind=Kind.EP, active_listeners=6000))

    assert frame.actions[0].key == "artwork_brief"
    for key in ("deliver_distributor", "canvas_visuals", "countdown_page"):
        assert Blocker.ARTWORK in action(frame, key).blocked_by
