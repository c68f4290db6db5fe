"""The log of mailboxes that refused mail, over all artists: 9 bytes each, and nothing else.

A record is the first 8 bytes of the mailbox's keyed hash and a reason. Records are appended by
ETag, 3,500 a page; an instance keeps the pages in memory and reads on from its last one. No address
and no artist is in it, so that it outlives accounts: nobody mails a mailbox that refused.
"""

import threading
import time
from enum import IntEnum
from typing import Final

from shared.platform.problems import RetryLater
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

RECORD_BYTES: Final = 9
RECORDS_A_PAGE: Final = 3_500  # 31,500 bytes, well under a property's 64 KiB.
FRESH_SECONDS: Final = 2.0  # docs/SENDING.md: a reading younger than this is not repeated.
_PARTITION: Final = "log"
_TRIES: Final = 10


class Refusal(IntEnum):
    """Why a mailbox is not to be mailed."""

    HARD_BOUNCE = 1
    COMPLAINT = 2
    PROVIDER = 3  # The provider's own suppression list.


class Suppressions:
    """The log, and this instance's copy of it. Safe to use from several threads."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.SUPPRESSIONS)
        self._known: dict[bytes, Refusal] = {}
        self._page = 0
        self._records_read = 0
        self._read_at: float | None = None
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Read what was appended since the last reading, unless that was just now. One query."""
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at >= FRESH_SECONDS:
                self._read_tail()

    def reason(self, mailbox: str) -> Refusal | None:
        """Return why a mailbox refused, as of the last reading, or None."""
        return self._known.get(_short(mailbox))

    def append(self, mailbox: str, refusal: Refusal) -> None:
        """Note a refusal; noted already is fine.

        Raises:
            RetryLater: others kept appending.
        """
        with self._lock:
            for _ in range(_TRIES):
                last = self._read_tail()
                if self._known.get(_short(mailbox)) is not None:
                    return
                if self._written(last, _short(mailbox) + bytes([refusal])):
                    self._read_tail()
                    return
        raise RetryLater("suppression_log_contended")

    def _read_tail(self) -> Row | None:
        """Read from the last known page on, and return the last page."""
        last: Row | None = None
        for row in self._rows.query(partition=_PARTITION, first=_page_key(self._page)):
            number = int(row.key)
            start = self._records_read if number == self._page else 0
            self._take(row.need("records", bytes), start)
            self._page, last = number, row
        self._read_at = time.monotonic()
        return last

    def _take(self, records: bytes, start: int) -> None:
        for at in range(start * RECORD_BYTES, len(records), RECORD_BYTES):
            record = records[at : at + RECORD_BYTES]
            self._known.setdefault(record[:-1], Refusal(record[-1]))
        self._records_read = len(records) // RECORD_BYTES

    def _written(self, last: Row | None, record: bytes) -> bool:
        records = last.need("records", bytes) if last else b""
        try:
            if last is None or len(records) >= RECORDS_A_PAGE * RECORD_BYTES:
                number = self._page + 1 if last else 0
                self._rows.insert(Row(_PARTITION, _page_key(number), {"records": record}))
            else:
                grown = Row(_PARTITION, last.key, {"records": records + record})
                self._rows.replace(grown, etag=last.etag or "*")
        except (AlreadyExists, Changed, Missing):
            return False
        return True


def _page_key(number: int) -> str:
    return f"{number:08d}"


def _short(mailbox: str) -> bytes:
    return bytes.fromhex(mailbox[:16])
