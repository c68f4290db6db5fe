"""A storage account for the tests of this folder, and rows and blobs that no other test touches."""

from collections.abc import Iterator
from itertools import count

import orjson
import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables, TableStore
from tests.contracts.storage.emulator import account_behind
from tests.contracts.storage.faulty import FaultyWire, faulty_wire

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def account(azurite: Emulator) -> Iterator[StorageAccount]:
    """The account of the session's Azurite, with every table, queue and container."""
    provision(azurite.connection_string, origins=["https://app.example.com"])
    account = StorageAccount.from_connection_string(azurite.connection_string)
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
    with account_behind(azurite, table=table_wire.port) as faulty:
        yield Tables(faulty).table(Table.FANS)


@pytest.fixture
def faulty_blobs(blobs: Blobs, azurite: Emulator, blob_wire: FaultyWire) -> Iterator[Blobs]:
    """The blobs behind a wire that fails on request."""
    assert blobs is not None  # The containers are there.
    with account_behind(azurite, blob=blob_wire.port) as faulty:
        yield Blobs(faulty)


@pytest.fixture
def absent_table(account: StorageAccount) -> Iterator[TableStore]:
    """A table that the account lacks for a while."""
    account.table_wire().send("DELETE", f"/Tables('{Table.POLICIES}')")
    yield Tables(account).table(Table.POLICIES)
    body = orjson.dumps({"TableName": Table.POLICIES})
    headers = {"Content-Type": "application/json"}
    account.table_wire().send("POST", "/Tables", headers=headers, body=body)
