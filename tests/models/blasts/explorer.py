"""A model of one chunk: two workers, the provider, fans who leave, stop, webhook and a day.

Everything that can happen next is tried, from every state that is reached. The rules are those of
the product (`shared.blasts.ledger`, `shared.blasts.answers`); what is modelled here is only the
world around them: a row that is written by its version, a provider that keeps a key for a day and
refuses another body under it, requests that arrive late, answers that are lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from shared.blasts import answers, ledger
from shared.blasts.answers import NO_ANSWER, Outcome, Verdict
from shared.blasts.ledger import ID_BYTES, Chunk, Claim, Fate, Letter, Positions

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
A_DAY_LATER = START + timedelta(hours=24, minutes=1)
TAKEN = Verdict(outcome=Outcome.TAKEN)
ANOTHER_TAKEN = Verdict(outcome=Outcome.ANOTHER_TAKEN)
RATE_LIMITED = Verdict(outcome=Outcome.NOTHING_DONE)
Request = tuple[int, Positions]  # The generation, which is the key, and who is in the body.


@dataclass(frozen=True, slots=True)
class Worker:
    """One run of the chunk's function, wherever it is."""

    stage: str = "idle"  # idle, read, looked, claimed, answered
    chunk: Chunk | None = None  # The row as this run has read or written it.
    is_fresh: bool = True  # Nobody has written the row since.
    allowed: Positions = frozenset()
    listed: Positions = frozenset()
    appended: bool = False
    verdict: Verdict | None = None

    def claim(self, name: str) -> Claim:
        everybody = range(len(self.chunk.letters)) if self.chunk else ()
        reasons = {i: Letter.UNSUBSCRIBED for i in everybody if i not in self.allowed}
        return Claim(token=name, listed=self.listed, appended=self.appended, reasons=reasons)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that decides what may happen next, and what has been done to whom."""

    chunk: Chunk
    workers: tuple[Worker, ...]
    mailed: tuple[int, ...]
    go: bool = True
    now: datetime = START
    known_keys: frozenset[Request] = frozenset()
    under_way: frozenset[Request] = frozenset()  # Sent, given up by us, and not arrived yet.
    left: Positions = frozenset()
    budget: tuple[tuple[str, int], ...] = ()

    def has(self, what: str) -> bool:
        return dict(self.budget).get(what, 0) > 0

    def spend(self, what: str) -> "World":
        left = dict(self.budget)
        left[what] -= 1
        return replace(self, budget=tuple(sorted(left.items())))

    def with_worker(self, at: int, worker: Worker) -> "World":
        return replace(self, workers=(*self.workers[:at], worker, *self.workers[at + 1 :]))

    def written(self, chunk: Chunk, *, by: int | None = None) -> "World":
        """Return the world after the row was written: all other readings are stale."""
        workers = tuple(
            each if i == by else replace(each, is_fresh=False)
            for i, each in enumerate(self.workers)
        )
        return replace(self, chunk=chunk, workers=workers)


@dataclass(frozen=True, slots=True)
class Rules:
    """The product's rules; a test puts a wrong one in the place of a right one."""

    to_be_asked: Callable[[Chunk, Positions], Positions] = ledger.to_be_asked
    applied: Callable[..., Chunk] = answers.applied
    asserts_go: bool = True
    gives_up_old_doubt: bool = True


