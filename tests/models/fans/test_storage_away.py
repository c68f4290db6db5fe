"""Storage fails, loses answers or is cut off at each of a sign-up's calls: no 202 is ever lost."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from local.stack.azurite import Emulator, connection_string
from shared.platform.problems import Problem
from shared.platform.storage.faults import StorageUnavailable
from tests.contracts.storage.faulty import (
    BUSY,
    ERROR_AFTER_WORK,
    LOST_ANSWER,
    LOST_REQUEST,
    Fault,
    FaultyWire,
    faulty_wire,
)
from tests.models.fans.house import House

# One is a slip that a client's repeat mends; this many and storage is away.
AWAY = 12
FAULTS = {
    "busy": BUSY,
    "error after the work": ERROR_AFTER_WORK,
    "answer lost": LOST_ANSWER,
    "request lost": LOST_REQUEST,
}


@pytest.fixture
def wires(azurite: Emulator) -> Iterator[dict[str, FaultyWire]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(faulty_wire(port))
            for name, port in (("table", azurite.table), ("queue", azurite.queue))
        }


@pytest.mark.parametrize(
    ("fault", "times"), [*((fault, 1) for fault in FAULTS), ("answer lost", AWAY)]
)
@pytest.mark.parametrize("call", ["the lock", "the message", "the transaction"])
def test_a_sign_up_that_was_answered_is_there_and_one_that_was_not_may_be_repeated(
    house: House,
    azurite: Emulator,
    wires: dict[str, FaultyWire],
    fault: str,
    times: int,
    call: str,
) -> None:
    page = house.page()
    connection = connection_string(
        blob=azurite.blob, queue=wires["queue"].port, table=wires["table"].port
    )
    process = house.process(connection=connection)
    _spoil(call, [FAULTS[fault]] * times, wires)
    try:
        house.sign_up(page, page.fan, process=process)
        answered = True
    except (StorageUnavailable, Problem):
        # What the door makes 503 of: the visitor, or the form's script, sends it once more.
        answered = False
        for wire in wires.values():
            wire.faults.clear()
        house.sign_up(page, page.fan, process=process)
    assert answered or times == AWAY
    assert house.statuses(page) == {page.fan: "pending"}
    house.assert_counts(page)
    house.settle(times=2)
    assert len(house.provider.to(page.fan)) == 1
    house.click(page.fan, "confirm")
    assert house.statuses(page) == {page.fan: "subscribed"}
    house.assert_counts(page)


def _spoil(call: str, faults: list[Fault], wires: dict[str, FaultyWire]) -> None:
    if call == "the message":
        wires["queue"].fail(*faults)
    elif call == "the lock":
        wires["table"].fail(*faults)
    else:
        # The lock's reading goes well: an answer as if nobody were there, which is so.
        missing = b'{"odata.error":{"code":"ResourceNotFound","message":{"lang":"en","value":""}}}'
        told = (("Content-Type", "application/json"),)
        wires["table"].fail(Fault(delivered=True, status=404, body=missing, headers=told))
        wires["table"].fail(*faults)
