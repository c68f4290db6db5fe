"""A model of one chunk: two workers, the provider, fans who leave, stop, webhook and a day.

Everything that can happen next is tried, from every state that is reached. The rules are those of
the product (`shared.blasts.ledger`, `shared.blasts.answers`); what is modelled here is only the
world around them: rows that are written by their versions, a provider that keeps a key for a day,
refuses another body under it and a list with a bad address whole, requests that arrive late,
answers that are lost.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace

from shared.blasts import answers, ledger
from shared.blasts.answers import NO_ANSWER, Outcome, Verdict
from shared.blasts.ledger import Chunk, Claim, Fate, Letter, Positions
from tests.models.blasts.world import (
    A_DAY_LATER,
    RATE_LIMITED,
    START,
    Worker,
    World,
    arrival,
    chunk_of,
    laws_broken_in,
)

STEPS_TO_THE_END = 60  # Of one worker without faults; three fans need far fewer.


@dataclass(frozen=True, slots=True)
class Rules:
    """The product's rules; a test puts a wrong one in the place of a right one."""

    to_be_asked: Callable[[Chunk, Positions], Positions] = ledger.to_be_asked
    applied: Callable[..., Chunk] = answers.applied
    cut: Callable[[Chunk, Claim], tuple[Chunk, Chunk]] = ledger.cut
    without: Callable[..., Chunk] = ledger.without
    asserts_go: bool = True
    gives_up_old_doubt: bool = True


