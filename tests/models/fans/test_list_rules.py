"""A list stays right under every interleaving: counts, consent, fences, and nobody forgotten."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.fans import transitions
from shared.fans.model import Fan, Lock, Step
from tests.models.fans.explorer import Explorer, Rules


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(
            {"sign_up": 2, "handle": 2, "confirm": 1, "leave": 1, "crash": 1},
            id="somebody leaves and comes back, and a worker dies",
        ),
        pytest.param(
            {"sign_up": 2, "handle": 2, "confirm": 1, "erase": 1, "fold": 1},
            id="somebody is erased and comes back, while counts are folded",
        ),
        pytest.param(
            {"sign_up": 2, "handle": 1, "close": 1, "fold": 2, "crash": 1},
            id="the page closes under sign-ups and folds",
        ),
        pytest.param(
            {"sign_up": 1, "handle": 1, "confirm": 1, "leave": 1, "fold": 2, "crash": 1},
            id="two folds while a fan comes and goes",
        ),
        pytest.param(
            {"sign_up": 1, "handle": 2, "confirm": 2, "leave": 1, "erase": 1},
            id="both links of a mail, twice, and an erasure",
        ),
        pytest.param(
            {"sign_up": 2, "handle": 3, "slow": 2, "crash": 1},
            id="messages that arrive before the sign-up that sent them",
        ),
    ],
)
def test_every_interleaving_keeps_the_promises(story: dict[str, int]) -> None:
    explored = Explorer().explore(**story)
    assert explored.violations == []
    assert explored.states > 1_000


def _whatever_the_nonce(lock: Lock, fan: Fan | None, *, nonce: str, now: datetime) -> Step | None:
    """Confirm what waits, by the link of any mail."""
    del nonce
    return transitions.confirmed(lock, fan, nonce=lock.nonce or "", now=now)


def _reads_no_lock(lock: Lock, fan: Fan | None, *, nonce: str, now: datetime) -> Step | None:
    """Confirm who has a link, whatever has become of the sign-up."""
    waiting = replace(lock, nonce=nonce)
    return transitions.confirmed(waiting, fan, nonce=nonce, now=now)


COMES_BACK = {"sign_up": 2, "handle": 3, "confirm": 1, "erase": 1}


@pytest.mark.parametrize(
    ("wrong", "story", "broken"),
    [
        pytest.param(
            Rules(message_first=False),
            {"sign_up": 1, "crash": 1},
            "somebody waits for a mail of which no message tells",
            id="the message after the state",
        ),
        pytest.param(
            Rules(delta_in_the_transaction=False),
            {"sign_up": 1, "crash": 1},
            "the counters and their tail are no recount of the rows",
            id="the delta outside of the transaction",
        ),
        pytest.param(
            Rules(fold_by_etag=False),
            {"sign_up": 1, "leave": 1, "fold": 2},
            "the counters and their tail are no recount of the rows",
            id="a fold without the counters' ETag",
        ),
        pytest.param(
            Rules(fold_takes_deltas_along=False),
            {"sign_up": 1, "fold": 1},
            "the counters and their tail are no recount of the rows",
            id="a fold that deletes in a second step",
        ),
        pytest.param(
            Rules(asserts_open=False),
            {"sign_up": 1, "close": 1},
            "a closed page took a sign-up",
            id="a fence that is read instead of asserted",
        ),
        pytest.param(
            Rules(lock_by_etag=False),
            {"sign_up": 1, "leave": 1, "erase": 1},
            "the counters and their tail are no recount of the rows",
            id="a change without the lock's ETag",
        ),
        pytest.param(
            Rules(looks_again_for_the_sign_up=False),
            {"sign_up": 1, "handle": 1, "slow": 1},
            "somebody waits for a mail of which no message tells",
            id="an order that is dropped before its sign-up is written",
        ),
        pytest.param(
            Rules(drops_orders_of_before=False),
            COMES_BACK,
            "somebody is subscribed by the mail of another sign-up",
            id="an order redelivered after an erasure",
        ),
        pytest.param(
            Rules(confirmed=_whatever_the_nonce),
            COMES_BACK,
            "somebody is subscribed by the mail of another sign-up",
            id="a link that confirms whatever waits",
        ),
        pytest.param(
            Rules(confirmed=_reads_no_lock),
            {"sign_up": 2, "handle": 2, "confirm": 1, "leave": 1},
            "somebody is subscribed by the mail of another sign-up",
            id="a link that outlives its sign-up",
        ),
    ],
)
def test_a_wrong_rule_is_found_out(wrong: Rules, story: dict[str, int], broken: str) -> None:
    assert broken in Explorer(rules=wrong).explore(**story).violations
