"""Reading plans with their actions."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.plans.model import Plan, PlanAction
from shared.plans.schemas import PlanListQuery
from shared.plans.store import PlanStore
from shared.platform.cursors import Cursors
from shared.platform.ids import ArtistId, is_id
from shared.platform.problems import Invalid, NotFound
from shared.releases import drafting
from shared.releases.store import ReleaseStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlan:
    """A plan as it is read: with its actions, in their order."""

    plan: Plan
    actions: Sequence[PlanAction]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """One page of a release's plans."""

    plans: Sequence[ReadPlan]
    next_cursor: str | None


def read(plan_id: str, *, artist_id: ArtistId, plans: PlanStore) -> ReadPlan:
    """Return an artist's plan.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    plan = plans.find(artist_id, plan_id)
    if plan is None:
        raise NotFound
    return with_actions(plan, plans=plans)


def with_actions(plan: Plan, *, plans: PlanStore) -> ReadPlan:
    """Return a plan with its actions; a plan that is not yet written has none."""
    actions = [] if plan.body is None else plans.actions(plan.artist_id, plan.plan_id)
    return ReadPlan(plan=plan, actions=actions)


def page(
    release_id: str,
    asked: PlanListQuery,
    *,
    artist_id: ArtistId,
    plans: PlanStore,
    releases: ReleaseStore,
    cursors: Cursors,
) -> PlanPage:
    """Return a page of a release's plans, the newest first.

    Raises:
        NotFound: the release is not there, or not theirs.
        Invalid: not a cursor of this list.
    """
    release = drafting.read(release_id, artist_id=artist_id, releases=releases)
    scope = f"plans|{release.release_id}"
    position = cursors.read(asked.cursor, scope=scope)
    after = str(position[0]) if position else None
    if after is not None and not is_id(after, prefix="pln"):
        raise Invalid.field("cursor", "This is not a cursor of this list.")
    found = plans.newest(artist_id, release.release_id, count=asked.limit + 1, after=after)
    shown = found[: asked.limit]
    more = cursors.make([shown[-1].plan_id], scope=scope) if len(found) > asked.limit else None
    return PlanPage(plans=_all_with_actions(shown, plans=plans), next_cursor=more)


def _all_with_actions(shown: Sequence[Plan], *, plans: PlanStore) -> list[ReadPlan]:
    if not shown:
        return []
    written = [plan.plan_id for plan in shown if plan.body is not None]
    actions = plans.actions_of(written, artist_id=shown[0].artist_id)
    return [
        ReadPlan(plan=plan, actions=[one for one in actions if one.plan_id == plan.plan_id])
        for plan in shown
    ]
