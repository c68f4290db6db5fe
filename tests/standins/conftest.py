"""The stand-ins, and a receiver for the webhooks that they send."""

from collections.abc import Iterator

import pytest

from local.stack.azurite import Emulator
from tests.standins.process import StandIns, start_process
from tests.standins.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def receiver_for_all() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def azurite_ports(azurite: Emulator) -> dict[str, int]:
    return {"blob": azurite.blob, "queue": azurite.queue, "table": azurite.table}


@pytest.fixture(scope="session")
def stand_ins_for_all(
    tmp_path_factory: pytest.TempPathFactory, receiver_for_all: Receiver
) -> Iterator[StandIns]:
    process = start_process(tmp_path_factory.mktemp("standins"), receiver_for_all.url)
    yield process.stand_ins
    process.stop()


@pytest.fixture
def stand_ins(stand_ins_for_all: StandIns, receiver_for_all: Receiver) -> StandIns:
    stand_ins_for_all.start_afresh()
    receiver_for_all.received.clear()
    receiver_for_all.statuses.clear()
    return stand_ins_for_all


@pytest.fixture
def receiver(stand_ins: StandIns, receiver_for_all: Receiver) -> Receiver:
    del stand_ins
    return receiver_for_all
