"""Changing one action of a plan: its state, its day, its words, and the artist's note."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from shared.artists.model import Artist
from shared.campaigns.catalogue import catalogue
from shared.plans.following import Followers
from shared.plans.model import CHANGEABLE, ActionState, Plan, PlanAction
from shared.plans.store import PlanStore
from shared.platform import etags, telemetry
from shared.platform.ids import ActionId, ArtistId, PlanId
from shared.platform.problems import Conflict, Invalid, NotFound, StalePrecondition
from shared.platform.storage.faults import Changed, Missing

_TRIES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRef:
    """Which action, and which version of its plan was read."""

    plan_id: str
    action_id: str
    if_match: str | None = None


def change(
    ref: ActionRef,
    changes: Mapping[str, Any],
    *,
    artist: Artist,
    followers: Followers,
    now: datetime,
) -> tuple[Plan, PlanAction]:
    """Change what was sent of an action, and return it with its plan.

    Raises:
        NotFound: it is not there, or not theirs.
        StalePrecondition: If-Match names another version of the plan.
        Conflict: the plan takes no changes, or others wrote faster.
        Invalid: a day that is past, or too late for a channel with a lead time.
    """
    for _ in range(_TRIES):
        plan, before = found(ref, artist_id=artist.artist_id, plans=followers.plans)
        after = replace(before, **changes)
        _check_day(before, after, today=artist.day(now))
        try:
            return _kept(plan, before, after, followers=followers, now=now)
        except Missing:
            raise NotFound from None
        except Changed:
            if ref.if_match is not None and ref.if_match.strip() != "*":
                raise StalePrecondition("It was changed in the meantime.") from None
    raise Conflict("Others change this plan at this moment. Please repeat.")


def snooze(
    plan_id: PlanId, action_id: ActionId, *, artist: Artist, followers: Followers, now: datetime
) -> bool:
    """Put an action off by a day, never past its window; tell whether its day is another.

    Raises:
        NotFound: it is not there.
        Conflict: the plan takes no changes, or others wrote faster.
    """
    ref = ActionRef(plan_id=plan_id, action_id=action_id)
    _, action = found(ref, artist_id=artist.artist_id, plans=followers.plans)
    today = artist.day(now)
    later = snoozed_to(action, today=today)
    if later is None:
        return False
    change(ref, {"due_date": later}, artist=artist, followers=followers, now=now)
    return True


def snoozed_to(action: PlanAction, *, today: date) -> date | None:
    """Return the day to which a snooze puts an action; None when its window has no day left."""
    if action.due_date is None or action.state is not ActionState.TODO:
        return None
    later = max(action.due_date, today) + timedelta(days=1)
    last = action.closes
    return later if last is None or later <= last else None


def found(ref: ActionRef, *, artist_id: ArtistId, plans: PlanStore) -> tuple[Plan, PlanAction]:
    """Return an action that may be worked on, with its plan.

    Raises:
        NotFound: it is not there, or not theirs.
        StalePrecondition: If-Match names another version of the plan.
        Conflict: the plan takes no changes.
    """
    plan = plans.find(artist_id, ref.plan_id)
    action = plans.action(artist_id, plan.plan_id, ref.action_id) if plan else None
    if plan is None or action is None:
        raise NotFound
    etags.require_match(ref.if_match, etags.strong(plan.version))
    if plan.state not in CHANGEABLE:
        raise Conflict(f"A plan that is {plan.state.value} is not changed.", code="invalid_state")
    return plan, action


def _kept(
    plan: Plan, before: PlanAction, after: PlanAction, *, followers: Followers, now: datetime
) -> tuple[Plan, PlanAction]:
    if after == before:
        followers.align_one(plan, before, after, now=now)
        return plan, before
    changed = plan.counting(before, after, now=now)
    if not plan.is_in_force:
        return followers.plans.change(changed, after)
    with followers.guarding(plan, now=now):
        kept = followers.plans.change(changed, after)
        followers.align_one(plan, before, after, now=now)
    telemetry.event("action_changed", action_id=after.action_id, state=after.state.value)
    return kept


def _check_day(before: PlanAction, after: PlanAction, *, today: date) -> None:
    day = after.due_date
    if day is None or day == before.due_date:
        return
    if day < today:
        raise Invalid.field("due_date", "This day is past.")
    # What somebody else has set is kept strictly; the rest is advice, and the artist's to bend.
    strict = catalogue().actions[after.key].door
    if strict and after.closes is not None and day > after.closes:
        raise Invalid.field("due_date", f"This has to be done by {after.closes.isoformat()}.")
