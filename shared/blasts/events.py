"""What the provider's webhooks say, read into values. Pure; unknown members are ignored.

Shapes: contracts.md 2.7 (Resend's OpenAPI and SDKs of 2026).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.blasts.ledger import CHUNK_SIZE, Fate
from shared.fans.suppressions import Refusal
from shared.platform.ids import ArtistId, BlastId, is_id

_NUMBER: Final = re.compile(r"[0-9]{1,3}")
_CHUNK: Final = re.compile(r"[0-9]{6}(-[0-9]{1,3}){0,8}")
_FATES: Final[Mapping[str, Fate]] = {
    "email.sent": Fate.NONE,
    "email.delivery_delayed": Fate.DELAYED,
    "email.delivered": Fate.DELIVERED,
    "email.bounced": Fate.BOUNCED,
    "email.failed": Fate.FAILED,
    "email.suppressed": Fate.SUPPRESSED,
    "email.complained": Fate.COMPLAINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a blast a mail stood, by its tags."""

    artist_id: ArtistId
    blast_id: BlastId
    chunk: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailEvent:
    """What became of one mail. `refusal` is why its mailbox is not to be mailed again.

    `is_over_quota`: the provider kept it back for a limit of ours, which is no news of a mailbox.
    """

    fate: Fate
    address: str | None
    at: datetime
    place: Place | None
    refusal: Refusal | None
    is_soft_bounce: bool
    is_over_quota: bool


def read(payload: Mapping[str, object], *, now: datetime) -> MailEvent | None:
    """Return the event of a mail that a webhook tells of, or None when it tells of another."""
    fate = _FATES.get(str(payload.get("type")))
    data = payload.get("data")
    if fate is None or not isinstance(data, dict):
        return None
    refusal = _refusal(fate, data)
    over_quota = fate is Fate.FAILED and "quota" in str(_member(data.get("failed"), "reason"))
    return MailEvent(
        fate=Fate.NONE if over_quota else fate,
        address=_address(data.get("to")),
        at=_moment(payload.get("created_at"), now=now),
        place=_place(data.get("tags")),
        refusal=refusal,
        is_soft_bounce=fate is Fate.BOUNCED and refusal is None,
        is_over_quota=over_quota,
    )


def _refusal(fate: Fate, data: Mapping[str, object]) -> Refusal | None:
    if fate is Fate.COMPLAINED:
        return Refusal.COMPLAINT
    if fate is Fate.BOUNCED:
        permanent = _member(data.get("bounce"), "type") == "Permanent"
        return Refusal.HARD_BOUNCE if permanent else None
    if fate is Fate.SUPPRESSED:
        complained = _member(data.get("suppressed"), "reason") == "previous_complaint"
        return Refusal.COMPLAINT if complained else Refusal.PROVIDER
    return None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _address(to: object) -> str | None:
    found = to[0] if isinstance(to, list) and to else to
    return found if isinstance(found, str) else None


def _moment(text: object, *, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return now
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _place(tags: object) -> Place | None:
    named = _tags(tags)
    artist, blast = named.get("artist", ""), named.get("blast", "")
    chunk, position = named.get("chunk", ""), named.get("position", "")
    well_formed = (
        is_id(artist, prefix="art")
        and is_id(blast, prefix="bls")
        and _CHUNK.fullmatch(chunk)
        and _NUMBER.fullmatch(position)
    )
    if not well_formed or int(position) >= CHUNK_SIZE:
        return None
    return Place(
        artist_id=ArtistId(artist), blast_id=BlastId(blast), chunk=chunk, position=int(position)
    )


def _tags(tags: object) -> dict[str, str]:
    """Return tags by name: webhooks send an object, the API a list of names and values."""
    if isinstance(tags, dict):
        return {str(name): str(value) for name, value in tags.items()}
    pairs = tags if isinstance(tags, list) else []
    return {str(p.get("name")): str(p.get("value")) for p in pairs if isinstance(p, dict)}
