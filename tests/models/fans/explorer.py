"""A model of one fan in one shard of a list: two workers, crashes, and whatever comes in between.

Everything that can happen next is tried, from every state that is reached. The rules are those of
the product (`shared.fans.transitions`, `Step.changes`); what is modelled is the storage under them:
a transaction that happens whole or not at all, a row that is written by its version, a message that
comes at least once. Each act is written as the steps in which it touches storage, in their order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from shared.fans import transitions
from shared.fans.model import Fan, FanStatus, How, Lock, SignUp, Step
from tests.models.fans.shard import (
    HASHED,
    IDLE,
    Worker,
    World,
    sent,
    sign_up_of,
    summed,
    without,
)

TRIES = 2  # Of a sign-up whose lock moved; the product gives it three.


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of docs/SENDING.md; a test puts a wrong one in the place of a right one."""

    message_first: bool = True
    delta_in_the_transaction: bool = True
    fold_by_etag: bool = True
    fold_takes_deltas_along: bool = True
    lock_by_etag: bool = True
    asserts_open: bool = True
    looks_again_for_the_sign_up: bool = True
    drops_orders_of_before: bool = True
    confirmed: Callable[..., Step | None] = transitions.confirmed
    renewed: Callable[[Lock, SignUp], Lock] = transitions.renewed


