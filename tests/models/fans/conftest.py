"""A house of fans, or one list of them, for each test, over the session's Azurite."""

from collections.abc import Iterator

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.storage.account import StorageAccount
from tests.models.fans.house import House, provider
from tests.models.fans.list_of import ListOf


@pytest.fixture(scope="session")
def fans_connection(azurite: Emulator) -> str:
    provision(azurite.connection_string, origins=["https://app.example.com"])
    return azurite.connection_string


@pytest.fixture
def house(fans_connection: str) -> Iterator[House]:
    with provider() as taken:
        yield House(connection=fans_connection, provider=taken)


@pytest.fixture(scope="module")
def account(fans_connection: str) -> Iterator[StorageAccount]:
    account = StorageAccount.from_connection_string(fans_connection)
    yield account
    account.close()


@pytest.fixture
def fan_list(account: StorageAccount) -> ListOf:
    fan_list = ListOf(account)
    fan_list.fences.open(fan_list.artist, epoch=1)
    return fan_list
