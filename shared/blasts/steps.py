"""A message on `blast-starts`: a start or wake, a step of the feed, or a look of the watch."""

from collections.abc import Mapping
from datetime import datetime

from shared.blasts import feeding, watching
from shared.blasts.desk import Desk
from shared.platform import telemetry
from shared.platform.clock import parse_instant
from shared.platform.ids import ArtistId
from shared.platform.problems import GiveUp


def take(message: Mapping[str, object], *, desk: Desk, now: datetime) -> None:
    """Do what a message on `blast-starts` asks for.

    Raises:
        GiveUp: it names no blast.
    """
    artist_id, blast_id = message.get("artist_id"), message.get("blast_id")
    if not isinstance(artist_id, str) or not isinstance(blast_id, str):
        raise GiveUp("message_malformed")
    blast = desk.blasts.find(ArtistId(artist_id), blast_id)
    watch, step = message.get("watch"), message.get("step")
    if isinstance(watch, str):
        watching.watch(blast, blast_id, next_at=parse_instant(watch), desk=desk, now=now)
    elif blast is None:
        telemetry.event("blast_step_skipped", blast_id=blast_id, reason="blast_gone")
    else:
        feeding.take_step(blast, step if isinstance(step, int) else None, desk=desk, now=now)
