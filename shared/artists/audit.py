"""The audit trail of an account: the table Audit, newest first.

An entry says what happened, who did it, and facts that are ids, enumerations and counts. It holds
no address, no name and no text of anybody's, and is anonymous once the account is erased.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson

from shared.platform.ids import ArtistId, Ids, inverted
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

Fact = str | int | bool | None
_PREFIX = "aud"
_PLAIN_FACT = re.compile(r"[A-Za-z0-9_.:|+-]{0,128}")
_WHAT = re.compile(r"[a-z][a-z0-9_]{2,63}")


class Actor(StrEnum):
    """Who did it."""

    ARTIST = "artist"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the trail."""

    entry_id: str
    what: str
    actor: Actor
    at: datetime
    facts: Mapping[str, Fact]


class AuditTrail:
    """Records what happened to an account, and reads it back."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.AUDIT)

    def record(
        self,
        artist_id: ArtistId,
        what: str,
        *,
        now: datetime,
        ids: Ids,
        actor: Actor = Actor.ARTIST,
        once: str | None = None,
        **facts: Fact,
    ) -> None:
        """Record that something happened; `what` is past tense in snake case.

        Args:
            once: an id with a ULID (such as an erasure's) that this entry is about: recording it
                again under the same `what` changes nothing.

        Raises:
            ValueError: a fact that is not an id, an enumeration or a count.
        """
        _check(what, facts)
        made = ids.make(_PREFIX, now=now) if once is None else f"{_PREFIX}_{_body(once)}"
        key = inverted(made) + (f"|{what}" if once is not None else "")
        text = orjson.dumps(facts).decode()
        self._rows.upsert(
            Row(artist_id, key, {"what": what, "actor": actor.value, "at": now, "facts": text})
        )

    def page(
        self, artist_id: ArtistId, *, limit: int, after: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Return entries, newest first, and the position to go on from (None at the end)."""
        first = None if after is None else after + "~"
        found: list[Row] = []
        for row in self._rows.query(partition=artist_id, first=first, page_size=limit + 1):
            found.append(row)
            if len(found) > limit:
                break
        entries = [_entry(row) for row in found[:limit]]
        return entries, found[limit - 1].key if len(found) > limit else None


def _check(what: str, facts: Mapping[str, Fact]) -> None:
    if not _WHAT.fullmatch(what):
        raise ValueError("An entry's name is a few words in snake case.")
    if any(isinstance(fact, str) and not _PLAIN_FACT.fullmatch(fact) for fact in facts.values()):
        raise ValueError("A fact is an id, an enumeration or a count.")


def _body(identifier: str) -> str:
    return identifier.rpartition("_")[2]


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        entry_id=inverted(row.key.partition("|")[0]),
        what=row.need("what", str),
        actor=Actor(row.need("actor", str)),
        at=row.need("at", datetime),
        facts=orjson.loads(row.find("facts", str) or "{}"),
    )
