"""Which action is open, which is closed and why, and what an open one still waits for.

One function, `verdict`, answers for plans, readiness and the date dial alike, so that they
cannot disagree. The thresholds and lead times are those of the catalogue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.campaigns.catalogue import FACE_ON_CAMERA, PAID_ADS, Action, Anchor, gate
from shared.campaigns.facts import CampaignFacts, Kind, Mode, Splits


class Blocker(StrEnum):
    """What an action waits for. The words are those of `readiness` and `blocked_by`."""

    AUDIO = "audio"
    ARTWORK = "artwork"
    SPLITS = "royalty_splits"
    RELEASE_DATE = "release_date"
    SENDER_ADDRESS = "sender_address"
    DELIVERY = "delivery"
    CAPTURE_PAGE = "capture_page"
    LICENCE = "licence"
    CLEAN_EDIT = "clean_edit"
    GUARDIAN = "guardian"
    LIVE_CONFIRMATION = "live_confirmation"


class CloseCode(StrEnum):
    """Why an action is not in the plan, for a program."""

    NO_GO = "no_go"
    DONE = "done"
    LEAD_TIME = "lead_time"
    ALREADY_OUT = "already_out"
    DATE_PASSED = "date_passed"
    WINDOW_PASSED = "window_passed"
    KIND = "kind"
    NOT_NEEDED = "not_needed"
    INSTRUMENTAL = "instrumental"
    NO_FANS = "no_fans"
    BELOW_THRESHOLD = "below_threshold"
    UNKNOWN = "unknown"
    NO_MONEY = "no_money"
    HELD = "held"
    NOT_LIVE = "not_live"
    MERGED = "merged"


BY_TIME = frozenset(
    {CloseCode.LEAD_TIME, CloseCode.ALREADY_OUT, CloseCode.DATE_PASSED, CloseCode.WINDOW_PASSED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """An action that this release cannot have, with the reason for a person.

    `needed_days` is the lead time, `reopens_if_release_on_or_after` the first release day from
    which it would be open again; both None where another day would change nothing.
    """

    key: str
    code: CloseCode
    reason: str
    needed_days: int | None = None
    reopens_if_release_on_or_after: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An action that this release can have, and what it waits for."""

    key: str
    blocked_by: tuple[Blocker, ...] = ()


Reason = tuple[CloseCode, str] | None


def verdict(action: Action, facts: CampaignFacts) -> Open | Closed:
    """Tell whether an action is open on these facts, and if not, why."""
    reason = _no_go(action, facts) or _done(action, facts) or _never(action, facts)
    if reason is None and not _is_in_time(action, facts):
        return _too_late(action, facts)
    reason = reason or _not_now(action, facts)
    if reason is not None:
        return Closed(key=action.key, code=reason[0], reason=reason[1])
    return Open(key=action.key, blocked_by=_blockers(action, facts))


def window_of(action: Action, facts: CampaignFacts) -> tuple[int, int]:
    """Return the first and last useful day of an action, in days relative to D."""
    first, last = action.window
    if action.anchor is Anchor.TODAY:
        first, last = facts.start_offset + first, facts.start_offset + last
        ends = action.before_release and facts.mode is Mode.UPCOMING
        return first, min(last, -1) if ends else last
    if facts.release_day is not None:
        last -= _freeze_days(action, facts.release_day)
    return first, last


def lead_days(action: Action, release_day: date) -> int:
    """Return how many days before this release day the action must be done."""
    return action.lead_days + _freeze_days(action, release_day)


def reopening_day(action: Action, today: date) -> date:
    """Return the first day such that a release on it, or on any later day, is in time."""
    day = today + timedelta(days=action.lead_days + gate("holiday_freeze").days)
    while day > today and lead_days(action, day - timedelta(days=1)) < (day - today).days:
        day -= timedelta(days=1)
    return day


def is_frozen(release_day: date) -> bool:
    """Tell whether a delivery for this day falls into the freeze of November and December."""
    due = release_day - timedelta(days=gate("distributor_delivery").days)
    return release_day.month in {11, 12} or due.month in {11, 12}


