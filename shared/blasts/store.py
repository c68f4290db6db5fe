"""Rows of blasts: table Blasts, one partition an artist, newest first.

Beside the blasts stand, in partitions of their own, the days on which ledgers have had their time
(`ledgers` / day and blast), and in an artist's partition the stamps of test mails (`tests`).
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import orjson

from shared.blasts.model import (
    LEDGER_KEPT_FOR,
    TEST_WINDOW,
    TESTS_AN_HOUR,
    Blast,
    BlastState,
    CallToAction,
    Content,
    StopReason,
    Totals,
    totals_from,
)
from shared.fans.selection import Selection
from shared.platform.clock import instant, parse_instant
from shared.platform.ids import ArtistId, BlastId, ReleaseId, inverted, is_id
from shared.platform.problems import Unavailable
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.filters import either, eq, ge
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

_PREFIX: Final = "bls"
_BLASTS: Final = ("bls_", "bls`")  # '`' is the character behind '_'.
_LEDGERS: Final = "ledgers"
_TESTS: Final = "tests"
_TRIES: Final = 8
_PIECE_BYTES: Final = 60 * 1024
_LISTED: Final = (
    "subject", "preview_text", "body_markdown", "segment", "release_id", "cta_label", "cta_url",
    "state", "created_at", "updated_at", "send_at", "due_at", "started_at", "finished_at",
    "stopped_for", "warned_at", "totals",
)  # fmt: skip


class BlastStore:
    """Blasts by artist."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.BLASTS)

    def find(self, artist_id: ArtistId, blast_id: str) -> Blast | None:
        """Return an artist's blast, or None when it is not there or not theirs. One read."""
        if not is_id(blast_id, prefix=_PREFIX):
            return None
        row = self._rows.get(artist_id, inverted(blast_id))
        return _blast(row) if row else None

    def newest(
        self, artist_id: ArtistId, *, count: int, after: str | None = None
    ) -> Sequence[Blast]:
        """Return up to `count` blasts, newest first, without their frozen content."""
        first, last = _BLASTS
        rows = self._rows.query(
            partition=artist_id,
            first=inverted(after) + "!" if after else first,
            last=last,
            select=_LISTED,
            page_size=min(count, 1000),
        )
        return [_blast(row) for row in islice(rows, count)]

    def every(self, artist_id: ArtistId) -> Iterator[Blast]:
        """Yield all of an artist's blasts, newest first, with their content."""
        first, last = _BLASTS
        return map(_blast, self._rows.query(partition=artist_id, first=first, last=last))

    def started(self, artist_id: ArtistId, *, since: datetime) -> Iterator[Blast]:
        """Yield the blasts whose run began since a moment, newest first, without content."""
        first, last = _BLASTS
        found = self._rows.query(
            partition=artist_id,
            first=first,
            last=last,
            where=ge("started_at", since),
            select=_LISTED,
        )
        return map(_blast, found)

    def under_way(self, artist_id: ArtistId) -> list[Blast]:
        """Return the blasts that are scheduled or sending. One query."""
        first, last = _BLASTS
        states = (BlastState.SCHEDULED.value, BlastState.SENDING.value)
        where = either(*(eq("state", state) for state in states))
        found = self._rows.query(partition=artist_id, first=first, last=last, where=where)
        return [_blast(row) for row in found]

    def add(self, blast: Blast) -> Blast:
        """Keep a new blast; added already, by the same request repeated, is fine."""
        row = _row(blast)
        try:
            return _blast(self._rows.insert(row))
        except AlreadyExists:
            return self.find(blast.artist_id, blast.blast_id) or blast

    def replace(self, blast: Blast) -> Blast:
        """Keep a changed blast.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        return _blast(self._rows.replace(_row(blast), etag=blast.version or "*"))

    def delete(self, blast: Blast) -> bool:
        """Take a blast away, and tell whether it was there.

        Raises:
            Changed: somebody changed it since it was read.
        """
        key = inverted(blast.blast_id)
        return self._rows.delete(blast.artist_id, key, etag=blast.version or "*")

    def claim_test(self, artist_id: ArtistId, reference: str, *, now: datetime) -> datetime | None:
        """Claim one of the hour's test mails; when none is left, return when one is again.

        Raises:
            Unavailable: others kept claiming.
        """
        for _ in range(_TRIES):
            row = self._rows.get(artist_id, _TESTS)
            stamps = [
                (parse_instant(at), own)
                for at, own in orjson.loads(row.need("stamps", str) if row else "[]")
            ]
            recent = [(at, own) for at, own in stamps if now - at < TEST_WINDOW]
            if any(own == reference for _, own in recent):
                return None
            if len(recent) >= TESTS_AN_HOUR:
                return recent[0][0] + TEST_WINDOW
            kept = [(instant(at), own) for at, own in [*recent, (now, reference)]]
            written = Row(artist_id, _TESTS, {"stamps": orjson.dumps(kept).decode()})
            try:
                self._rows.put(written, over=row)
            except (AlreadyExists, Changed, Missing):
                continue
            return None
        raise Unavailable

    def forget_tests(self, artist_id: ArtistId) -> int:
        """Take the stamps of test mails away; return how many rows that were."""
        return int(self._rows.delete(artist_id, _TESTS))

    # Ledgers and the day on which they go

    def note_ledger(self, blast: Blast, *, started_at: datetime) -> None:
        """Note when a blast's ledger has had its time."""
        values = {"artist_id": blast.artist_id}
        self._rows.upsert(Row(_LEDGERS, _ledger_key(blast.blast_id, started_at), values))

    def ledgers_before(self, day: date) -> list[tuple[ArtistId, BlastId, str]]:
        """Return artist, blast and key of the ledgers whose time was over before a day."""
        rows = self._rows.query(partition=_LEDGERS, last=day.isoformat())
        return [
            (ArtistId(row.need("artist_id", str)), BlastId(row.key.rpartition("|")[2]), row.key)
            for row in rows
        ]

    def forget_ledger(self, key: str) -> None:
        """Take a note away."""
        self._rows.delete(_LEDGERS, key)

    def forget_ledger_of(self, blast: Blast) -> None:
        """Take the note of a blast away, where it had a run."""
        if blast.started_at is not None:
            self.forget_ledger(_ledger_key(blast.blast_id, blast.started_at))


