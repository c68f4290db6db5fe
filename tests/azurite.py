"""A real Azurite for the tests: in memory, on free ports, one for each test process."""

from collections.abc import Iterator

import pytest

from local.stack import azurite as emulator


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Emulator]:
    """Run Azurite for the session: `.connection_string`, and the ports `.blob/.queue/.table`."""
    log = tmp_path_factory.mktemp("azurite") / "azurite.log"
    with emulator.running(["--inMemoryPersistence", "--silent"], log=log) as running:
        yield running
