"""The host's fixtures: one Azurite with the test application's queues, one host for each module."""

from collections.abc import Iterator

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64EncodePolicy

from local.stack.azurite import Emulator
from tests.local.harness import RunningHost, running_host


@pytest.fixture(scope="session")
def queues(azurite: Emulator) -> Iterator[QueueServiceClient]:
    with QueueServiceClient.from_connection_string(azurite.connection_string) as service:
        for name in ("jobs", "late-jobs"):
            try:
                service.create_queue(name)
            except ResourceExistsError:
                continue
        yield service


@pytest.fixture(scope="module")
def host(
    azurite: Emulator, queues: QueueServiceClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningHost]:
    for queue in queues.list_queues():
        queues.get_queue_client(queue.name).clear_messages()
    disabled = {"AzureWebJobs.asleep.Disabled": "true"}
    data = tmp_path_factory.mktemp("host")
    with running_host(azurite.connection_string, data=data, settings=disabled) as running:
        yield running


@pytest.fixture
def jobs(queues: QueueServiceClient) -> QueueClient:
    return queues.get_queue_client("jobs", message_encode_policy=TextBase64EncodePolicy())
