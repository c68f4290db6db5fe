"""Nobody twice, nobody after leaving, and a true report: under every interleaving of one chunk."""

from dataclasses import replace

import pytest

from shared.blasts import answers, ledger
from shared.blasts.answers import Outcome
from shared.blasts.ledger import Chunk, Letter, Positions
from tests.models.blasts.explorer import Explorer, Rules

ROUTINE = {"crash": 1, "fault": 1, "leave": 1}


@pytest.mark.parametrize(
    ("fans", "workers", "budget"),
    [
        (2, 2, {**ROUTINE, "stop": 1, "resume": 1}),
        (2, 2, {"fault": 1, "leave": 1, "webhook": 1}),
        (2, 1, {"crash": 1, "fault": 2, "leave": 1, "webhook": 1, "day": 1}),
        (3, 1, {"crash": 1, "fault": 2, "leave": 2}),
        (2, 2, {"fault": 1, "leave": 1, "day": 1, "stop": 1}),
    ],
)
def test_every_interleaving_keeps_the_promises(
    fans: int, workers: int, budget: dict[str, int]
) -> None:
    explored = Explorer().explore(fans=fans, workers=workers, **budget)
    assert explored.violations == []
    assert explored.states > 500


def _replays_the_frozen_body(chunk: Chunk, allowed: Positions) -> Positions:
    if chunk.in_doubt:
        return chunk.doubt[-1].positions
    return ledger.to_be_asked(chunk, allowed)


def _new_key_in_doubt(
    chunk: Chunk, claim: ledger.Claim, verdict: answers.Verdict, **rest: object
) -> Chunk:
    after = answers.applied(chunk, claim, verdict, **rest)  # type: ignore[arg-type]  # `rest` is `now`.
    if verdict.outcome is Outcome.NOTHING_DONE:
        return replace(ledger.asked_again(after), doubt=(), generation=chunk.generation + 1)
    return after


def _takes_the_uncertain_for_accepted(
    chunk: Chunk, claim: ledger.Claim, verdict: answers.Verdict, **rest: object
) -> Chunk:
    after = answers.applied(chunk, claim, verdict, **rest)  # type: ignore[arg-type]  # `rest` is `now`.
    if verdict.outcome is Outcome.ANOTHER_TAKEN:
        everybody = dict.fromkeys(after.those(Letter.UNCERTAIN), Letter.ACCEPTED)
        return after.lettered(everybody)
    return after


ONE_WORKER = {"fans": 2, "workers": 1, "crash": 1, "fault": 2, "leave": 1, "day": 1}
TWO_LEAVE = {"fans": 3, "workers": 1, "fault": 2, "leave": 2}


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        (Rules(to_be_asked=_replays_the_frozen_body), ONE_WORKER),
        (Rules(applied=_new_key_in_doubt), ONE_WORKER),
        (Rules(gives_up_old_doubt=False), ONE_WORKER),
        (Rules(applied=_takes_the_uncertain_for_accepted), TWO_LEAVE),
    ],
    ids=["frozen body", "new key in doubt", "doubt never given up", "uncertain as accepted"],
)
def test_a_wrong_rule_is_found_out(wrong: Rules, setting: dict[str, int]) -> None:
    assert Explorer(rules=wrong).explore(**setting).violations
