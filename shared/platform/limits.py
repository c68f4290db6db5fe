"""Rows of the table Limits: small counts that many instances share, each worthless after a day.

A limit is read, decided and written under its ETag; who loses reads again. What is counted is up to
the caller: `n|` permits of a network, `a|` confirmation mails of an artist, `p|` mails for the
privacy requests of a mailbox, `r|` mails that ask a mailbox to take fans' replies, `c|` corrections
of a fan. Keys hold ids and keyed hashes; `retention` deletes rows by `at`.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import orjson

from shared.platform.clock import instant, parse_instant
from shared.platform.problems import Unavailable
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.filters import gt, lt
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import Tables

KEPT_FOR: Final = timedelta(hours=24)
# Who loses a try has lost it to somebody who won: more than an instance's threads, and some luck.
_TRIES: Final = 32

Values = Mapping[str, Value | None]
Decision = Callable[[Values], Values | None]


class Limits:
    """Counts by key."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.LIMITS)

    def read(self, key: str) -> Values:
        """Return what is counted under a key; nothing where nothing is."""
        row = self._rows.get(_partition(key), key)
        return row.values if row else {}

    def change(self, key: str, decide: Decision, *, now: datetime) -> bool:
        """Put what `decide` gives in place of what it was given; it gives None to refuse.

        Raises:
            Unavailable: others kept changing the same count.
        """
        for _ in range(_TRIES):
            row = self._rows.get(_partition(key), key)
            values = decide(row.values if row else {})
            if values is None:
                return False
            written = Row(_partition(key), key, {**values, "at": now})
            try:
                self._rows.put(written, over=row)
            except (AlreadyExists, Changed, Missing):
                continue
            return True
        raise Unavailable

    def grant(self, key: str, reference: str, *, most: int, now: datetime) -> bool:
        """Grant one of so many in 24 hours, and tell whether one was left.

        A reference that was granted is granted again, so that a redelivery needs no second one.

        Raises:
            Unavailable: others kept changing the same count.
        """
        granted: list[bool] = []

        def decide(values: Values) -> Values | None:
            stamps = [one for one in _stamps(values) if now - parse_instant(one[0]) < KEPT_FOR]
            known = any(name == reference for _, name in stamps)
            granted.append(known or len(stamps) < most)
            if known or not granted[-1]:
                return None
            return {"stamps": orjson.dumps([*stamps, (instant(now), reference)]).decode()}

        self.change(key, decide, now=now)
        return granted[-1]

    def total(self, name: str) -> int:
        """Return the sum of a count over all keys. A scan of a day's rows."""
        rows = self._rows.query(where=gt(name, 0), select=[name])
        return sum(row.need(name, int) for row in rows)

    def forget_old(self, *, now: datetime) -> int:
        """Delete what is older than a day, and return how much that was."""
        deleted = 0
        for row in self._rows.query(where=lt("at", now - KEPT_FOR), select=["at"]):
            deleted += self._rows.delete(row.partition, row.key)
        return deleted


def _partition(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:2]


def _stamps(values: Values) -> list[tuple[str, str]]:
    stamps: list[tuple[str, str]] = orjson.loads(str(values.get("stamps") or "[]"))
    return stamps
