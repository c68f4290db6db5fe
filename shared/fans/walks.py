"""Work on whole lists that no request waits for: its state is a row, a message moves it on.

The row `walk|` + id stands in the artist's partition of FanStats until the work is done. A step
deletes up to 2,000 fans and sends the next message before it ends; a message too many finds less to
do, or no row.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from shared.fans.bulk_deletion import BulkDeletion
from shared.fans.model import FanStatus
from shared.fans.selection import Selection
from shared.platform import telemetry
from shared.platform.ids import ArtistId, Ids, is_fresh
from shared.platform.storage.names import Queue, Table
from shared.platform.storage.queues import MessageField, Queues
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

DELETED_IN_A_STEP: Final = 2_000
_DELAY: Final = timedelta(seconds=5)
WALK: Final = "walk|"
_DATES: Final = ("since", "until")


class FanWalks:
    """Walks of lists."""

    def __init__(self, tables: Tables, queues: Queues) -> None:
        self._rows = tables.table(Table.FAN_STATS)
        self._queues = queues

    def begin_deletion(
        self, artist_id: ArtistId, wanted: Selection, *, ids: Ids, now: datetime
    ) -> str:
        """Begin to delete who is wanted and signed up before now; the message goes first."""
        walk_id = ids.make("wlk", now=now)
        until = min(wanted.until, now) if wanted.until else now
        self._send(artist_id, walk_id)
        row = Row(
            artist_id,
            WALK + walk_id,
            {"selection": selection_text(replace(wanted, until=until)), "at": now},
        )
        self._rows.upsert(row)
        return walk_id

    def step(
        self, artist_id: ArtistId, walk_id: str, *, deletion: BulkDeletion, now: datetime
    ) -> None:
        """Do one step of a walk, and send the message of the next; at its end the row goes."""
        row = self._rows.get(artist_id, WALK + walk_id)
        if row is None and is_fresh(walk_id, now=now):
            # Not begun yet, or already done: the row comes within moments, or never.
            self._send(artist_id, walk_id)
            return
        if row is None:
            telemetry.event("fan_walk_skipped", reason="done_or_never_begun")
            return
        wanted = selection_from(row.need("selection", str))
        if deletion.delete(artist_id, wanted, most=DELETED_IN_A_STEP) >= DELETED_IN_A_STEP:
            self._send(artist_id, walk_id)
            return
        self._rows.delete(artist_id, row.key)

    def _send(self, artist_id: ArtistId, walk_id: str) -> None:
        message: dict[str, MessageField] = {"artist_id": artist_id, "walk": walk_id}
        self._queues.send(Queue.FAN_WALKS, message, delay=_DELAY)


def selection_text(wanted: Selection) -> str:
    """Return a selection as a row keeps it."""
    members: dict[str, object] = dict(wanted.fields)
    for name in _DATES:
        moment = getattr(wanted, name)
        members[name] = moment.isoformat() if moment else None
    return orjson.dumps(members).decode()


def selection_from(text: str) -> Selection:
    """Return the selection that a row keeps."""
    members: dict[str, Any] = orjson.loads(text)
    for name in _DATES:
        found = members.get(name)
        members[name] = datetime.fromisoformat(found) if found else None
    status = members.pop("status", None)
    return Selection(status=FanStatus(status) if status else None, **members)
