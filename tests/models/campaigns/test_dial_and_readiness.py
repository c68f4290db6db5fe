import time
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from shared.campaigns.catalogue import catalogue
from shared.campaigns.dial import date_dial
from shared.campaigns.facts import CampaignFacts, Mode, ReleaseState, Splits
from shared.campaigns.gates import CloseCode, Closed
from shared.campaigns.readiness import missing
from shared.campaigns.schedule import plan_frame
from tests.models.campaigns.arranging import TODAY, facts
from tests.models.campaigns.test_frame_laws import drawn_facts


@settings(max_examples=25, deadline=None)
@given(drawn_facts())
def test_the_dial_and_the_plan_of_each_day_agree(found: CampaignFacts) -> None:
    for day in date_dial(found, first=found.today, last=found.today + timedelta(days=12)):
        moved = replace(found, release_date=day.release_date, state=ReleaseState.SCHEDULED)
        frame = plan_frame(moved)
        shut = {closed.key: closed.code for closed in frame.closed}

        assert {door.key for door in (*day.open, *day.closed)} == set(catalogue().doors)
        assert all(shut[door.key] is door.code for door in day.closed)
        assert not {door.key for door in day.open} & set(shut)


def test_a_week_later_opens_the_pitch() -> None:
    dial = date_dial(facts(3), first=TODAY + timedelta(days=6), last=TODAY + timedelta(days=7))

    assert "spotify_pitch" in {door.key for door in dial[0].closed}
    pitch = next(door for door in dial[1].open if door.key == "spotify_pitch")
    assert (pitch.needed_days, pitch.days_left) == (7, 0)


def test_days_that_are_over_are_not_on_the_dial() -> None:
    dial = date_dial(facts(), first=TODAY - timedelta(days=5), last=TODAY + timedelta(days=1))
    assert [day.release_date for day in dial] == [TODAY, TODAY + timedelta(days=1)]


def test_a_reversed_or_endless_range_is_refused() -> None:
    with pytest.raises(ValueError, match="dial"):
        date_dial(facts(), first=TODAY, last=TODAY - timedelta(days=1))
    with pytest.raises(ValueError, match="dial"):
        date_dial(facts(), first=TODAY, last=TODAY + timedelta(days=900))


def test_120_days_are_dialled_in_a_blink() -> None:
    catalogue()
    started = time.process_time()
    dial = date_dial(facts(), first=TODAY, last=TODAY + timedelta(days=119))

    assert len(dial) == 120
    assert time.process_time() - started < 0.3


def test_december_needs_two_more_weeks_for_delivery() -> None:
    autumn = facts(60, today=date(2026, 11, 1))
    day = date_dial(autumn, first=date(2026, 11, 20), last=date(2026, 11, 20))[0]
    delivery = next(door for door in day.closed if door.key == "deliver_distributor")

    assert delivery.needed_days == 28
    assert delivery.reopens_if_release_on_or_after == date(2026, 11, 29)


def test_a_complete_release_lacks_nothing() -> None:
    assert missing(facts(45, delivered_to_distributor=True)) == ()


@pytest.mark.parametrize(
    ("changes", "field", "blocks"),
    [
        pytest.param({"has_audio": False}, "audio", "spotify_pitch", id="audio"),
        pytest.param({"has_artwork": False}, "artwork", "deliver_distributor", id="artwork"),
        pytest.param(
            {"splits": Splits.MISSING}, "royalty_splits", "deliver_distributor", id="splits"
        ),
        pytest.param(
            {"splits": Splits.DISPUTED}, "royalty_splits", "golive_registrations", id="disputed"
        ),
        pytest.param({"release_date": None}, "release_date", "spotify_pitch", id="date"),
        pytest.param({"sender_ready": False}, "sender_address", "release_blast", id="sender"),
        pytest.param({"page_open": False}, "capture_page", "capture_page_live", id="page"),
        pytest.param({"cover": True}, "licence", "deliver_distributor", id="licence"),
        pytest.param({}, "delivery", "presave_open", id="delivery"),
    ],
)
def test_what_is_missing_names_the_actions_it_blocks(
    changes: dict[str, object], field: str, blocks: str
) -> None:
    found = {one.field: one for one in missing(facts(45, **changes))}

    assert found[field].detail
    assert blocks in found[field].blocks


@settings(max_examples=60, deadline=None)
@given(drawn_facts())
def test_what_blocks_an_action_is_what_readiness_says(found: CampaignFacts) -> None:
    blocks = {one.field: set(one.blocks) for one in missing(found)}
    for action in plan_frame(found).actions:
        for blocker in action.blocked_by:
            if blocker.value not in {"clean_edit", "guardian"}:
                assert action.key in blocks[blocker.value]


def test_an_unconfirmed_release_waits_for_its_confirmation() -> None:
    found = facts(-3)
    assert found.mode is Mode.UNCONFIRMED
    lacking = {one.field: one.blocks for one in missing(found)}

    assert "release_blast" in lacking["live_confirmation"]
    told = {closed.key: closed for closed in plan_frame(found).closed}
    assert isinstance(told["release_blast"], Closed)
    assert told["release_blast"].code is CloseCode.NOT_LIVE
