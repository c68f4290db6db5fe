"""What a blast's explorer moves about in: the ledger's rows, two workers, the provider, the fans.

A fan is the number of the place in the first row; cuts keep the order, so that the rows' letters
one behind the other are everybody's.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.blasts.answers import Outcome, Verdict
from shared.blasts.ledger import ID_BYTES, NONE, Chunk, Claim, Fate, Letter, Positions

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
A_DAY_LATER = START + timedelta(hours=24, minutes=1)
TAKEN = Verdict(outcome=Outcome.TAKEN)
ANOTHER_TAKEN = Verdict(outcome=Outcome.ANOTHER_TAKEN)
REFUSED = Verdict(outcome=Outcome.REFUSED_WHOLE)
RATE_LIMITED = Verdict(outcome=Outcome.NOTHING_DONE)
Key = tuple[str, int]  # A row's number and its generation.
Request = tuple[Key, Positions]  # The key, and which fans are in the body.


@dataclass(frozen=True, slots=True)
class Worker:
    """One run of the chunk's function, wherever it is. Positions are of its row."""

    stage: str = "idle"  # idle, read, looked, claimed, answered
    chunk: Chunk | None = None  # The row as this run has read or written it.
    is_fresh: bool = True  # Nobody has written the row since.
    saw_go: bool = True  # When it read the row; the right rules do not rely on it.
    allowed: Positions = NONE
    erased: Positions = NONE
    listed: Positions = NONE
    appended: bool = False
    verdict: Verdict | None = None

    def claim(self, name: str) -> Claim:
        everybody = range(len(self.chunk.letters)) if self.chunk else ()
        reasons = {
            i: Letter.ERASED if i in self.erased else Letter.UNSUBSCRIBED
            for i in everybody
            if i not in self.allowed
        }
        return Claim(token=name, listed=self.listed, appended=self.appended, reasons=reasons)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that decides what may happen next, and what has been done to whom."""

    chunks: tuple[Chunk, ...]
    workers: tuple[Worker, ...]
    mailed: tuple[int, ...]
    bad: Positions = NONE  # Addresses for which the provider refuses a list as a whole.
    go: bool = True
    now: datetime = START
    known_keys: frozenset[Request] = frozenset()
    under_way: frozenset[Request] = frozenset()  # Sent, given up by us, and not arrived yet.
    left: Positions = NONE
    erased: Positions = NONE
    in_ledger: Positions = NONE  # Erased, and their ids not out of the ledger yet.
    unknown: Positions = NONE  # Asked by a call of which nothing was or will be recorded.
    budget: tuple[tuple[str, int], ...] = ()

    @property
    def letters(self) -> str:
        return "".join(chunk.letters for chunk in self.chunks)

    def has(self, what: str) -> bool:
        return dict(self.budget).get(what, 0) > 0

    def spend(self, what: str, **changes: Any) -> "World":
        """Return the world after one of these happened, with what it changes."""
        budget = tuple((name, count - (name == what)) for name, count in self.budget)
        return replace(self, budget=budget, **changes)

    def with_worker(self, at: int, worker: Worker) -> "World":
        return replace(self, workers=(*self.workers[:at], worker, *self.workers[at + 1 :]))

    def row(self, number: str) -> Chunk:
        """Return the row as it is now."""
        return next(chunk for chunk in self.chunks if chunk.number == number)

    def offset(self, number: str) -> int:
        """Return the fan at the first place of a row."""
        found = 0
        for chunk in self.chunks:
            if chunk.number == number:
                return found
            found += len(chunk.letters)
        raise LookupError(number)

    def fans(self, chunk: Chunk, positions: Positions) -> Positions:
        """Return which fans are at these places of a row."""
        offset = self.offset(chunk.number)
        return frozenset(offset + each for each in positions)

    def places(self, chunk: Chunk, fans: Positions) -> Positions:
        """Return the places of a row at which these fans are."""
        offset = self.offset(chunk.number)
        return frozenset(each - offset for each in fans if 0 <= each - offset < len(chunk.letters))

    def written(self, *rows: Chunk, by: int | None = None) -> "World":
        """Return the world after rows took the place of the first of them: readings are stale.

        Whoever has read and not claimed will write nothing by that version: the run is over.
        """
        number = rows[0].number
        workers = tuple(
            _overtaken(each)
            if i != by and each.chunk is not None and each.chunk.number == number
            else each
            for i, each in enumerate(self.workers)
        )
        chunks = tuple(
            new for old in self.chunks for new in (rows if old.number == number else (old,))
        )
        letters = "".join(chunk.letters for chunk in chunks)
        unknown = frozenset(fan for fan in self.unknown if letters[fan] == Letter.ASKED)
        return replace(self, chunks=chunks, workers=workers, unknown=unknown)

    def forgotten(self, at: int) -> "World":
        """Return the world where nobody will record what a worker's call did."""
        worker = self.workers[at]
        asked = self.asked_by(worker)
        still = frozenset(fan for fan in asked if self.letters[fan] == Letter.ASKED)
        workers = (*self.workers[:at], Worker(), *self.workers[at + 1 :])
        return replace(self, workers=workers, unknown=self.unknown | still)

    def asked_by(self, worker: Worker) -> Positions:
        """Return whom a worker has claimed and not let go."""
        if worker.chunk is None or worker.stage not in {"claimed", "answered"}:
            return NONE
        return self.fans(worker.chunk, worker.listed)

    @property
    def settled_by(self) -> Hashable:
        """What decides how it ends once it is calm."""
        return self.chunks, self.mailed, self.known_keys, self.left, self.erased, self.now

    def calm(self) -> "World":
        """Return the world when every run has died here, and nothing fails from now on."""
        everybody = frozenset(range(len(self.mailed)))
        quiet = replace(self, workers=(Worker(),), under_way=frozenset(), budget=())
        return replace(quiet, unknown=everybody, in_ledger=NONE)