@dataclass(slots=True)
class Explorer:
    """Tries everything, and keeps what broke a promise."""

    rules: Rules = field(default_factory=Rules)
    violations: list[str] = field(default_factory=list)
    states: int = 0

    def explore(self, *, fans: int, workers: int, **budget: int) -> "Explorer":
        """Visit every state; stop at the first broken promise."""
        first = World(
            chunk=chunk_of(fans),
            workers=(Worker(),) * workers,
            mailed=(0,) * fans,
            budget=tuple(sorted(budget.items())),
        )
        seen, waiting = {first}, [first]
        while waiting and not self.violations:
            world = waiting.pop()
            self.states += 1
            self.judge(world)
            for after in self.steps(world):
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
        return self

    def judge(self, world: World) -> None:
        for position, times in enumerate(world.mailed):
            letter = world.chunk.letters[position]
            if times > 1:
                self.violations.append(f"{position} was mailed {times} times")
            if letter == Letter.ACCEPTED and times == 0:
                self.violations.append(f"{position} counts as accepted and was not mailed")
            if letter in "ubcefrp" and times:
                self.violations.append(f"{position} was mailed and has the letter {letter}")

    def steps(self, world: World) -> Iterator[World]:
        for at, worker in enumerate(world.workers):
            yield from self._steps_of(world, at, worker)
            if worker.stage != "idle" and world.has("crash"):
                yield world.spend("crash").with_worker(at, Worker())
        yield from self._others(world)

    def _steps_of(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        match worker.stage:
            case "idle":
                if world.chunk.is_open:
                    yield world.with_worker(at, Worker(stage="read", chunk=world.chunk))
            case "read":
                allowed = frozenset(range(len(world.mailed))) - world.left
                yield world.with_worker(at, replace(worker, stage="looked", allowed=allowed))
            case "looked":
                yield self._claim(world, at, worker)
            case "claimed":
                yield from self._call(world, at, worker)
            case "answered":
                yield self._record(world, at, worker)

    def _claim(self, world: World, at: int, worker: Worker) -> World:
        chunk, done = worker.chunk, world.with_worker(at, Worker())
        assert chunk is not None
        if self.rules.gives_up_old_doubt and chunk.doubt_is_old(world.now):
            return done.written(ledger.doubt_given_up(chunk)) if worker.is_fresh else done
        listed = self.rules.to_be_asked(chunk, worker.allowed)
        claiming = replace(worker, listed=listed, appended=ledger.appends(chunk, listed))
        claim = claiming.claim(f"w{at}")
        if not listed:
            closed = ledger.closed_without_call(chunk, claim.reasons)
            return done.written(closed) if worker.is_fresh else done
        if not worker.is_fresh or (self.rules.asserts_go and not world.go):
            return done
        held = ledger.claimed(chunk, claim, now=world.now)
        running = replace(claiming, stage="claimed", chunk=held)
        return world.with_worker(at, running).written(held, by=at)

    def _call(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        assert worker.chunk is not None
        if not worker.listed <= worker.allowed:
            self.violations.append("somebody was asked who had been seen to have left")
        request = (worker.chunk.generation, worker.listed)
        verdict, arrived = arrival(world, request)
        yield _answered(arrived, at, verdict)
        if world.has("fault"):
            after = world.spend("fault")
            yield _answered(arrival(after, request)[1], at, NO_ANSWER)
            yield _answered(after, at, RATE_LIMITED)
            yield _answered(after, at, NO_ANSWER)
            late = replace(after, under_way=after.under_way | {request})
            yield _answered(late, at, NO_ANSWER)

    def _record(self, world: World, at: int, worker: Worker) -> World:
        done, name = world.with_worker(at, Worker()), f"w{at}"
        assert worker.verdict is not None
        if worker.verdict.outcome is Outcome.UNKNOWN:
            return done
        current = worker.chunk if worker.is_fresh else world.chunk
        if current is None or current.token != name:
            return done
        claim = worker.claim(name)
        return done.written(self.rules.applied(current, claim, worker.verdict, now=world.now))

    def _others(self, world: World) -> Iterator[World]:
        """Yield what fans, the artist, the provider and time may do."""
        for request in world.under_way:
            _, arrived = arrival(world, request)
            yield replace(arrived, under_way=world.under_way - {request})
        if world.has("leave"):
            for fan in set(range(len(world.mailed))) - world.left:
                yield replace(world.spend("leave"), left=world.left | {fan})
        if world.has("webhook"):
            for fan, times in enumerate(world.mailed):
                if times:
                    proved = ledger.proved(world.chunk, fan, Fate.DELIVERED)
                    yield world.spend("webhook").written(proved)
        yield from self._stop_or_resume(world)
        yield from self._a_day(world)

    def _stop_or_resume(self, world: World) -> Iterator[World]:
        if world.go and world.has("stop"):
            yield replace(world.spend("stop"), go=False)
        if not world.go and world.has("resume"):
            again = world.spend("resume").written(ledger.resumed(world.chunk))
            yield replace(again, go=True)

    def _a_day(self, world: World) -> Iterator[World]:
        """Let a day pass: no call lasts so long, and the provider forgets its keys."""
        at_rest = all(each.stage in {"idle", "answered"} for each in world.workers)
        if world.now == START and at_rest and not world.under_way and world.has("day"):
            yield replace(world.spend("day"), now=A_DAY_LATER, known_keys=frozenset())
        if world.chunk.doubt_is_old(world.now) and self.rules.gives_up_old_doubt:
            yield world.written(ledger.doubt_given_up(world.chunk))


def arrival(world: World, request: Request) -> tuple[Verdict, World]:
    """Return the provider's answer to a request, and the world after it arrived."""
    known = dict(world.known_keys)
    key, body = request
    if key in known:
        return (TAKEN if known[key] == body else ANOTHER_TAKEN), world
    mailed = tuple(times + (i in body) for i, times in enumerate(world.mailed))
    return TAKEN, replace(world, mailed=mailed, known_keys=world.known_keys | {request})


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


def _answered(world: World, at: int, verdict: Verdict) -> World:
    worker = world.workers[at]
    return world.with_worker(at, replace(worker, stage="answered", verdict=verdict))
