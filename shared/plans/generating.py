"""Writing a plan: load, already settled?, let it be written within the frame, record once.

A run claims the plan by its ETag before the model is asked. In the end the plan's row is replaced
by its ETag together with the actions, so that a plan settles exactly once, and not at all when its
release or account went meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.artists.model import Artist
from shared.artists.store import ArtistStore
from shared.campaigns.facts import CampaignFacts
from shared.campaigns.schedule import plan_frame
from shared.mail.outbox import Outbox, Template
from shared.plans.asking import PlanDesk
from shared.plans.assembling import assembled
from shared.plans.authoring import Author, ModelBusy, Subject
from shared.plans.model import Plan, PlanState, Source, Wishes
from shared.plans.writing import Words
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.storage.faults import Changed, Missing
from shared.releases.model import FanCounts, Release
from shared.releases.readiness import campaign_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """What a plan is written with."""

    desk: PlanDesk
    artists: ArtistStore
    count_fans: Callable[[ArtistId], FanCounts]
    author: Author
    outbox: Outbox

    def facts(
        self, release: Release, artist: Artist, *, wishes: Wishes, now: datetime
    ) -> CampaignFacts:
        """Return what the rules and the model may know: the release's facts and the wishes."""
        facts = campaign_facts(
            release,
            artist=artist,
            fans=self.count_fans(artist.artist_id),
            others=list(self.desk.releases.every(artist.artist_id)),
            now=now,
        )
        return replace(
            facts,
            budget_cents=wishes.budget_cents,
            currency=wishes.currency or facts.currency,
            hours_per_week=wishes.hours_per_week,
            no_go_channels=frozenset(wishes.no_go_channels),
        )


def generate(
    plan_id: str, *, artist_id: ArtistId, attempt: int, planner: Planner, now: datetime
) -> None:
    """Write a plan that was asked for. Safe to run twice, at once or after a crash."""
    plan = planner.desk.plans.find(artist_id, plan_id)
    if plan is None or not plan.is_unsettled:
        _dropped(plan_id, reason="plan_settled" if plan else "plan_gone")
        return
    if plan.runs_elsewhere(attempt=attempt, now=now):
        _dropped(plan_id, reason="plan_runs_elsewhere")
        return
    subject = _subject(plan, planner=planner, now=now)
    if subject is None:
        _fail(plan, planner=planner, now=now)
        return
    claimed = _claimed(subject, attempt=attempt, planner=planner, now=now)
    if claimed is None:
        # A second message for the plan: the run that was faster writes it, or the watch finds it.
        _dropped(plan_id, reason="plan_runs_elsewhere")
        return
    try:
        words, source = planner.author.write(claimed)
    except ModelBusy as busy:
        _come_back(claimed.plan, busy.wait, planner=planner, now=now)
        return
    _record(claimed, words, source, planner=planner, now=now)


def _subject(plan: Plan, *, planner: Planner, now: datetime) -> Subject | None:
    artist = planner.artists.by_id(plan.artist_id)
    release = planner.desk.releases.find(plan.artist_id, plan.release_id)
    if artist is None or not artist.is_open or release is None:
        return None
    facts = planner.facts(release, artist, wishes=plan.wishes, now=now)
    return Subject(plan=plan, release=release, facts=facts, frame=plan_frame(facts))


def _claimed(subject: Subject, *, attempt: int, planner: Planner, now: datetime) -> Subject | None:
    plan = replace(
        subject.plan,
        state=PlanState.GENERATING,
        runs=subject.plan.runs + 1,
        attempt=attempt,
        run_at=now,
        updated_at=now,
    )
    try:
        return replace(subject, plan=planner.desk.plans.replace(plan))
    except (Changed, Missing):
        return None


def _record(
    subject: Subject, words: Words, source: Source, *, planner: Planner, now: datetime
) -> None:
    if _subject_gone(subject.plan, planner=planner):
        _fail(subject.plan, planner=planner, now=now)
        return
    plan, actions = assembled(subject, words, source, now=now)
    planner.outbox.announce(Template.PLAN_READY, artist_id=plan.artist_id, plan_id=plan.plan_id)
    try:
        planner.desk.plans.settle(plan, actions)
    except (Changed, Missing):
        _dropped(plan.plan_id, reason="plan_settled_elsewhere")
        return
    planner.desk.found(plan)
    telemetry.event(
        "plan_written",
        plan_id=plan.plan_id,
        source=source.kind.value,
        reason=source.reason,
        items=len(actions),
    )


def _subject_gone(plan: Plan, *, planner: Planner) -> bool:
    artist = planner.artists.by_id(plan.artist_id)
    if artist is None or not artist.is_open:
        return True
    return planner.desk.releases.find(plan.artist_id, plan.release_id) is None


def _come_back(plan: Plan, wait: timedelta, *, planner: Planner, now: datetime) -> None:
    planner.desk.order(plan, delay=wait)
    try:
        planner.desk.plans.replace(
            replace(plan, state=PlanState.REQUESTED, run_at=None, updated_at=now)
        )
    except (Changed, Missing):
        _dropped(plan.plan_id, reason="plan_settled_elsewhere")


def _fail(plan: Plan, *, planner: Planner, now: datetime) -> None:
    """Settle a plan whose release or account is gone; mostly its own row is gone, too."""
    failed = replace(
        plan, state=PlanState.FAILED, failure="release_gone", run_at=None, updated_at=now
    )
    try:
        planner.desk.plans.replace(failed)
    except (Changed, Missing):
        _dropped(plan.plan_id, reason="plan_gone")
        return
    planner.desk.found(plan)
    _dropped(plan.plan_id, reason="release_gone")


def _dropped(plan_id: str, *, reason: str) -> None:
    telemetry.event("plan_writing_dropped", plan_id=plan_id, reason=reason)