def _overtaken(worker: Worker) -> Worker:
    claimed = worker.stage in {"claimed", "answered"}
    return replace(worker, is_fresh=False) if claimed else Worker()


def arrival(world: World, request: Request) -> tuple[Verdict, World]:
    """Return the provider's answer to a request, and the world after it arrived."""
    known = dict(world.known_keys)
    key, body = request
    if key in known:
        return (TAKEN if known[key] == body else ANOTHER_TAKEN), world
    if body & world.bad:
        return REFUSED, world
    mailed = tuple(times + (i in body) for i, times in enumerate(world.mailed))
    return TAKEN, replace(world, mailed=mailed, known_keys=world.known_keys | {request})


def laws_broken_in(world: World) -> Iterator[str]:
    """Yield what must not be, whatever came before."""
    for fan, (times, letter) in enumerate(zip(world.mailed, world.letters, strict=True)):
        if times > 1:
            yield f"{fan} was mailed {times} times"
        if letter == Letter.ACCEPTED and times == 0:
            yield f"{fan} counts as accepted and was not mailed"
        if letter in "ubcefrp" and times:
            yield f"{fan} was mailed and has the letter {letter}"
        yield from _letters_without_cause(world, fan, letter)


def _letters_without_cause(world: World, fan: int, letter: str) -> Iterator[str]:
    if letter in "ubce" and fan not in world.left:
        yield f"{fan} did not leave and has the letter {letter}"
    if letter == Letter.ERASED and fan not in world.erased:
        yield f"{fan} was not erased and has the letter {letter}"
    if letter == Letter.FAILED and fan not in world.bad:
        yield f"{fan} is no bad address and has failed"
    if letter == Letter.FAILED_IN_PASSING and world.now == START:
        yield f"{fan} has failed in passing before a day was over"


def chunk_of(fans: int) -> Chunk:
    """Return a chunk of so many fans, all pending."""
    return Chunk(
        number="000001",
        shard=0,
        first="1",
        last="2",
        ids=b"".join(bytes([i + 1]) * ID_BYTES for i in range(fans)),
        letters=Letter.PENDING * fans,
        fates=Fate.NONE * fans,
    )
