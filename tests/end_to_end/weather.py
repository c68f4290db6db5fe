"""The weather that a blast goes out in: a provider that fails, queues that repeat, a reader."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.core.exceptions import AzureError

from shared.blasts.chunk_rows import CHUNKS, chunk_from
from shared.blasts.ledger import Chunk
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables
from tests.stored import Stored
from tests.world import Artist, World

BATCH = {"service": "resend", "path": "/emails/batch", "times": 1}
# Every way in which a call goes wrong, with the call's work done before and without.
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 500, "after_accept": True},
    {"status": 500},
    {"status": 503, "after_accept": True},
    {"status": 429, "headers": {"retry-after": "1"}},
    {"status": 409},  # Concurrent: an earlier call under this key is still running.
    {"kind": "reset", "after_accept": True},
    {"kind": "reset"},
    {"kind": "html", "status": 200, "after_accept": True},
    {"kind": "html"},
    {"delay_seconds": 2},
    {"delay_seconds": 2, "after_accept": True},
)
TIMEOUT: dict[str, Any] = {
    "kind": "timeout",
    "after_accept": True,
}  # Half a minute: once is enough.


@dataclass(slots=True)
class Claims:
    """What the ledger has been seen to say of lists: whom a call was to ask, and when claimed.

    A claim's moment is before its last look at who may be mailed. Not every claim is seen; for one
    that is not, the first of its row stands, which is earlier.
    """

    first: dict[str, datetime] = field(default_factory=dict)
    asked: dict[tuple[str, int, frozenset[int]], tuple[datetime, frozenset[str]]] = field(
        default_factory=dict
    )

    def note(self, chunk: Chunk) -> None:
        """Keep what a row says at this moment."""
        if chunk.first_tried_at is not None:
            self.first.setdefault(chunk.number, chunk.first_tried_at)
        hashes = chunk.hashes()
        for asked in chunk.doubt:
            key = (chunk.number, chunk.generation, asked.positions)
            named = frozenset(hashes[at] for at in asked.positions)
            self.asked.setdefault(key, (asked.at, named))

    def lists(self) -> list[tuple[datetime, frozenset[str]]]:
        """Return every list that was seen: when it was claimed, and the fans' hashes."""
        return list(self.asked.values())

    def of(self, mail: dict[str, Any]) -> datetime:
        """Return when the list was claimed in which a mail went; never too late a moment."""
        tags = {tag["name"]: tag["value"] for tag in mail["tags"]}
        position, chunk = int(tags["position"]), tags["chunk"]
        named = [
            at
            for (number, generation, positions), (at, _) in self.asked.items()
            if (number, generation) == (chunk, int(tags["generation"])) and position in positions
        ]
        return min(named, default=self.first[chunk])


@dataclass(slots=True)
class Run:
    """A blast under way, and what threads beside it do and see. What they find wrong is kept."""

    world: World
    artist: Artist
    blast: str
    calls_per_second: float
    ended: threading.Event = field(default_factory=threading.Event)
    wrong: list[str] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    claims: Claims = field(default_factory=Claims)
    repeats: int = 0
    faults: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - dice

    @property
    def blast_id(self) -> str:
        return self.blast.rpartition("/")[2]

    @contextmanager
    def beset(self) -> Iterator[None]:
        """Let everything happen at once until the block ends."""
        threads = [
            threading.Thread(target=self._again_and_again, args=(work, pause))
            for work, pause in (
                (self._fail_a_call, 1 / self.calls_per_second),
                (self._repeat_messages, 0.2),
                (self._repeat_messages, 0.2),
                (self._read_report, 0.1),
                (self._note_claims, 0.1),
            )
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join(60)

    def chunks(self) -> list[Chunk]:
        """Return the ledger as it is now."""
        account = StorageAccount.from_connection_string(self.world.account)
        try:
            first, last = CHUNKS
            rows = Tables(account).table(Table.BLAST_CHUNKS)
            found = rows.query(partition=self.blast_id, first=first, last=last)
            return [chunk_from(row) for row in found]
        finally:
            account.close()

    def wake(self) -> None:
        """Deliver a start that had been delivered before."""
        ids = {"artist_id": self.artist.id, "blast_id": self.blast_id}
        Stored(self.world.account).send("blast-starts", json.dumps(ids))

    def _again_and_again(self, work: Callable[[], None], pause: float) -> None:
        while not self.ended.wait(pause * self.chance.uniform(0.5, 1.5)):
            try:
                work()
            except (OSError, AzureError):
                continue  # The host is dead at this moment, as it should be.

    def _fail_a_call(self) -> None:
        standing = self.world.control("GET", "/faults")["items"]
        if not standing:
            self.world.faults(**BATCH, **self.chance.choice(FAULTS))
            self.faults += 1

    def _repeat_messages(self) -> None:
        """Deliver again what has been or will be delivered; two threads do, so that some meet."""
        stored = Stored(self.world.account)
        ids = {"artist_id": self.artist.id, "blast_id": self.blast_id}
        self.wake()
        for chunk in self.chunks():
            given_away = chunk.claimed_at is not None or self.chance.random() < 0.05
            if given_away and (chunk.is_open or self.chance.random() < 0.05):
                for attempt in (0, 1):
                    message = {**ids, "chunk": chunk.number, "attempt": attempt}
                    stored.send("blast-chunks", json.dumps(message))
                    self.repeats += 1
        time.sleep(self.chance.uniform(0, 1))

    def _note_claims(self) -> None:
        for chunk in self.chunks():
            self.claims.note(chunk)

    def _read_report(self) -> None:
        answer = self.artist.get(f"{self.blast}/report")
        if answer.status != 200:
            return
        report: dict[str, Any] = answer.json
        told = sum(report[one] for one in ("accepted", "failed", "uncertain", "pending"))
        if report["chosen"] != told + sum(report["suppressed"].values()):
            self.wrong.append(f"does not add up: {report}")
        before = self.reports[-1] if self.reports else report
        if report["accepted"] < before["accepted"] or report["chosen"] < before["chosen"]:
            self.wrong.append(f"went back from {before} to {report}")
        self.reports.append(report)
