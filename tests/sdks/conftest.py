"""The JavaScript SDKs, and the stand-ins with their proxies for them to talk to."""

from collections.abc import Iterator

import pytest

from local.stack.azurite import Emulator, connection_string
from tests.sdks.javascript import JavaScript, installed
from tests.standins.process import StandIns, start_process
from tests.standins.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def javascript() -> JavaScript:
    return installed()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def stand_ins(
    azurite: Emulator, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StandIns]:
    ports = {"blob": azurite.blob, "queue": azurite.queue, "table": azurite.table}
    process = start_process(tmp_path_factory.mktemp("sdks"), receiver.url, ports)
    # The rate limit has its own tests.
    process.stand_ins.control("POST", "/config", {"resend_rate_per_second": 1000})
    yield process.stand_ins
    process.stop()


@pytest.fixture(params=["azurite", "proxies"])
def storage(request: pytest.FixtureRequest, azurite: Emulator, stand_ins: StandIns) -> str:
    """Return a connection string: Azurite's own ports, or the proxies that can fail."""
    if request.param == "azurite":
        return azurite.connection_string
    return connection_string(**stand_ins.proxies)
