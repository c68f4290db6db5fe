"""Mailboxes over all artists: who holds one, and how often it was asked to confirm.

Both tables know a mailbox by a keyed hash of another key than the fans' ids, and no artist can read
either. MailboxIndex says at which artists a person is, so that a right can be exercised once for
all; Mailboxes keeps the stamps of confirmation mails, three in 24 hours at most.
"""

from datetime import datetime, timedelta
from typing import Final

import orjson

from shared.platform.ids import ArtistId, FanId
from shared.platform.problems import RetryLater
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.filters import lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

MAILS_MAX: Final = 3
WINDOW: Final = timedelta(hours=24)
_TRIES: Final = 8


class MailboxIndex:
    """At which artists a mailbox is a fan."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.MAILBOX_INDEX)

    def put(self, mailbox: str, artist_id: ArtistId, fan: FanId) -> None:
        """Note that this mailbox is a fan of this artist's."""
        self._rows.upsert(Row(mailbox, artist_id, {"fan_id": fan}))

    def remove(self, mailbox: str, artist_id: ArtistId) -> None:
        """Forget it; forgotten already is fine."""
        self._rows.delete(mailbox, artist_id)

    def fans_of(self, mailbox: str) -> list[tuple[ArtistId, FanId]]:
        """Return every artist of a mailbox, with the fan's id there. One query."""
        return [
            (ArtistId(row.key), FanId(row.need("fan_id", str)))
            for row in self._rows.query(partition=mailbox)
        ]


class MailboxStamps:
    """When a mailbox was last asked to confirm, over all artists."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.MAILBOXES)

    def has_room(self, mailbox: str, *, now: datetime) -> bool:
        """Tell whether another confirmation mail may go to this mailbox today."""
        row = self._rows.get(mailbox[:2], mailbox)
        return len(_young(row, now=now)) < MAILS_MAX

    def claim(self, mailbox: str, *, nonce: str, now: datetime) -> bool:
        """Claim one of the day's three mails, or find one's own claim again by its nonce.

        Raises:
            RetryLater: others kept claiming for the same mailbox.
        """
        for _ in range(_TRIES):
            row = self._rows.get(mailbox[:2], mailbox)
            stamps = _young(row, now=now)
            if any(own == nonce for _, own in stamps):
                return True
            if len(stamps) >= MAILS_MAX:
                return False
            kept = orjson.dumps([*stamps, [now.isoformat(), nonce]]).decode()
            written = Row(mailbox[:2], mailbox, {"stamps": kept, "at": now})
            try:
                self._rows.put(written, over=row)
            except (AlreadyExists, Changed, Missing):
                continue
            return True
        raise RetryLater("mailbox_contended")

    def forget_old(self, *, now: datetime) -> int:
        """Delete the stamps that are older than a day, and return of how many mailboxes."""
        deleted = 0
        for row in self._rows.query(where=lt("at", now - WINDOW), select=["at"]):
            deleted += self._rows.delete(row.partition, row.key)
        return deleted


def _young(row: Row | None, *, now: datetime) -> list[list[str]]:
    stamps: list[list[str]] = orjson.loads(row.need("stamps", str)) if row else []
    return [stamp for stamp in stamps if now - datetime.fromisoformat(stamp[0]) < WINDOW]