@dataclass(slots=True)
class Explorer:
    """Tries everything, and keeps what broke a promise."""

    rules: Rules = field(default_factory=Rules)
    violations: list[str] = field(default_factory=list)
    states: int = 0
    _come_to_an_end: set[Hashable] = field(default_factory=set)

    def explore(self, *, fans: int, workers: int, bad: int = 0, **budget: int) -> "Explorer":
        """Visit every state; stop at the first broken promise. The last fans' addresses are bad."""
        first = World(
            chunks=(chunk_of(fans),),
            workers=(Worker(),) * workers,
            mailed=(0,) * fans,
            bad=frozenset(range(fans - bad, fans)),
            budget=tuple(sorted(budget.items())),
        )
        seen, waiting = {first}, [first]
        while waiting and not self.violations:
            world = waiting.pop()
            self.states += 1
            self.violations.extend(laws_broken_in(world))
            self._must_end(world)
            for after in self.steps(world):
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
        return self

    def steps(self, world: World) -> Iterator[World]:
        for at, worker in enumerate(world.workers):
            yield from self._steps_of(world, at, worker)
            if worker.stage != "idle" and world.has("crash"):
                yield world.spend("crash").forgotten(at)
        yield from self._others(world)

    def _must_end(self, world: World) -> None:
        """Nobody is lost: while the blast may send, a worker that nothing disturbs comes to an end.

        All that ran has died; so this also holds whatever the others had in their hands.
        """
        if not world.go or world.settled_by in self._come_to_an_end:
            return
        self._come_to_an_end.add(world.settled_by)
        calm, steps = world.calm(), 0
        while (after := next(self._steps_of(calm, 0, calm.workers[0]), None)) is not None:
            steps += 1
            if steps > STEPS_TO_THE_END:
                self.violations.append(f"nobody ever settles {calm.letters}")
                return
            calm = replace(after, unknown=calm.unknown)

    def _steps_of(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        match worker.stage:
            case "idle":
                for chunk in world.chunks:
                    if chunk.is_open:
                        reading = Worker(stage="read", chunk=chunk, saw_go=world.go)
                        yield world.with_worker(at, reading)
            case "read":
                yield self._look(world, at, worker)
            case "looked":
                yield self._claim(world, at, worker)
            case "claimed":
                yield from self._call(world, at, worker)
            case "answered":
                yield self._record(world, at, worker)

    def _look(self, world: World, at: int, worker: Worker) -> World:
        assert worker.chunk is not None
        chunk = worker.chunk
        everybody = frozenset(range(len(chunk.letters)))
        looked = replace(
            worker,
            stage="looked",
            allowed=everybody - world.places(chunk, world.left),
            erased=world.places(chunk, world.erased),
        )
        return world.with_worker(at, looked)

    def _claim(self, world: World, at: int, worker: Worker) -> World:
        chunk, done = worker.chunk, world.with_worker(at, Worker())
        assert chunk is not None
        if self.rules.gives_up_old_doubt and chunk.doubt_is_old(world.now):
            return self._write(done, ledger.doubt_given_up(chunk)) if worker.is_fresh else done
        listed = self.rules.to_be_asked(chunk, worker.allowed)
        claiming = replace(worker, listed=listed, appended=ledger.appends(chunk, listed))
        claim = claiming.claim(f"w{at}")
        if not listed:
            closed = ledger.closed_without_call(chunk, claim.reasons)
            return self._write(done, closed) if worker.is_fresh else done
        if not worker.is_fresh or not (world.go if self.rules.asserts_go else worker.saw_go):
            return done
        if not world.go:
            self.violations.append("somebody was claimed after the stop")
        held = ledger.claimed(chunk, claim, now=world.now)
        running = replace(claiming, stage="claimed", chunk=held)
        return world.with_worker(at, running).written(held, by=at)

    def _call(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        chunk = worker.chunk
        assert chunk is not None
        if not worker.listed <= worker.allowed:
            self.violations.append("somebody was asked who had been seen to have left")
        request = ((chunk.number, chunk.generation), world.fans(chunk, worker.listed))
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
        name = f"w{at}"
        assert worker.verdict is not None
        assert worker.chunk is not None
        current = worker.chunk if worker.is_fresh else world.row(worker.chunk.number)
        outcome = worker.verdict.outcome
        if outcome is Outcome.UNKNOWN or current.token != name:
            return world.forgotten(at)
        claim, done = worker.claim(name), world.with_worker(at, Worker())
        after = self.rules.applied(current, claim, worker.verdict, now=world.now)
        if outcome is Outcome.REFUSED_WHOLE and len(claim.listed) > 1 and world.go:
            return self._write(done, *self.rules.cut(after, claim))
        if outcome is not Outcome.ANOTHER_TAKEN:
            self._nobody_uncertain_since(current, after, outcome)
        return self._write(done, after)

    def _nobody_uncertain_since(self, before: Chunk, after: Chunk, outcome: Outcome) -> None:
        if after.those(Letter.UNCERTAIN) - before.those(Letter.UNCERTAIN):
            self.violations.append(f"somebody is uncertain after {outcome.name}")

    def _write(self, world: World, *rows: Chunk) -> World:
        """Write rows in the place of the first; nobody becomes uncertain whose fate was known."""
        after = world.written(*rows)
        asked = world.unknown.union(*(world.asked_by(each) for each in world.workers))
        for fan, (was, letter) in enumerate(zip(world.letters, after.letters, strict=True)):
            if letter == Letter.UNCERTAIN != was and fan not in asked:
                self.violations.append(f"{fan} is uncertain, and every answer was recorded")
        return after

    def _others(self, world: World) -> Iterator[World]:
        """Yield what fans, the artist, the provider and time may do."""
        for request in world.under_way:
            _, arrived = arrival(world, request)
            yield replace(arrived, under_way=world.under_way - {request})
        yield from self._somebody_goes(world)
        if world.has("webhook"):
            for fan, times in enumerate(world.mailed):
                if times:
                    yield self._heard_of(world.spend("webhook"), fan)
        yield from self._stop_or_resume(world)
        yield from self._a_day(world)

    def _somebody_goes(self, world: World) -> Iterator[World]:
        """Let a fan leave, or be erased: first from the list, then from the ledger."""
        for fan in sorted(set(range(len(world.mailed))) - world.erased):
            gone = world.left | {fan}
            if world.has("leave") and fan not in world.left:
                yield world.spend("leave", left=gone)
            if world.has("erase"):
                erased, to_go = world.erased | {fan}, world.in_ledger | {fan}
                yield world.spend("erase", left=gone, erased=erased, in_ledger=to_go)
        for fan in world.in_ledger:
            chunk, position = _row_of(world, fan)
            emptied = self.rules.without(chunk, [chunk.id_at(position)])
            yield self._write(replace(world, in_ledger=world.in_ledger - {fan}), emptied)

    def _heard_of(self, world: World, fan: int) -> World:
        chunk, position = _row_of(world, fan)
        return self._write(world, ledger.proved(chunk, position, Fate.DELIVERED))

    def _stop_or_resume(self, world: World) -> Iterator[World]:
        if world.go and world.has("stop"):
            yield world.spend("stop", go=False)
        if not world.go and world.has("resume"):
            again = world.spend("resume")
            for chunk in world.chunks:
                again = self._write(again, ledger.resumed(chunk))
            yield replace(again, go=True)

    def _a_day(self, world: World) -> Iterator[World]:
        """Let a day pass: no call lasts so long, and the provider forgets its keys."""
        at_rest = all(each.stage in {"idle", "answered"} for each in world.workers)
        if world.now == START and at_rest and not world.under_way and world.has("day"):
            yield world.spend("day", now=A_DAY_LATER, known_keys=frozenset())
        for chunk in world.chunks:
            if chunk.doubt_is_old(world.now) and self.rules.gives_up_old_doubt:
                yield self._write(world, ledger.doubt_given_up(chunk))


def _row_of(world: World, fan: int) -> tuple[Chunk, int]:
    """Return the row in which a fan is, and the place in it."""
    for chunk in world.chunks:
        position = fan - world.offset(chunk.number)
        if position < len(chunk.letters):
            return chunk, position
    raise LookupError(fan)


def _answered(world: World, at: int, verdict: Verdict) -> World:
    worker = world.workers[at]
    return world.with_worker(at, replace(worker, stage="answered", verdict=verdict))
