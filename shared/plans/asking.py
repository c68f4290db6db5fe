"""Asking for a plan, and asking again with feedback.

Order: the row that looks for a lost plan, the message (visible a moment later), the plan. A crash
in between leaves a message or a row that finds nothing, and never a plan that nobody writes.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.plans.model import MOST_PLANS_A_DAY, UNSETTLED, Plan, PlanState, Wishes
from shared.plans.schemas import PlanRequest
from shared.plans.store import PlanStore
from shared.platform import telemetry
from shared.platform.ids import ArtistId, Ids, PlanId, ReleaseId
from shared.platform.problems import Conflict, NotFound, TooMany
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.faults import AlreadyExists
from shared.platform.storage.names import Queue
from shared.platform.storage.queues import Queues
from shared.releases.store import ReleaseStore

# Longer than the retries of one message take; then the message counts as lost.
LOOKED_FOR_AFTER: Final = timedelta(minutes=10)
_VISIBLE_AFTER: Final = timedelta(seconds=1)
_DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDesk:
    """What a plan is asked for with."""

    plans: PlanStore
    releases: ReleaseStore
    queues: Queues
    schedule: Schedule

    def order(self, plan: Plan, *, delay: timedelta = _VISIBLE_AFTER) -> None:
        """Send the message that lets a plan be written."""
        message = {"plan_id": plan.plan_id, "artist_id": plan.artist_id}
        self.queues.send(Queue.PLAN_REQUESTS, message, delay=delay)

    def look_for(self, plan: Plan) -> None:
        """Put down when a plan is looked for."""
        facts = {"artist_id": plan.artist_id}
        self.schedule.put(DueKind.PLAN_WATCH, plan.plan_id, at=plan.watch_at, facts=facts)

    def found(self, plan: Plan) -> None:
        """Stop looking for a plan."""
        self.schedule.remove(DueKind.PLAN_WATCH, plan.plan_id, at=plan.watch_at)


def ask(
    release_id: str,
    request: PlanRequest,
    *,
    artist_id: ArtistId,
    desk: PlanDesk,
    ids: Ids,
    now: datetime,
) -> Plan:
    """Ask for a plan of a release; a queue function writes it.

    Raises:
        NotFound: the release is not there, or not theirs.
        TooMany: more plans in 24 hours than anybody reads.
    """
    release = desk.releases.find(artist_id, release_id)
    if release is None:
        raise NotFound
    wishes = request.as_wishes()
    return _asked(release.release_id, wishes, artist_id=artist_id, desk=desk, ids=ids, now=now)


def ask_again(
    plan_id: str, feedback: str, *, artist_id: ArtistId, desk: PlanDesk, ids: Ids, now: datetime
) -> Plan:
    """Ask for a new plan in place of one that was read; the old one is kept.

    Raises:
        NotFound: the plan is not there, or not theirs.
        Conflict: it is still being written.
        TooMany: more plans in 24 hours than anybody reads.
    """
    before = desk.plans.find(artist_id, plan_id)
    if before is None:
        raise NotFound
    if before.state in UNSETTLED:
        raise Conflict("It is still being written.", code="invalid_state")
    wishes = replace(before.wishes, feedback=feedback)
    return _asked(before.release_id, wishes, artist_id=artist_id, desk=desk, ids=ids, now=now)


def put_back(due: Due, *, desk: PlanDesk, now: datetime) -> None:
    """Order a plan again whose message was lost. For the timer `dispatch`."""
    artist_id = due.artist_id
    plan = desk.plans.find(artist_id, due.subject)
    if plan is not None and plan.is_unsettled:
        later = replace(plan, watch_at=now + LOOKED_FOR_AFTER)
        desk.look_for(later)
        desk.order(plan, delay=timedelta(0))
        telemetry.event("plan_put_back", plan_id=plan.plan_id, state=plan.state.value)
    desk.schedule.done(due)


def _asked(
    release_id: ReleaseId,
    wishes: Wishes,
    *,
    artist_id: ArtistId,
    desk: PlanDesk,
    ids: Ids,
    now: datetime,
) -> Plan:
    _check_pace(artist_id, desk=desk, now=now)
    plan = Plan(
        plan_id=PlanId(ids.make("pln", now=now)),
        artist_id=artist_id,
        release_id=release_id,
        state=PlanState.REQUESTED,
        wishes=wishes,
        calendar_key=ids.token(12),
        created_at=now,
        updated_at=now,
        watch_at=now + LOOKED_FOR_AFTER,
    )
    desk.look_for(plan)
    desk.order(plan)
    try:
        kept = desk.plans.add(plan)
    except AlreadyExists:
        # The same request again, after a crash: its plan may even be written by now.
        return desk.plans.find(artist_id, plan.plan_id) or plan
    telemetry.event("plan_requested", plan_id=kept.plan_id, release_id=release_id)
    return kept


def _check_pace(artist_id: ArtistId, *, desk: PlanDesk, now: datetime) -> None:
    lately = desk.plans.count_since(artist_id, now - _DAY, most=MOST_PLANS_A_DAY)
    if lately >= MOST_PLANS_A_DAY:
        raise TooMany(
            f"{MOST_PLANS_A_DAY} plans in a day are enough.", retry_after=timedelta(hours=1)
        )