def _ledger_key(blast_id: str, started_at: datetime) -> str:
    return f"{(started_at + LEDGER_KEPT_FOR).date().isoformat()}|{blast_id}"


def _blast(row: Row) -> Blast:
    cta = row.find("cta_url", str)
    reason, totals = row.find("stopped_for", str), row.find("totals", str)
    release_id = row.find("release_id", str)
    return Blast(
        blast_id=BlastId(inverted(row.key)),
        artist_id=ArtistId(row.partition),
        subject=row.need("subject", str),
        preview_text=row.find("preview_text", str) or "",
        body_markdown=row.find("body_markdown", str) or "",
        segment=segment_from(orjson.loads(row.find("segment", str) or "{}")),
        release_id=ReleaseId(release_id) if release_id else None,
        call_to_action=CallToAction(label=row.need("cta_label", str), url=cta) if cta else None,
        state=BlastState(row.need("state", str)),
        created_at=row.need("created_at", datetime),
        updated_at=row.need("updated_at", datetime),
        send_at=row.find("send_at", datetime),
        due_at=row.find("due_at", datetime),
        started_at=row.find("started_at", datetime),
        finished_at=row.find("finished_at", datetime),
        stopped_for=StopReason(reason) if reason else None,
        warned_at=row.find("warned_at", datetime),
        content=_content(row),
        totals=totals_from(orjson.loads(totals)) if totals else None,
        version=row.etag,
    )


def _row(blast: Blast) -> Row:
    cta = blast.call_to_action
    values: dict[str, Any] = {
        "subject": blast.subject,
        "preview_text": blast.preview_text,
        "body_markdown": blast.body_markdown,
        "segment": orjson.dumps(segment_members(blast.segment)).decode(),
        "release_id": blast.release_id,
        "cta_label": cta.label if cta else None,
        "cta_url": cta.url if cta else None,
        "state": blast.state.value,
        "created_at": blast.created_at,
        "updated_at": blast.updated_at,
        "send_at": blast.send_at,
        "due_at": blast.due_at,
        "started_at": blast.started_at,
        "finished_at": blast.finished_at,
        "stopped_for": blast.stopped_for.value if blast.stopped_for else None,
        "warned_at": blast.warned_at,
        "totals": _totals_text(blast.totals),
    }
    return Row(blast.artist_id, inverted(blast.blast_id), values | _pieces(blast.content))


def segment_members(segment: Selection) -> dict[str, str]:
    """Return what a segment asks for, by name, as text."""
    moments = {"since": segment.since, "until": segment.until}
    named = {name: instant(moment) for name, moment in moments.items() if moment is not None}
    return segment.fields | named


def segment_from(members: Mapping[str, str]) -> Selection:
    """Return the segment that `segment_members` wrote."""
    moments = {
        name: parse_instant(text) for name, text in members.items() if name in {"since", "until"}
    }
    return Selection(**{**members, **moments})  # type: ignore[arg-type]  # Each by its own name.


def _totals_text(totals: Totals | None) -> str | None:
    return orjson.dumps(totals.as_members()).decode() if totals else None


def _pieces(content: Content | None) -> dict[str, bytes]:
    """Return frozen content compressed and cut: one property holds 64 KiB."""
    if content is None:
        return {}
    packed = zlib.compress(orjson.dumps(asdict(content)), 6)
    cuts = range(0, len(packed), _PIECE_BYTES)
    return {f"content_{i}": packed[at : at + _PIECE_BYTES] for i, at in enumerate(cuts)}


def _content(row: Row) -> Content | None:
    pieces: list[bytes] = []
    while (piece := row.find(f"content_{len(pieces)}", bytes)) is not None:
        pieces.append(piece)
    return Content(**orjson.loads(zlib.decompress(b"".join(pieces)))) if pieces else None
