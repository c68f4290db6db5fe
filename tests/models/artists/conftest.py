"""A house of accounts for each test, over the session's Azurite."""

from collections.abc import Iterator

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.storage.account import StorageAccount
from tests.models.artists.house import House, clerk_at_the_wire


@pytest.fixture(scope="session")
def accounts_storage(azurite: Emulator) -> Iterator[StorageAccount]:
    provision(azurite.connection_string, origins=["https://app.example.com"])
    account = StorageAccount.from_connection_string(azurite.connection_string)
    yield account
    account.close()


@pytest.fixture
def house(accounts_storage: StorageAccount) -> Iterator[House]:
    with clerk_at_the_wire() as clerk:
        yield House(account=accounts_storage, clerk=clerk)