@dataclass(slots=True)
class Explorer:
    """Tries everything, and keeps what broke a promise."""

    rules: Rules = field(default_factory=Rules)
    violations: list[str] = field(default_factory=list)
    states: int = 0

    def explore(self, *, workers: int = 2, **budget: int) -> "Explorer":
        """Visit every state; stop at the first broken promise."""
        first = World(workers=(IDLE,) * workers, budget=tuple(sorted(budget.items())))
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
        """Say which promise a state breaks. Every state is looked at, also between two steps."""
        there = {world.fan.status: 1} if world.fan else {}
        if summed(world.counts, *(told for _, told in world.deltas)) != there:
            self.violations.append("the counters and their tail are no recount of the rows")
        lock, fan = world.lock, world.fan
        listed = lock.status if lock and lock.status is not FanStatus.ERASED else None
        if listed is not (fan.status if fan else None):
            self.violations.append("the lock and the fan say different things")
        if lock and lock.awaits_confirmation and lock.nonce is None and not world.orders:
            self.violations.append("somebody waits for a mail of which no message tells")

    def steps(self, world: World) -> Iterator[World]:
        for at, worker in enumerate(world.workers):
            if worker == IDLE:
                yield from self._begun(world, at)
                continue
            yield from getattr(self, f"_{worker.act}")(world, at, worker)
            if world.has("crash"):
                yield world.spend("crash").with_worker(at, IDLE)

    def _begun(self, world: World, at: int) -> Iterator[World]:
        if IDLE in world.workers[:at]:
            return  # Which of two idle workers begins makes no difference.
        for act in ("sign_up", "leave", "erase", "fold", "close"):
            if world.has(act):
                begun = world.spend(act)
                yield begun.with_worker(at, Worker(act, "reads", asked_at=begun.now))
        for nonce, asked_at in sorted(world.orders):
            # Visible after three seconds: the sign-up is over by then, or it is a slow one.
            is_early = any(sent(each, nonce) for each in world.workers)
            if world.has("handle") and (not is_early or world.has("slow")):
                handling = Worker("handle", "reads", nonce, asked_at)
                taken = world.spend("slow") if is_early else world
                yield taken.spend("handle").with_worker(at, handling)
        for nonce in world.mails:
            if world.has("confirm"):
                yield world.spend("confirm").with_worker(at, Worker("confirm", "reads", nonce))

    # A sign-up: read the lock, send the message, one transaction.

    def _sign_up(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        match worker.stage:
            case "reads":
                read = replace(
                    worker, lock=world.lock, version=world.version, was_open=world.is_open
                )
                asks = self.rules.message_first and not worker.nonce
                yield world.with_worker(at, replace(read, stage="asks" if asks else "writes"))
            case "asks":
                yield self._ordered(world, at, replace(worker, stage="writes"))
            case "writes":
                yield self._signed_up(world, at, worker)
            case "counts":
                counted = replace(world, deltas=(*world.deltas, worker.deltas[0]))
                yield counted.with_worker(at, IDLE)
            case "asks late":
                yield self._ordered(world, at, IDLE)

    def _ordered(self, world: World, at: int, after: Worker) -> World:
        began_at = world.workers[at].asked_at
        nonce = f"n{began_at:%S}"
        asked = after if after == IDLE else replace(after, nonce=nonce)
        return replace(world, orders=world.orders | {(nonce, began_at)}).with_worker(at, asked)

    def _signed_up(self, world: World, at: int, worker: Worker) -> World:
        closed = not world.is_open if self.rules.asserts_open else not worker.was_open
        if closed:
            return world.with_worker(at, IDLE)
        wish, lock = sign_up_of(worker), worker.lock
        after = replace(worker, stage="asks late") if not self.rules.message_first else IDLE
        if lock is None:
            if world.lock is not None:
                return self._again(world, at, worker)
            fresh, fan = transitions.first_sign_up(HASHED, wish)
            return self._wrote(
                world, at, Step(before=fresh, lock=fresh, was=None, fan=fan), then=after
            )
        if lock.status not in {FanStatus.UNSUBSCRIBED, FanStatus.ERASED}:
            touched = world.lock is not None and world.lock.data_key is not None
            return world.with_worker(at, after) if touched else self._again(world, at, worker)
        if world.version != worker.version:
            return self._again(world, at, worker)
        self._must_be_open(world)
        renewed = self.rules.renewed(lock, wish)
        return world.written(renewed, world.fan).with_worker(at, after)

    def _again(self, world: World, at: int, worker: Worker) -> World:
        if worker.tries == TRIES:
            return world.with_worker(at, IDLE)
        return world.with_worker(at, replace(worker, stage="reads", tries=worker.tries + 1))

    def _must_be_open(self, world: World) -> None:
        if not world.is_open:
            self.violations.append("a closed page took a sign-up")

    def _wrote(self, world: World, at: int, step: Step, *, then: Worker = IDLE) -> World:
        """Make a step true: its rows and its delta in one transaction."""
        if step.was is None and step.fan is not None and not step.fan.confirmed_at:
            self._must_be_open(world)
        told = tuple((change.status, change.by) for change in step.changes)
        if self.rules.delta_in_the_transaction or not told:
            return world.written(step.lock, step.fan, told).with_worker(at, then)
        late = Worker("sign_up", "counts", deltas=((world.version + 1, told),))
        return world.written(step.lock, step.fan).with_worker(at, late)

    # The message's handler: look, claim the mail under the lock's version, mail, be done.

    def _handle(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        match worker.stage:
            case "reads":
                yield self._looked(world, at, worker)
            case "claims":
                assert worker.lock is not None
                if not self._is_fresh(world, worker):
                    yield world.with_worker(at, replace(worker, stage="reads"))
                    return
                held = transitions.claimed(worker.lock, nonce=worker.nonce, now=world.now)
                mailing = replace(worker, stage="mails")
                yield world.written(held, world.fan).with_worker(at, mailing)
            case "mails":
                yield self._mailed(world, at, worker)

    def _looked(self, world: World, at: int, worker: Worker) -> World:
        lock = world.lock
        if lock is None or not lock.awaits_confirmation:
            # Put back for two minutes: longer than the sign-up that sent it can still run.
            sender_runs = any(sent(each, worker.nonce) for each in world.workers)
            if sender_runs and self.rules.looks_again_for_the_sign_up:
                return world.with_worker(at, IDLE)
            return self._done(world, at, worker)
        is_old = lock.again is not None and worker.asked_at < lock.again.at
        if is_old and self.rules.drops_orders_of_before:
            return self._done(world, at, worker)
        if lock.nonce == worker.nonce:
            return world.with_worker(at, replace(worker, stage="mails"))
        if lock.nonce is not None:
            return self._done(world, at, worker)  # Asked today, by another order.
        read = replace(worker, stage="claims", lock=lock, version=world.version)
        return world.with_worker(at, read)

    def _mailed(self, world: World, at: int, worker: Worker) -> World:
        mails = world.mails if worker.nonce in world.mails else (*world.mails, worker.nonce)
        held = world.lock is not None and world.lock.nonce == worker.nonce
        consents = world.consents | {worker.nonce} if held else world.consents
        return self._done(replace(world, mails=mails, consents=consents), at, worker)

    def _done(self, world: World, at: int, worker: Worker) -> World:
        done = replace(world, orders=world.orders - {(worker.nonce, worker.asked_at)})
        return done.with_worker(at, IDLE)

    # A change by the fan: read lock and fan, judge, write under the lock's version.

    def _confirm(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        def judge(lock: Lock, fan: Fan | None) -> Step | None:
            return self.rules.confirmed(lock, fan, nonce=worker.nonce, now=world.now)

        for after in self._changed(world, at, worker, judge):
            joined = after.fan is not None and after.fan.status is FanStatus.SUBSCRIBED
            if joined and after.fan != world.fan and worker.nonce not in world.consents:
                self.violations.append("somebody is subscribed by the mail of another sign-up")
            yield after

    def _leave(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        def judge(lock: Lock, fan: Fan | None) -> Step | None:
            return transitions.left(lock, fan, how=How.LINK, now=world.now)

        yield from self._ended(self._changed(world, at, worker, judge), world)

    def _erase(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        yield from self._ended(self._changed(world, at, worker, transitions.erased), world)

    def _ended(self, afters: Iterator[World], before: World) -> Iterator[World]:
        for after in afters:
            ends = after.version != before.version
            yield replace(after, consents=frozenset()) if ends else after

    def _changed(
        self, world: World, at: int, worker: Worker, judge: Callable[..., Step | None]
    ) -> Iterator[World]:
        if worker.stage == "reads":
            read = replace(worker, lock=world.lock, fan=world.fan, version=world.version)
            yield world.with_worker(at, replace(read, stage="writes"))
            return
        step = judge(worker.lock, worker.fan) if worker.lock else None
        if step is None:
            yield world.with_worker(at, IDLE)
        elif not self._is_fresh(world, worker):
            yield world.with_worker(at, replace(worker, stage="reads", lock=None, fan=None))
        else:
            yield self._wrote(world, at, step)

    def _is_fresh(self, world: World, worker: Worker) -> bool:
        return world.version == worker.version or not self.rules.lock_by_etag

    # A fold: read deltas, read the counters, one transaction by the counters' ETag.

    def _fold(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        match worker.stage:
            case "reads":
                # One at once here, ninety-seven there: any of them, since keys are random.
                for delta in world.deltas:
                    read = replace(worker, stage="looks", deltas=(delta,))
                    yield world.with_worker(at, read)
                if not world.deltas:
                    yield world.with_worker(at, IDLE)
            case "looks":
                looked = replace(worker, stage="adds", counts=world.counts, version=world.fold)
                yield world.with_worker(at, looked)
            case "adds":
                yield self._folded(world, at, worker)
            case "deletes":
                yield without(world, worker.deltas).with_worker(at, IDLE)

    def _folded(self, world: World, at: int, worker: Worker) -> World:
        is_stale = world.fold != worker.version and self.rules.fold_by_etag
        if is_stale or not set(worker.deltas) <= set(world.deltas):
            return world.with_worker(at, IDLE)
        told = (told for _, told in worker.deltas)
        counts = tuple(sorted(summed(worker.counts, *told).items()))
        added = replace(world, counts=counts, fold=world.fold + 1)
        if not self.rules.fold_takes_deltas_along:
            return added.with_worker(at, replace(worker, stage="deletes"))
        return without(added, worker.deltas).with_worker(at, IDLE)

    # The account closes: one transaction, after which no sign-up may come in.

    def _close(self, world: World, at: int, worker: Worker) -> Iterator[World]:
        del worker
        yield replace(world, is_open=False).with_worker(at, IDLE)
