"""The frame of a plan: which actions, on which days, within hours and budget.

Deterministic: the same facts on the same day give the same frame, whatever is later written
into it. Order of the work (playbook 4.4, line 2): hours and budget first, `must` before the
rest; what does not fit is dropped with its reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from shared.campaigns.catalogue import Action, Anchor, Channel, Phase, catalogue, gate
from shared.campaigns.facts import CampaignFacts, Mode
from shared.campaigns.gates import Blocker, Closed, Open, window_of
from shared.campaigns.notes import Note, assumptions, questions, risks
from shared.campaigns.placing import WEEK, Calendar, Session, in_sessions
from shared.campaigns.situations import verdicts

CHECK_IN_DAYS = 91  # A quarter.
CHECK_INS_AT_MOST = 8  # Two years ahead; nobody plans further.
LAST_IN_LIST = 99
# Channels that tire an audience: two releases in one campaign take turns with them by weeks.
TAKING_TURNS = frozenset(
    {
        Channel.SHORT_VIDEO, Channel.VIDEO, Channel.CURATORS, Channel.BLOGS,
        Channel.SOCIAL, Channel.PRESS, Channel.RADIO, Channel.LIVE,
    }
)  # fmt: skip


class Flag(StrEnum):
    """What a reader should know of an action beside its words."""

    URGENT = "urgent"
    LOW_ODDS = "low_odds"
    TIGHT = "tight"
    QUICK_OUTLETS_ONLY = "quick_outlets_only"
    NEW_PITCHABLE_RECORDING = "new_pitchable_recording"
    ONLY_WHEN_CONFIRMED_LIVE = "only_when_confirmed_live"
    SHARED_CAMPAIGN = "shared_campaign"
    SMALL_SCENE = "small_scene"
    DRAFT_COPY = "draft_copy"


class DropReason(StrEnum):
    """Why an action that is open is not in the plan."""

    HOURS = "hours"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """One sitting of one action. Without a release day `due_date` and `opens`, `closes` are None.

    `offset` is in days relative to D, None for what an undated plan wants done right away;
    `cost_cents` is the most it may cost, in minor units, and stands in the first session only.
    """

    key: str
    title: str
    channel: Channel
    phase: Phase
    must: bool
    session: int
    sessions: int
    offset: int | None
    due_date: date | None
    opens: date | None
    closes: date | None
    effort_minutes: int
    cost_cents: int
    blocked_by: tuple[Blocker, ...]
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """An action that is open and does not fit the hours or the budget."""

    key: str
    reason: DropReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Minor units of `currency`: what was given, and what the plan may use of it at most."""

    given_cents: int | None
    planned_cents: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything of a plan but its words. Each applicable key stands in exactly one list."""

    mode: Mode
    release_day: date | None
    actions: tuple[PlannedAction, ...]
    closed: tuple[Closed, ...]
    dropped: tuple[Dropped, ...]
    budget: Budget
    questions: tuple[Note, ...]
    assumptions: tuple[Note, ...]
    risks: tuple[Note, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The keys that stand in `actions`."""
        return frozenset(action.key for action in self.actions)


def plan_frame(facts: CampaignFacts) -> Frame:
    """Return the frame of the plan that fits these facts on this day."""
    book = catalogue()
    told = verdicts(book, facts)
    open_keys = [key for key, one in told.items() if isinstance(one, Open)]
    desk = _Desk(facts=facts, waits={k: v for k, v in told.items() if isinstance(v, Open)})
    for action in sorted((book.actions[key] for key in open_keys), key=desk.turn):
        desk.take(action)

    closed = tuple(one for one in told.values() if isinstance(one, Closed))
    dropped = tuple(sorted(desk.dropped, key=lambda one: list(told).index(one.key)))
    return Frame(
        mode=facts.mode,
        release_day=facts.release_day,
        actions=desk.in_order(),
        closed=closed,
        dropped=dropped,
        budget=Budget(
            given_cents=facts.budget_cents,
            planned_cents=facts.money - desk.money,
            currency=facts.currency,
        ),
        questions=questions(facts, closed),
        assumptions=assumptions(facts),
        risks=risks(facts, closed, must_dropped=_musts(dropped)),
    )


