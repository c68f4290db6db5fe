"""Operators' accesses: what they do with something of an artist's stands in the artist's trail."""

from datetime import datetime

from shared.artists.audit import Actor, AuditTrail
from shared.platform import poison_desk
from shared.platform.ids import ArtistId, Ids, is_id
from shared.platform.poison import PoisonMessage, PoisonMessages
from shared.platform.storage.queues import Queues


def replay(
    message_id: str,
    *,
    messages: PoisonMessages,
    queues: Queues,
    audit: AuditTrail,
    now: datetime,
    ids: Ids,
) -> PoisonMessage:
    """Put a message back on its queue, with an entry in the trail of the artist it is about.

    Raises:
        NotFound: there is no such message.
        Conflict: it cannot be read; drop it.
    """

    def note(message: PoisonMessage) -> None:
        _note(message, "message_replayed", audit=audit, now=now, ids=ids)

    return poison_desk.replay(message_id, messages=messages, queues=queues, note=note)


def discard(
    message_id: str,
    *,
    reason: str,
    messages: PoisonMessages,
    audit: AuditTrail,
    now: datetime,
    ids: Ids,
) -> PoisonMessage:
    """Drop a message, with the reason in the trail of the artist it is about.

    Raises:
        NotFound: there is no such message.
    """

    def note(message: PoisonMessage) -> None:
        word = poison_desk.as_word(reason)
        _note(message, "message_discarded", audit=audit, now=now, ids=ids, reason=word)

    return poison_desk.discard(message_id, reason=reason, messages=messages, note=note)


def _note(
    message: PoisonMessage,
    what: str,
    *,
    audit: AuditTrail,
    now: datetime,
    ids: Ids,
    reason: str | None = None,
) -> None:
    artist_id = (poison_desk.members(message) or {}).get("artist_id")
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