def _freeze_days(action: Action, release_day: date) -> int:
    delivery = action.gate == "distributor_delivery"
    return gate("holiday_freeze").days if delivery and is_frozen(release_day) else 0


def _no_go(action: Action, facts: CampaignFacts) -> Reason:
    ruled_out = {action.channel.value}
    ruled_out |= {FACE_ON_CAMERA} if "face" in action.needs else set()
    ruled_out |= {PAID_ADS} if "paid_ads" in action.needs else set()
    hit = sorted(ruled_out & facts.no_go_channels)
    if not hit:
        return None
    return CloseCode.NO_GO, f"You ruled out {hit[0].replace('_', ' ')}."


def _done(action: Action, facts: CampaignFacts) -> Reason:
    delivery = {"master_art_final", "metadata_lock", "deliver_distributor"}
    done = (
        (action.key in delivery and facts.delivered_to_distributor)
        or (action.key == "clear_samples_covers" and facts.borrowed and facts.rights_cleared)
        or (action.key == "golive_confirm" and facts.mode is Mode.LIVE)
    )
    return (CloseCode.DONE, "You have said that this is done.") if done else None


def _never(action: Action, facts: CampaignFacts) -> Reason:
    return next((r for need in action.needs if (r := _NEVER.get(need, _none)(facts))), None)


def _not_now(action: Action, facts: CampaignFacts) -> Reason:
    if action.key == "announce_list" and any(_is_before(facts, d) for d in facts.neighbours):
        return CloseCode.MERGED, "Tell both releases in the mail for the earlier one."
    return next((r for need in action.needs if (r := _NOT_NOW.get(need, _none)(facts))), None)


def _is_before(facts: CampaignFacts, other: date) -> bool:
    return facts.release_day is not None and other < facts.release_day


def _is_in_time(action: Action, facts: CampaignFacts) -> bool:
    return window_of(action, facts)[1] >= facts.today_offset


def _too_late(action: Action, facts: CampaignFacts) -> Closed:
    day = facts.release_day or facts.today
    needed = lead_days(action, day)
    reopens: date | None = reopening_day(action, facts.today)
    if facts.mode is Mode.UPCOMING:
        code = CloseCode.LEAD_TIME
        reason = f"This needs {needed} days before the release, and there are {facts.days_until}."
    elif facts.mode is Mode.UNCONFIRMED:
        code = CloseCode.DATE_PASSED
        reason = "The release day is past and not confirmed; a new day would open this again."
    elif action.window[1] <= 0:
        code, reopens = CloseCode.ALREADY_OUT, None
        reason = "This is for music that is not out yet."
    else:
        code, reopens = CloseCode.WINDOW_PASSED, None
        reason = "The days after the release in which this helps are over."
    if action.gate and code is CloseCode.LEAD_TIME:
        reason = f"{reason} {gate(action.gate).rule}"
    return Closed(
        key=action.key,
        code=code,
        reason=reason,
        needed_days=None if code is CloseCode.WINDOW_PASSED else needed,
        reopens_if_release_on_or_after=reopens,
    )


def _none(_facts: CampaignFacts) -> Reason:
    return None


def _album(facts: CampaignFacts) -> Reason:
    fits = facts.kind is Kind.ALBUM
    return None if fits else (CloseCode.KIND, "Long-lead press takes albums only.")


def _album_or_ep(facts: CampaignFacts) -> Reason:
    fits = facts.kind is not Kind.SINGLE
    return None if fits else (CloseCode.KIND, "Countdown Pages exist for albums and EPs only.")


def _original(facts: CampaignFacts) -> Reason:
    what = "Countdown Pages are for new and original music."
    return (CloseCode.KIND, what) if facts.cover else None


def _collaborators(facts: CampaignFacts) -> Reason:
    alone = not facts.collaborator_roles and facts.splits is Splits.NOT_NEEDED
    return (CloseCode.NOT_NEEDED, "You named no collaborators.") if alone else None


