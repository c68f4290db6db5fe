"""Why the stores write as they do: three small worlds, each with its wrong rule.

The walk writes ledger rows and cursor in one transaction; whoever writes asserts a fence in the
write itself; a fold deletes what it counts. Every interleaving is tried, and each wrong rule fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import pytest

World = TypeVar("World")
FANS = ("a", "b", "c")
IN_A_CHUNK = 2


def explored(
    first: World, steps: Callable[[World], Iterator[World]], judge: Callable[[World], str | None]
) -> set[str]:
    """Return what is wrong in any world that can be reached."""
    seen, waiting, wrong = {first}, [first], set()
    while waiting:
        world = waiting.pop()
        if found := judge(world):
            wrong.add(found)
        for after in steps(world):
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return wrong


# The walk: two deliveries of one step, a fan who is erased, a worker that dies.


@dataclass(frozen=True, slots=True)
class Walk:
    fans: tuple[str, ...] = FANS
    chunks: tuple[tuple[str, ...], ...] = ()
    cursor: tuple[int, str] = (0, "")  # How many chunks, and the last fan taken.
    asked: tuple[str, ...] = ()
    walkers: tuple["Walker", ...] = ()
    erasures: int = 1

    def put(self, at: int, walker: "Walker") -> "Walk":
        return replace(self, walkers=(*self.walkers[:at], walker, *self.walkers[at + 1 :]))


@dataclass(frozen=True, slots=True)
class Walker:
    cursor: tuple[int, str] | None = None  # As it was read.
    found: tuple[str, ...] | None = None
    has_rows: bool = False


def walk_steps(world: Walk, *, together: bool) -> Iterator[Walk]:
    for at, walker in enumerate(world.walkers):
        yield from _walker_steps(world, at, walker, together=together)
    for chunk in world.chunks:
        if not set(chunk) & set(world.asked):
            yield replace(world, asked=(*world.asked, *chunk))
    for fan in world.fans if world.erasures else ():
        left = tuple(each for each in world.fans if each != fan)
        yield replace(world, fans=left, erasures=0)


def _walker_steps(world: Walk, at: int, walker: Walker, *, together: bool) -> Iterator[Walk]:
    idle = world.put(at, Walker())  # Done, or dead.
    if walker.cursor is None:
        yield world.put(at, Walker(cursor=world.cursor))
        return
    yield idle
    holds = world.cursor == walker.cursor
    if walker.found is None:
        ahead = tuple(fan for fan in world.fans if fan > walker.cursor[1])[:IN_A_CHUNK]
        yield world.put(at, replace(walker, found=ahead)) if ahead else idle
    elif together:
        yield _with_rows(idle, walker, cursor=True) if holds else idle
    elif not walker.has_rows:
        yield _with_rows(world.put(at, replace(walker, has_rows=True)), walker, cursor=False)
    else:
        yield replace(idle, cursor=_moved(walker)) if holds else idle


def _moved(walker: Walker) -> tuple[int, str]:
    assert walker.cursor
    assert walker.found
    return walker.cursor[0] + 1, walker.found[-1]


def _with_rows(world: Walk, walker: Walker, *, cursor: bool) -> Walk:
    assert walker.cursor is not None
    assert walker.found is not None
    chunks = (
        *world.chunks[: walker.cursor[0]],
        walker.found,
        *world.chunks[walker.cursor[0] + 1 :],
    )
    return replace(world, chunks=chunks, cursor=_moved(walker) if cursor else world.cursor)


def walk_judge(world: Walk) -> str | None:
    chosen = [fan for chunk in world.chunks for fan in chunk]
    if len(chosen) != len(set(chosen)):
        return "somebody was chosen twice"
    if set(world.asked) - set(chosen):
        return "somebody was asked and is in no chunk"
    return None


# A fence: a writer of a fan, and a purge that takes the fence and then what it finds.


@dataclass(frozen=True, slots=True)
class Fenced:
    stands: bool = True
    rows: int = 0
    writer: str = "idle"  # idle, saw the fence, done
    purge: str = "idle"  # idle, fence taken, done


def fence_steps(world: Fenced, *, asserted: bool) -> Iterator[Fenced]:
    if world.writer == "idle":
        yield replace(world, writer="saw" if world.stands else "done")
    elif world.writer == "saw":
        writes = world.stands if asserted else True
        yield replace(world, writer="done", rows=world.rows + writes)
    if world.purge == "idle":
        yield replace(world, purge="fence taken", stands=False)
    elif world.purge == "fence taken":
        yield replace(world, purge="done", rows=0)


def fence_judge(world: Fenced) -> str | None:
    return "a row outlives the purge" if world.purge == "done" and world.rows else None


# A fold: two changes, each stamped by its writer's clock before it is written.


@dataclass(frozen=True, slots=True)
class Counted:
    begun: int = 0  # Changes that a writer has stamped, each later than the one before.
    under_way: frozenset[int] = frozenset()
    deltas: frozenset[int] = frozenset()
    total: int = 0
    mark: int = -1  # Up to here everything has been counted, says the rule by clock.


def fold_steps(world: Counted, *, by_clock: bool) -> Iterator[Counted]:
    if world.begun < 2:
        under_way = world.under_way | {world.begun}
        yield replace(world, begun=world.begun + 1, under_way=under_way)
    for stamp in world.under_way:
        written = world.deltas | {stamp}
        yield replace(world, under_way=world.under_way - {stamp}, deltas=written)
    fresh = frozenset(stamp for stamp in world.deltas if stamp > world.mark)
    if fresh and by_clock:
        yield replace(world, total=world.total + len(fresh), mark=max(fresh))
    elif fresh:
        yield replace(world, total=world.total + len(fresh), deltas=frozenset())


def fold_judge(world: Counted) -> str | None:
    to_come = [stamp for stamp in world.deltas if stamp > world.mark]
    known = world.total + len(to_come) + len(world.under_way)
    return None if known == world.begun else "a change is never counted"


def test_the_walk_chooses_everybody_once() -> None:
    first = Walk(walkers=(Walker(), Walker()))
    assert not explored(first, lambda world: walk_steps(world, together=True), walk_judge)


def test_what_a_fence_guards_does_not_outlive_the_purge() -> None:
    assert not explored(Fenced(), lambda world: fence_steps(world, asserted=True), fence_judge)


def test_a_fold_counts_every_change() -> None:
    assert not explored(Counted(), lambda world: fold_steps(world, by_clock=False), fold_judge)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(
            lambda: explored(
                Walk(walkers=(Walker(), Walker())),
                lambda world: walk_steps(world, together=False),
                walk_judge,
            ),
            id="ledger rows and then a cursor",
        ),
        pytest.param(
            lambda: explored(
                Fenced(), lambda world: fence_steps(world, asserted=False), fence_judge
            ),
            id="a fence that is read",
        ),
        pytest.param(
            lambda: explored(Counted(), lambda world: fold_steps(world, by_clock=True), fold_judge),
            id="a watermark by clock",
        ),
    ],
)
def test_a_wrong_rule_is_found_out(found: Callable[[], set[str]]) -> None:
    assert found()
