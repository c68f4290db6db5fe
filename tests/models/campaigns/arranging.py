"""Facts to start from: a single by an indie-pop artist, its files uploaded, 45 days ahead."""

from datetime import date, timedelta
from typing import Any

from shared.campaigns.facts import CampaignFacts, Kind, Mode, ReleaseState, Splits
from shared.campaigns.gates import CloseCode
from shared.campaigns.notes import NoteCode
from shared.campaigns.schedule import Frame, PlannedAction

TODAY = date(2026, 5, 4)  # A Monday; no release below falls into November or December by chance.


def facts(days: int | None = 45, **changes: object) -> CampaignFacts:
    """Return facts of a release `days` from today; None has no date, negative is past."""
    given: dict[str, Any] = {
        "today": TODAY,
        "kind": Kind.SINGLE,
        "genre": "indie pop",
        "title": "Harbour",
        "artist_name": "Ada Lind",
        "mood_tags": ("bright",),
        "has_audio": True,
        "has_artwork": True,
        "splits": Splits.RECORDED,
        "collaborator_roles": ("producer",),
        "fan_count": 12,
        "sender_ready": True,
        "page_open": True,
        "budget_cents": 20000,
        "hours_per_week": 8,
        "release_date": None if days is None else TODAY + timedelta(days=days),
    }
    given.update(changes)
    return CampaignFacts(**given)


def live(days_ago: int, **changes: object) -> CampaignFacts:
    """Return facts of a release that has been out for so many days."""
    found = facts(-days_ago, state=ReleaseState.LIVE, **changes)
    assert found.mode is Mode.LIVE
    return found


def closed(frame: Frame) -> dict[str, CloseCode]:
    return {one.key: one.code for one in frame.closed}


def action(frame: Frame, key: str) -> PlannedAction:
    return next(one for one in frame.actions if one.key == key)


def due(frame: Frame, key: str) -> date:
    day = action(frame, key).due_date
    assert day is not None
    return day


def codes(frame: Frame) -> set[NoteCode]:
    return {note.code for note in (*frame.questions, *frame.assumptions, *frame.risks)}
