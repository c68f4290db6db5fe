"""The laws of playbook 4.4, over facts drawn at random."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.campaigns.catalogue import NO_GO_CHOICES, catalogue
from shared.campaigns.facts import CampaignFacts, Kind, Mode, ReleaseState, Splits
from shared.campaigns.gates import CloseCode
from shared.campaigns.schedule import DropReason, plan_frame
from shared.campaigns.situations import verdicts
from tests.models.campaigns.arranging import facts as example

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
maybe_listeners = st.none() | st.integers(0, 60_000)


@st.composite
def drawn_facts(draw: st.DrawFn) -> CampaignFacts:
    today = draw(days)
    ahead = draw(st.none() | st.integers(-120, 130) | st.integers(131, 900))
    return CampaignFacts(
        today=today,
        kind=draw(st.sampled_from(Kind)),
        genre=draw(st.sampled_from(["indie pop", "harsh noise", "ambient", ""])),
        title=draw(st.text(max_size=12)),
        release_date=None if ahead is None else today + timedelta(days=ahead),
        state=draw(st.sampled_from(ReleaseState)),
        has_audio=draw(st.booleans()),
        has_artwork=draw(st.booleans()),
        splits=draw(st.sampled_from(Splits)),
        collaborator_roles=draw(st.sampled_from([(), ("producer",), ("writer", "singer")])),
        explicit=draw(st.booleans()),
        cover=draw(st.booleans()),
        samples=draw(st.booleans()),
        rights_cleared=draw(st.booleans()),
        instrumental=draw(st.booleans()),
        ai_voice=draw(st.booleans()),
        minor_act=draw(st.booleans()),
        delivered_to_distributor=draw(st.booleans()),
        monthly_listeners=draw(maybe_listeners),
        active_listeners=draw(maybe_listeners),
        fan_count=draw(st.integers(0, 40)),
        largest_place_count=draw(st.integers(0, 10)),
        sender_ready=draw(st.booleans()),
        page_open=draw(st.booleans()),
        budget_cents=draw(st.none() | st.integers(0, 50_000)),
        hours_per_week=draw(st.none() | st.sampled_from([0, 0.25, 0.5, 1, 2, 5, 7.5, 20, 60])),
        no_go_channels=draw(st.frozensets(st.sampled_from(sorted(NO_GO_CHOICES)), max_size=4)),
        other_release_dates=tuple(draw(st.lists(days, max_size=2))),
    )


laws = settings(max_examples=120, deadline=None)


@laws
@given(drawn_facts())
def test_no_due_date_lies_in_the_past_or_outside_its_window(facts: CampaignFacts) -> None:
    for action in plan_frame(facts).actions:
        if facts.mode is Mode.UNDATED:
            assert action.due_date is None
            continue
        assert action.due_date is not None
        assert action.opens is not None
        assert action.closes is not None
        assert facts.today <= action.opens <= action.due_date <= action.closes
        book = catalogue().actions[action.key]
        if book.anchor.value == "release":
            assert action.offset is not None
            assert book.window[0] <= action.offset <= book.window[1]


@laws
@given(drawn_facts())
def test_any_seven_days_in_a_row_hold_no_more_than_the_hours_given(facts: CampaignFacts) -> None:
    # Without a date, what is to be done right away has no day that could be counted.
    actions = [a for a in plan_frame(facts).actions if a.offset is not None]
    at = [(a.offset or 0, a.effort_minutes) for a in actions]
    for start, _ in at:
        week = sum(minutes for day, minutes in at if start <= day < start + 7)
        assert week <= facts.week_minutes


@laws
@given(drawn_facts())
def test_every_key_that_applies_stands_in_exactly_one_list(facts: CampaignFacts) -> None:
    frame = plan_frame(facts)
    stands = [*frame.keys, *(c.key for c in frame.closed), *(d.key for d in frame.dropped)]

    assert len(stands) == len(set(stands))
    assert set(stands) == set(verdicts(catalogue(), facts)) >= set(catalogue().core)


@laws
@given(drawn_facts(), st.text(max_size=60), st.text(max_size=30))
def test_the_same_facts_give_the_same_frame_whatever_is_in_the_title(
    facts: CampaignFacts, title: str, name: str
) -> None:
    frame = plan_frame(facts)

    assert frame == plan_frame(facts)
    assert frame == plan_frame(replace(facts, title=title, artist_name=name))


@laws
@given(drawn_facts())
def test_the_budget_is_not_overspent_and_dropping_says_which_limit(facts: CampaignFacts) -> None:
    frame = plan_frame(facts)
    spent = sum(action.cost_cents for action in frame.actions)

    assert spent == frame.budget.planned_cents <= facts.money
    for one in frame.dropped:
        costs = catalogue().actions[one.key].cost[0]
        assert (one.reason is DropReason.BUDGET) <= (costs > 0)


@laws
@given(drawn_facts())
def test_what_the_artist_ruled_out_stays_out(facts: CampaignFacts) -> None:
    frame = plan_frame(facts)
    assert not {a.channel.value for a in frame.actions} & facts.no_go_channels
    if "face_on_camera" in facts.no_go_channels:
        assert not frame.keys & {"shoot_content_day", "second_wave_clip", "quick_clips"}
    if "paid_ads" in facts.no_go_channels:
        told = {c.key: c.code for c in frame.closed}
        assert told["ads_test"] is CloseCode.NO_GO


@laws
@given(drawn_facts())
def test_sessions_of_one_action_add_up_and_none_is_longer_than_a_week(
    facts: CampaignFacts,
) -> None:
    frame = plan_frame(facts)
    for key in frame.keys - {"quarterly_check_in"}:
        sessions = [a for a in frame.actions if a.key == key]
        assert sum(a.effort_minutes for a in sessions) == catalogue().actions[key].minutes
        assert {a.session for a in sessions} == set(range(1, sessions[0].sessions + 1))


@laws
@given(drawn_facts())
def test_a_closed_action_has_a_reason_and_reopens_on_the_day_it_names(
    facts: CampaignFacts,
) -> None:
    for closed in plan_frame(facts).closed:
        assert closed.reason
        day = closed.reopens_if_release_on_or_after
        if closed.code is not CloseCode.LEAD_TIME or day is None:
            continue
        for later in (0, 1, 20):
            moved = replace(facts, release_date=day + timedelta(days=later))
            again = {c.key: c.code for c in plan_frame(moved).closed}
            assert again.get(closed.key) is not CloseCode.LEAD_TIME


@laws
@given(drawn_facts())
def test_a_plan_names_its_own_weak_points(facts: CampaignFacts) -> None:
    frame = plan_frame(facts)
    assert frame.assumptions
    assert frame.risks


@laws
@given(ahead=st.integers(1, 200), hours=st.sampled_from([1, 2, 5, 20]), delivered=st.booleans())
def test_people_are_won_directly_before_the_day_and_after_it(
    ahead: int, hours: int, *, delivered: bool
) -> None:
    found = example(ahead, hours_per_week=hours, delivered_to_distributor=delivered)
    direct = [a.offset or 0 for a in plan_frame(found).actions if a.channel.value == "d2c"]

    assert min(direct) < 0 < max(direct)
