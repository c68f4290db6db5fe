"""Operators' accesses: what they do with something of an artist's stands in the artist's trail."""

from datetime import datetime

from shared.artists.audit import Actor, AuditTrail
from shared.platform.ids import ArtistId, Ids, is_id
from shared.platform.poison import PoisonMessage
from shared.platform.poison_desk import members


def note_access(
    message: PoisonMessage,
    what: str,
    *,
    audit: AuditTrail,
    now: datetime,
    ids: Ids,
    reason: str | None = None,
) -> None:
    """Note what an operator did with a message, where it is about an artist."""
    artist_id = (members(message) or {}).get("artist_id")
    if not isinstance(artist_id, str) or not is_id(artist_id, prefix="art"):
        return
    audit.record(
        ArtistId(artist_id),
        what,
        now=now,
        ids=ids,
        actor=Actor.OPERATOR,
        queue=message.queue,
        reason=reason,
    )
