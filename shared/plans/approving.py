"""Approving a plan: exactly what was read becomes what the artist works along.

Order: the row that mends what a crash leaves, the mail's order, the plan (together with the plan
that it replaces), then what follows from it.
"""

from dataclasses import replace
from datetime import datetime

from shared.artists.model import Artist
from shared.campaigns.facts import ReleaseState
from shared.mail.outbox import Outbox, Template
from shared.plans.following import Followers
from shared.plans.going_live import ReleaseDays
from shared.plans.model import IN_FORCE, Plan, PlanState
from shared.platform import etags, telemetry
from shared.platform.problems import Conflict, NotFound, StalePrecondition
from shared.platform.storage.faults import Changed, Missing


def approve(
    plan_id: str,
    *,
    artist: Artist,
    if_match: str | None,
    days: ReleaseDays,
    outbox: Outbox,
    now: datetime,
) -> Plan:
    """Approve a draft; what was approved earlier for the release is superseded.

    Raises:
        NotFound: it is not there, or not theirs.
        PreconditionRequired: If-Match is missing, or `*`.
        StalePrecondition: it is not what was read.
        Conflict: it is no draft.
    """
    followers = days.followers
    plan = followers.plans.find(artist.artist_id, plan_id)
    if plan is None:
        raise NotFound
    etags.require_exact_match(if_match, etags.strong(plan.version))
    if plan.state is not PlanState.DRAFT:
        raise Conflict(
            f"Only a draft is approved; this is {plan.state.value}.", code="invalid_state"
        )
    release = days.releases.find(artist.artist_id, plan.release_id)
    if release is None:
        raise NotFound
    with followers.guarding(plan, now=now):
        outbox.announce(Template.PLAN_APPROVED, artist_id=artist.artist_id, plan_id=plan.plan_id)
        is_live = release.state is ReleaseState.LIVE
        kept, earlier = _kept(plan, is_live=is_live, followers=followers, now=now)
        for one in (*earlier, kept):
            followers.align(one, now=now)
        days.follow(release, artist=artist, now=now)
    telemetry.event("plan_approved", plan_id=plan.plan_id, release_id=plan.release_id)
    return kept


def _kept(
    plan: Plan, *, is_live: bool, followers: Followers, now: datetime
) -> tuple[Plan, list[Plan]]:
    state = PlanState.LIVE if is_live else PlanState.APPROVED
    approved = replace(plan, state=state, approved_at=now, updated_at=now).with_progress()
    earlier = [
        replace(one, state=PlanState.SUPERSEDED, updated_at=now)
        for one in followers.plans.of_release(plan.artist_id, plan.release_id)
        # The plan itself may stand here already, approved by the same click's other request.
        if one.state in IN_FORCE and one.plan_id != plan.plan_id
    ]
    try:
        kept, *replaced = followers.plans.replace_together([approved, *earlier])
    except Missing:
        raise NotFound from None
    except Changed:
        raise StalePrecondition("It was changed in the meantime. Read it again.") from None
    return kept, replaced
