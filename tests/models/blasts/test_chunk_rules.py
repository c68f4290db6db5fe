"""Nobody twice, nobody after leaving, and a true report: under every interleaving of one chunk."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from shared.blasts import answers, ledger
from shared.blasts.answers import Outcome
from shared.blasts.ledger import Chunk, Letter, Positions
from tests.models.blasts.explorer import Explorer, Rules

ROUTINE = {"crash": 1, "fault": 1, "leave": 1}


@pytest.mark.parametrize(
    "story",
    [
        {"fans": 2, "workers": 2, **ROUTINE, "stop": 1, "resume": 1},
        {"fans": 2, "workers": 2, "fault": 1, "leave": 1, "webhook": 1},
        {"fans": 2, "workers": 1, "crash": 1, "fault": 2, "leave": 1, "webhook": 1, "day": 1},
        {"fans": 3, "workers": 1, "crash": 1, "fault": 2, "leave": 2},
        {"fans": 2, "workers": 2, "fault": 1, "leave": 1, "day": 1, "stop": 1},
        {"fans": 3, "workers": 1, "bad": 1, "crash": 1, "fault": 1, "leave": 1},
        {"fans": 3, "workers": 1, "bad": 2, "fault": 1, "stop": 1, "resume": 1},
        {"fans": 2, "workers": 2, "bad": 1, "fault": 1, "leave": 1},
        {"fans": 2, "workers": 2, "crash": 1, "fault": 1, "erase": 1},
        {"fans": 2, "workers": 1, "fault": 2, "erase": 1, "webhook": 1, "day": 1},
        {"fans": 3, "workers": 1, "bad": 1, "crash": 1, "erase": 1},
    ],
    ids=lambda story: " ".join(f"{name}={count}" for name, count in story.items()),
)
def test_every_interleaving_keeps_the_promises(story: dict[str, int]) -> None:
    explored = Explorer().explore(**story)
    assert explored.violations == []
    assert explored.states > 500


def _replays_the_frozen_body(chunk: Chunk, allowed: Positions) -> Positions:
    if chunk.in_doubt:
        return chunk.doubt[-1].positions
    return ledger.to_be_asked(chunk, allowed)


def _only_the_first(chunk: Chunk, allowed: Positions) -> Positions:
    return frozenset(sorted(ledger.to_be_asked(chunk, allowed))[:1])


Applied = Callable[..., Chunk]


def _after(
    outcomes: set[Outcome], change: Callable[[Chunk, Chunk, ledger.Claim], Chunk]
) -> Applied:
    """Return the rules of answers with a wrong one for these outcomes."""

    def applied(
        chunk: Chunk, claim: ledger.Claim, verdict: answers.Verdict, *, now: datetime
    ) -> Chunk:
        right = answers.applied(chunk, claim, verdict, now=now)
        return change(chunk, right, claim) if verdict.outcome in outcomes else right

    return applied


def _new_key(chunk: Chunk, right: Chunk, _: ledger.Claim) -> Chunk:
    return replace(ledger.asked_again(right), doubt=(), generation=chunk.generation + 1)


def _uncertain_as_accepted(_: Chunk, right: Chunk, __: ledger.Claim) -> Chunk:
    return right.lettered(dict.fromkeys(right.those(Letter.UNCERTAIN), Letter.ACCEPTED))


def _never_recorded(chunk: Chunk, _: Chunk, __: ledger.Claim) -> Chunk:
    return chunk


def _all_become(letter: Letter) -> Callable[[Chunk, Chunk, ledger.Claim], Chunk]:
    return lambda _, right, claim: replace(
        right.lettered(dict.fromkeys(claim.listed, letter)), doubt=()
    )


def _the_second_half_left(chunk: Chunk, claim: ledger.Claim) -> tuple[Chunk, Chunk]:
    first, second = ledger.cut(chunk, claim)
    pending = second.those(Letter.PENDING)
    return first, second.lettered(dict.fromkeys(pending, Letter.UNSUBSCRIBED))


def _erases_who_is_asked(chunk: Chunk, hashes: list[bytes]) -> Chunk:
    asked = {i for i in chunk.those(Letter.ASKED) if chunk.id_at(i) in hashes}
    return ledger.without(chunk, hashes).lettered(dict.fromkeys(asked, Letter.ERASED))


ONE_WORKER = {"fans": 2, "workers": 1, "crash": 1, "fault": 2, "leave": 1, "day": 1}
ONE_FAULT = {"fans": 2, "workers": 1, "fault": 1}
STOPPED = {"fans": 1, "workers": 1, "stop": 1}
TWO_LEAVE = {"fans": 3, "workers": 1, "fault": 2, "leave": 2}
BAD_ADDRESS = {"fans": 3, "workers": 1, "bad": 1}
ERASED = {"fans": 2, "workers": 1, "fault": 1, "erase": 1}
NOTHING, ANOTHER = Outcome.NOTHING_DONE, Outcome.ANOTHER_TAKEN


@pytest.mark.parametrize(
    ("wrong", "story", "broken"),
    [
        pytest.param(*mutant, id=name)
        for name, mutant in {
            "frozen body": (
                Rules(to_be_asked=_replays_the_frozen_body),
                ONE_WORKER,
                "somebody was asked who had been seen to have left",
            ),
            "new key in doubt": (Rules(applied=_after({NOTHING}, _new_key)), ONE_WORKER, "mailed"),
            "doubt never given up": (Rules(gives_up_old_doubt=False), ONE_WORKER, "mailed 2 times"),
            "uncertain as accepted": (
                Rules(applied=_after({ANOTHER}, _uncertain_as_accepted)),
                TWO_LEAVE,
                "was not mailed",
            ),
            "a cancellation that is read before the claim": (
                Rules(asserts_go=False),
                STOPPED,
                "after the stop",
            ),
            "a 429 counts the list as left": (
                Rules(applied=_after({NOTHING}, _all_become(Letter.UNSUBSCRIBED))),
                ONE_FAULT,
                "did not leave",
            ),
            "nothing done makes uncertain": (
                Rules(applied=_after({NOTHING}, _all_become(Letter.UNCERTAIN))),
                ONE_WORKER,
                "uncertain after NOTHING_DONE",
            ),
            "only the first of a list is asked": (
                Rules(to_be_asked=_only_the_first),
                ONE_WORKER,
                "did not leave",
            ),
            "429 and 409 are never recorded": (
                Rules(applied=_after({NOTHING, ANOTHER}, _never_recorded)),
                ONE_WORKER,
                "",
            ),
            "429 is never recorded": (
                Rules(applied=_after({NOTHING}, _never_recorded)),
                ONE_WORKER,
                "every answer was recorded",
            ),
            "409 is never recorded": (
                Rules(applied=_after({ANOTHER}, _never_recorded)),
                ONE_WORKER,
                "nobody ever settles",
            ),
            "a cut leaves the second half out": (
                Rules(cut=_the_second_half_left),
                BAD_ADDRESS,
                "did not leave",
            ),
            "an erasure takes who is asked": (
                Rules(without=_erases_who_is_asked),
                ERASED,
                "has the letter e",
            ),
        }.items()
    ],
)
def test_a_wrong_rule_is_found_out(wrong: Rules, story: dict[str, int], broken: str) -> None:
    violations = Explorer(rules=wrong).explore(**story).violations
    assert violations
    assert broken in violations[0]