def _borrowed_music(facts: CampaignFacts) -> Reason:
    what = "You said that there are no samples and that it is no cover."
    return None if facts.borrowed else (CloseCode.NOT_NEEDED, what)


def _lyrics(facts: CampaignFacts) -> Reason:
    what = "An instrumental has no lyrics; make a visualiser, a tutorial or a mood edit."
    return (CloseCode.INSTRUMENTAL, what) if facts.instrumental else None


def _fans(facts: CampaignFacts) -> Reason:
    what = "Nobody is on your list yet. This opens with your first subscribed fan."
    return (CloseCode.NO_FANS, what) if facts.fan_count < 1 else None


def _listeners(known: int | None, *, gate_name: str, what: str) -> Reason:
    needed = gate(gate_name).threshold
    if known is None:
        ask = f"This needs {needed:,} {what}; tell us your number and it is checked."
        return CloseCode.UNKNOWN, ask
    if known < needed:
        return CloseCode.BELOW_THRESHOLD, f"This needs {needed:,} {what}; you gave {known:,}."
    return None


def _active_listeners(facts: CampaignFacts) -> Reason:
    return _listeners(
        facts.active_listeners, gate_name="countdown_page", what="active listeners in 28 days"
    )


def _monthly_listeners(facts: CampaignFacts) -> Reason:
    return _listeners(facts.monthly_listeners, gate_name="discovery_mode", what="monthly listeners")


def _place(facts: CampaignFacts) -> Reason:
    needed = gate("place_fans").threshold
    if facts.home_place_known or facts.largest_place_count >= needed:
        return None
    what = f"This needs {needed} fans in one place, or your home town."
    return CloseCode.BELOW_THRESHOLD, what


def _money(facts: CampaignFacts) -> Reason:
    what = "There is no money to spend; the plan uses what is free."
    return (CloseCode.NO_MONEY, what) if facts.money == 0 else None


def _splits_hold(facts: CampaignFacts) -> Reason:
    what = "Held until the disputed splits are agreed; the rest goes on."
    return (CloseCode.HELD, what) if facts.splits is Splits.DISPUTED else None


def _confirmed_live(facts: CampaignFacts) -> Reason:
    what = "The day is past and nobody has confirmed that it is live: first say so, or move it."
    return (CloseCode.NOT_LIVE, what) if facts.mode is Mode.UNCONFIRMED else None


# What no other release day changes is told before the lead time, the rest after it.
_NEVER: dict[str, Callable[[CampaignFacts], Reason]] = {
    "album": _album,
    "album_or_ep": _album_or_ep,
    "original": _original,
    "collaborators": _collaborators,
    "borrowed_music": _borrowed_music,
    "lyrics": _lyrics,
    "splits": _splits_hold,
    "confirmed_live": _confirmed_live,
}
_NOT_NOW: dict[str, Callable[[CampaignFacts], Reason]] = {
    "fans": _fans,
    "active_listeners": _active_listeners,
    "monthly_listeners": _monthly_listeners,
    "place": _place,
    "money": _money,
}


def _blockers(action: Action, facts: CampaignFacts) -> tuple[Blocker, ...]:
    waits = {
        "audio": (Blocker.AUDIO, not (facts.has_audio or facts.out_or_delivered)),
        "artwork": (Blocker.ARTWORK, not (facts.has_artwork or facts.out_or_delivered)),
        "delivery": (Blocker.DELIVERY, not facts.out_or_delivered),
        "splits": (Blocker.SPLITS, facts.splits is Splits.MISSING),
        "licence": (Blocker.LICENCE, facts.uncleared),
        "sender": (Blocker.SENDER_ADDRESS, not facts.sender_ready),
        "clean_edit": (Blocker.CLEAN_EDIT, facts.explicit and not facts.has_clean_edit),
        "age_path": (Blocker.GUARDIAN, facts.minor_act),
        "released": (Blocker.LIVE_CONFIRMATION, facts.mode is Mode.UNCONFIRMED),
    }
    return tuple(waits[need][0] for need in action.needs if need in waits and waits[need][1])
