"""What a release still lacks, and which actions wait for it."""

from dataclasses import dataclass

from shared.campaigns.catalogue import catalogue
from shared.campaigns.facts import CampaignFacts, Mode, Splits
from shared.campaigns.gates import Blocker, CloseCode, Closed, Open
from shared.campaigns.situations import verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that is missing, in words, with the keys of the actions that it blocks."""

    field: str
    detail: str
    blocks: tuple[str, ...]


def missing(facts: CampaignFacts) -> tuple[Missing, ...]:
    """Return what is missing; empty means that the release is ready.

    A clean edit and a guardian block actions without being listed here: the first is a choice,
    the second is no field of the release.
    """
    told = verdicts(catalogue(), facts)
    found = {blocker: detail for blocker, holds, detail in _lines(facts) if holds}
    return tuple(
        Missing(field=blocker.value, detail=detail, blocks=_blocked(told, blocker))
        for blocker, detail in found.items()
    )


def _lines(facts: CampaignFacts) -> list[tuple[Blocker, bool, str]]:
    live = facts.mode is Mode.LIVE
    return [
        (Blocker.RELEASE_DATE, facts.release_day is None, "There is no release day yet."),
        (Blocker.AUDIO, not facts.has_audio, "No audio is uploaded."),
        (Blocker.ARTWORK, not facts.has_artwork, "No artwork is uploaded."),
        (Blocker.SPLITS, facts.splits is Splits.MISSING, "No splits are written down."),
        (Blocker.SPLITS, facts.splits is Splits.DISPUTED, "The splits are disputed."),
        (Blocker.LICENCE, facts.uncleared, "The cover or sample is not cleared."),
        (Blocker.DELIVERY, not facts.out_or_delivered, "It is not with a distributor yet."),
        (Blocker.SENDER_ADDRESS, not facts.sender_ready, "Mails need your name and address."),
        (Blocker.CAPTURE_PAGE, not facts.page_open, "Your fan page is not open."),
        (
            Blocker.LIVE_CONFIRMATION,
            not live and facts.mode is Mode.UNCONFIRMED,
            "The day is past and nobody has said whether it is live.",
        ),
    ]


def _blocked(told: dict[str, Open | Closed], blocker: Blocker) -> tuple[str, ...]:
    if blocker is Blocker.RELEASE_DATE:
        dated = (k for k, one in told.items() if isinstance(one, Open) and k != "choose_date")
        return tuple(dated)
    if blocker is Blocker.CAPTURE_PAGE:
        pages = ("capture_page_live", "fan_page_after", "catalogue_fan_page", "first_twenty_fans")
        return tuple(k for k in pages if isinstance(told.get(k), Open))
    return tuple(key for key, one in told.items() if _waits_for(one, blocker))


def _waits_for(one: Open | Closed, blocker: Blocker) -> bool:
    if isinstance(one, Open):
        return blocker in one.blocked_by
    held = {Blocker.SPLITS: CloseCode.HELD, Blocker.LIVE_CONFIRMATION: CloseCode.NOT_LIVE}
    return held.get(blocker) is one.code
