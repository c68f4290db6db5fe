"""A room of releases for each test, over the session's Azurite."""

from collections.abc import Iterator

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.storage.account import StorageAccount
from tests.models.releases.room import Room, new_room


@pytest.fixture(scope="session")
def release_account(azurite: Emulator) -> Iterator[StorageAccount]:
    provision(azurite.connection_string, origins=["https://app.example.com"])
    account = StorageAccount.from_connection_string(azurite.connection_string)
    yield account
    account.close()


@pytest.fixture
def room(release_account: StorageAccount) -> Room:
    return new_room(release_account)
