"""One fan in one shard of a list, as a model: versioned rows, messages, and who works on them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.fans.model import Fan, FanStatus, Lock, Place, SignUp, SignUpDoor

START = datetime(2026, 12, 1, 12, tzinfo=UTC)
HASHED = "4" + "a" * 31
SIGN_UPS_AT_MOST = 9

Order = tuple[str, datetime]  # A message: the nonce of the mail that it asks for, and since when.
Told = tuple[tuple[FanStatus, int], ...]  # What is added to which status.
Delta = tuple[int, Told]  # A row beside the fan's: its key, and what it tells the counters.


@dataclass(frozen=True, slots=True)
class Worker:
    """One run of some function, and what it has read so far."""

    act: str = ""
    stage: str = ""
    nonce: str = ""
    asked_at: datetime = START
    lock: Lock | None = None
    fan: Fan | None = None
    version: int = 0  # Of the lock, or of the counters, as read.
    deltas: tuple[Delta, ...] = ()
    counts: Told = ()
    was_open: bool = True
    tries: int = 0


IDLE = Worker()


@dataclass(frozen=True, slots=True)
class World:
    """The rows of the shard, the messages, and what has been promised to whom."""

    workers: tuple[Worker, ...]
    is_open: bool = True
    lock: Lock | None = None
    fan: Fan | None = None
    version: int = 0
    deltas: tuple[Delta, ...] = ()
    counts: Told = ()
    fold: int = 0
    orders: frozenset[Order] = frozenset()
    mails: tuple[str, ...] = ()
    consents: frozenset[str] = frozenset()  # Nonces of mails about what nobody has ended since.
    budget: tuple[tuple[str, int], ...] = ()

    @property
    def now(self) -> datetime:
        """Time goes by the mails, two days each (the cap of a day is another test's), and by what
        has begun: no two sign-ups are at the same second.
        """
        begun = SIGN_UPS_AT_MOST - dict(self.budget).get("sign_up", 0)
        return START + timedelta(days=2 * len(self.mails), seconds=begun)

    def with_worker(self, at: int, worker: Worker) -> "World":
        return replace(self, workers=(*self.workers[:at], worker, *self.workers[at + 1 :]))

    def has(self, what: str) -> bool:
        return dict(self.budget).get(what, 0) > 0

    def spend(self, what: str) -> "World":
        left = dict(self.budget)
        left[what] -= 1
        return replace(self, budget=tuple(sorted(left.items())))

    def written(self, lock: Lock | None, fan: Fan | None, told: Told = ()) -> "World":
        """Return the world after a transaction on the fan, with what it tells the counters."""
        after = replace(self, lock=lock, fan=fan, version=self.version + 1)
        return replace(after, deltas=(*self.deltas, (after.version, told))) if told else after


def without(world: World, deltas: tuple[Delta, ...]) -> World:
    """Return the world without these deltas."""
    return replace(world, deltas=tuple(each for each in world.deltas if each not in deltas))


def sent(worker: Worker, nonce: str) -> bool:
    """Tell whether this run is the sign-up that sent an order."""
    return worker.act == "sign_up" and worker.nonce == nonce


def summed(*told: Told) -> dict[FanStatus, int]:
    """Return what counters and deltas come to, without what is zero."""
    total: dict[FanStatus, int] = {}
    for each in told:
        for status, by in each:
            total[status] = total.get(status, 0) + by
    return {status: count for status, count in total.items() if count}


def sign_up_of(worker: Worker) -> SignUp:
    """Return what a visitor gave, at the moment when the call began."""
    return SignUp(
        email="ada@example.com",
        mail_to=None,
        mailbox="b" * 32,
        place=Place("DE", "Berlin", "Berlin"),
        page_slug="ada",
        source=None,
        release_id=None,
        notice_version="v1",
        at=worker.asked_at,
        door=SignUpDoor.FORM,
    )
