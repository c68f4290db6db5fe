"""Answers that tell too little: asked again under the same key, and nobody gets it twice."""

from collections.abc import Iterator

import pytest

from shared.blasts import answers
from shared.blasts.answers import Outcome
from shared.blasts.model import BlastState
from shared.platform.clients.resend import Sending
from shared.platform.storage.account import StorageAccount
from tests.models.blasts.acting import send
from tests.models.blasts.studio import new_studio
from tests.standins.process import StandIns


@pytest.fixture
def faulty(provider: StandIns) -> Iterator[StandIns]:
    yield provider
    provider.control("DELETE", "/faults")


@pytest.mark.parametrize(
    "sending",
    [
        Sending(status=409),
        Sending(status=409, name="validation_error"),
        Sending(status=408),
        Sending(status=408, name="request_timeout"),
    ],
)
def test_neither_tells_what_became_of_the_list(sending: Sending) -> None:
    assert answers.judged(sending, frozenset({0})).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_gate_that_refuses_a_repeated_call_does_not_know_either(status: int) -> None:
    gate, listed = Sending(status=status), frozenset({0})
    assert answers.judged(gate, listed, asked_before=True).outcome is Outcome.UNKNOWN
    assert answers.judged(gate, listed).outcome is Outcome.REFUSED_WHOLE
    provider = Sending(status=status, name="validation_error")
    assert answers.judged(provider, listed, asked_before=True).outcome is Outcome.REFUSED_WHOLE


@pytest.mark.parametrize("status", [404, 408, 409, 413])
def test_whoever_was_taken_before_such_an_answer_gets_no_second_mail(
    account: StorageAccount, faulty: StandIns, status: int
) -> None:
    studio = new_studio(account, faulty, shards=(0, 0), die_at=0)
    fault = {"service": "resend", "path": "/emails/batch", "times": 1, "kind": "html"}
    taken = {**fault, "after_accept": True, "status": 500}
    for order in (taken, {**fault, "status": status}):
        faulty.control("POST", "/faults", order)
    send(studio)
    studio.play()
    assert set(studio.copies().values()) == {1}
    assert studio.totals().accepted == 2
    assert studio.blast().state is BlastState.SENT