def _musts(dropped: tuple[Dropped, ...]) -> int:
    return sum(catalogue().actions[one.key].must for one in dropped)


class _Desk:
    """Where one plan is laid out: the calendar, the purse and what stands so far."""

    def __init__(self, *, facts: CampaignFacts, waits: dict[str, Open]) -> None:
        self.facts = facts
        self.waits = waits
        self.money = facts.money
        self.days: dict[str, tuple[int, ...]] = {}
        self.placed: list[PlannedAction] = []
        self.dropped: list[Dropped] = []
        self.calendar = Calendar(capacity=facts.week_minutes)

    def turn(self, action: Action) -> tuple[bool, int, int, int, str]:
        """In which order hours are given: `must` first, then what leads, then by rank."""
        lead = self._lead(action) or LAST_IN_LIST
        # In the last week there is no second week to give the page what the pitch has taken,
        # and a list is what stays when the pitch comes to nothing (playbook 4.4, line 8).
        if action.key == "capture_page_live" and -WEEK <= self.facts.today_offset < 0:
            lead = 0
        length = action.window[1] - action.window[0]
        return (not action.must, lead, action.rank, length, action.key)

    def take(self, action: Action) -> None:
        if action.cost[0] > self.money:
            self.dropped.append(Dropped(key=action.key, reason=DropReason.BUDGET))
            return
        sessions = self._sessions(action)
        self.calendar.is_free = self._own_weeks(action)
        days = self.calendar.place(sessions, allowed=self._allowed(action)) if sessions else None
        if days is None:
            self.dropped.append(Dropped(key=action.key, reason=DropReason.HOURS))
            return
        cost = min(action.cost[1], self.money)
        self.money -= cost
        self.days[action.key] = days
        self.placed += [
            self._planned(action, day, session=n, minutes=session.minutes, cost=cost)
            for n, (day, session) in enumerate(zip(days, sessions, strict=True), start=1)
        ]

    def in_order(self) -> tuple[PlannedAction, ...]:
        """What leads comes first; the rest by day, then by rank."""
        actions = catalogue().actions

        def place(one: PlannedAction) -> tuple[int, int, int, str, int]:
            lead = self._lead(actions[one.key]) or LAST_IN_LIST
            day = self.days[one.key][one.session - 1]
            return (lead, day, actions[one.key].rank, one.key, one.session)

        ordered = sorted(self.placed, key=place)
        counts = {key: len(days) for key, days in self.days.items()}
        return tuple(replace(one, sessions=counts[one.key]) for one in ordered)

    def _sessions(self, action: Action) -> tuple[Session, ...]:
        if self.facts.week_minutes < 1:
            return ()
        if action.key == "quarterly_check_in":
            return self._check_ins(action)
        first, last = window_of(action, self.facts)
        first = min(max(first, self.facts.start_offset, self._not_before(action)), last)
        urgent = self._is_urgent(action)
        target = first if urgent else min(max(self._target(action), first), last)
        minutes = in_sessions(action.minutes, capacity=self.facts.week_minutes)
        if len(minutes) > 1:
            target = first
        return tuple(
            Session(minutes=m, first=first, last=last, target=target, urgent=urgent)
            for m in minutes
        )

    def _check_ins(self, action: Action) -> tuple[Session, ...]:
        waiting = -gate("campaign_start").days - self.facts.today_offset
        count = max(1, waiting // CHECK_IN_DAYS)
        step = waiting // (count + 1)
        days = [self.facts.today_offset + step * n for n in range(1, count + 1)]
        return tuple(
            Session(minutes=action.minutes, first=day, last=day, target=day)
            for day in days[:CHECK_INS_AT_MOST]
        )

    def _target(self, action: Action) -> int:
        start = self.facts.start_offset if action.anchor is Anchor.TODAY else 0
        return start + action.target

    def _not_before(self, action: Action) -> int:
        """The first day on which what it builds on is there, so far as that is planned."""
        earliest = [
            self.days[key][-1] + gap for key, gap in action.after.items() if key in self.days
        ]
        if Blocker.AUDIO in self.waits[action.key].blocked_by:
            files = (self.days.get(key) for key in ("master_art_final", "catch_up_files"))
            earliest += [days[-1] for days in files if days]
        return max(earliest, default=self.facts.start_offset)

    def _is_urgent(self, action: Action) -> bool:
        page_now = action.key == "capture_page_live" and self._is_near()
        return page_now or self._lead(action) > 0

    def _is_near(self) -> bool:
        """Under 14 days the pitch is today's first work, and the page opens today (4.3)."""
        better = 2 * gate("spotify_pitch").days
        return self.facts.mode is Mode.UPCOMING and self.facts.days_until < better

    def _lead(self, action: Action) -> int:
        if self.facts.is_far:
            return 0
        waits_for_files = Blocker.AUDIO in self.waits[action.key].blocked_by
        if action.key == "spotify_pitch" and self._is_near():
            return 6 if waits_for_files else 1
        no_audio = not (self.facts.has_audio or self.facts.out_or_delivered)
        if action.key == "master_art_final" and no_audio:
            return 3
        return action.lead

    def _allowed(self, action: Action) -> Callable[[int], bool]:
        day_zero = self.facts.release_day
        if not action.from_11th or day_zero is None:
            return lambda _day: True
        opens = gate("discovery_mode_opens").days
        return lambda day: (day_zero + timedelta(days=day)).day >= opens

    def _own_weeks(self, action: Action) -> Callable[[int], bool]:
        """Alternate weeks by the calendar, so that two plans made apart still take turns."""
        day_zero = self.facts.release_day
        if not self.facts.neighbours or day_zero is None or action.channel not in TAKING_TURNS:
            return lambda _day: True
        turn = int(any(other < day_zero for other in self.facts.neighbours))
        zero = day_zero.toordinal()
        return lambda day: (zero + day) // WEEK % 2 == turn

    def _planned(
        self, action: Action, day: int, *, session: int, minutes: int, cost: int
    ) -> PlannedAction:
        first, last = window_of(action, self.facts)
        right_away = self.facts.mode is Mode.UNDATED and action.anchor is Anchor.TODAY
        return PlannedAction(
            key=action.key,
            title=action.title,
            channel=action.channel,
            phase=action.phase,
            must=action.must,
            session=session,
            sessions=1,
            offset=None if right_away else day,
            due_date=self._date(day),
            opens=self._date(max(first, self.facts.today_offset)),
            closes=self._date(last),
            effort_minutes=minutes,
            cost_cents=cost if session == 1 else 0,
            blocked_by=self.waits[action.key].blocked_by,
            flags=_flags(action, self.facts, urgent=self._is_urgent(action)),
        )

    def _date(self, day: int) -> date | None:
        zero = self.facts.release_day
        return None if zero is None else zero + timedelta(days=day)


def _flags(action: Action, facts: CampaignFacts, *, urgent: bool) -> tuple[Flag, ...]:
    soon = facts.mode is Mode.UPCOMING and facts.days_until < 2 * gate("spotify_pitch").days
    very_soon = facts.mode is Mode.UPCOMING and facts.days_until < gate("spotify_pitch").days
    found = {
        Flag.URGENT: urgent,
        Flag.LOW_ODDS: action.key in {"late_pitch_attempt", "express_delivery"},
        Flag.TIGHT: soon and action.key == "curator_round1",
        Flag.QUICK_OUTLETS_ONLY: soon and action.key == "blog_submit",
        Flag.NEW_PITCHABLE_RECORDING: very_soon and action.key == "remix_waterfall_next",
        Flag.ONLY_WHEN_CONFIRMED_LIVE: "confirmed_live" in action.needs,
        Flag.SHARED_CAMPAIGN: bool(facts.neighbours) and action.channel in TAKING_TURNS,
        Flag.SMALL_SCENE: facts.is_niche and "niche" in action.variants,
        Flag.DRAFT_COPY: action.copy is not None,
    }
    return tuple(flag for flag, holds in found.items() if holds)
