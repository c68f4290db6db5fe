"""A storage account and a provider at the wire, for studios that die."""

from collections.abc import Iterator

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.storage.account import StorageAccount
from tests.standins.process import StandIns, start_process


@pytest.fixture(scope="module")
def account(azurite: Emulator) -> Iterator[StorageAccount]:
    provision(azurite.connection_string, origins=["https://app.example.com"])
    account = StorageAccount.from_connection_string(azurite.connection_string)
    yield account
    account.close()


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    process = start_process(tmp_path_factory.mktemp("provider"), "http://127.0.0.1:9")
    stand_ins = process.stand_ins
    stand_ins.control("POST", "/config", {"resend_rate_per_second": 1000, "resend_webhooks": False})
    yield stand_ins
    process.stop()
