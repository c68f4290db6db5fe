"""A storage account for the tests of this folder, and rows and blobs that no other test touches."""

from collections.abc import Iterator
from itertools import count

import pytest

from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import Table
from shared.platform.storage.provision import make_missing
from shared.platform.storage.tables import Tables, TableStore
from tests.contracts.storage import emulator
from tests.contracts.storage.emulator import Emulator
from tests.contracts.storage.faulty import FaultyWire, faulty_wire

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator.running(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture(scope="session")
def account(azurite: Emulator) -> Iterator[StorageAccount]:
    account = StorageAccount.from_connection_string(azurite.connection_string())
    make_missing(account)
    yield account
    account.close()


@pytest.fixture(scope="session")
def fans(account: StorageAccount) -> TableStore:
    return Tables(account).table(Table.FANS)


@pytest.fixture(scope="session")
def blobs(account: StorageAccount) -> Blobs:
    return Blobs(account)


@pytest.fixture
def partition() -> str:
    """A partition that no other test uses."""
    return f"art_{next(_NUMBERS)}"


@pytest.fixture
def folder() -> str:
    """A beginning of blob names that no other test uses."""
    return f"art_{next(_NUMBERS)}/"


@pytest.fixture
def table_wire(azurite: Emulator) -> Iterator[FaultyWire]:
    with faulty_wire(azurite.table) as wire:
        yield wire


@pytest.fixture
def blob_wire(azurite: Emulator) -> Iterator[FaultyWire]:
    with faulty_wire(azurite.blob) as wire:
        yield wire


@pytest.fixture
def faulty_fans(
    fans: TableStore, azurite: Emulator, table_wire: FaultyWire
) -> Iterator[TableStore]:
    """The fans' table behind a wire that fails on request."""
    assert fans is not None  # The table is there.
    faulty = StorageAccount.from_connection_string(azurite.connection_string(table=table_wire.port))
    yield Tables(faulty).table(Table.FANS)
    faulty.close()


@pytest.fixture
def azurite_without_tables(azurite: Emulator) -> Iterator[TableStore]:
    """A table that the account lacks for a while."""
    account = StorageAccount.from_connection_string(azurite.connection_string())
    account.table_wire().send("DELETE", f"/Tables('{Table.POLICIES}')")
    yield Tables(account).table(Table.POLICIES)
    make_missing(account)
    account.close()
