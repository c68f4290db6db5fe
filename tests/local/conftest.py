"""The host's fixtures: for each module an Azurite with the test application's queues, and a host.

A host is idle when every queue of its account is empty, so no other test's queue may be in it.
"""

from collections.abc import Iterator

import pytest
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64EncodePolicy

from local.stack import azurite as emulator
from local.stack.azurite import Emulator
from tests.local.harness import RunningHost, running_host


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    log = tmp_path_factory.mktemp("azurite") / "azurite.log"
    with emulator.running(["--inMemoryPersistence", "--silent"], log=log) as running:
        with QueueServiceClient.from_connection_string(running.connection_string) as service:
            for name in ("jobs", "late-jobs"):
                service.create_queue(name)
        yield running


@pytest.fixture(scope="module")
def queues(azurite: Emulator) -> Iterator[QueueServiceClient]:
    with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        yield service


@pytest.fixture(scope="module")
def host(azurite: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    disabled = {"AzureWebJobs.asleep.Disabled": "true"}
    data = tmp_path_factory.mktemp("host")
    with running_host(azurite.connection_string, data=data, settings=disabled) as running:
        yield running


@pytest.fixture
def jobs(queues: QueueServiceClient) -> QueueClient:
    return queues.get_queue_client("jobs", message_encode_policy=TextBase64EncodePolicy())
