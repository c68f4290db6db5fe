"""What infra does in the cloud: tables, queues with their poison queues, containers, CORS."""

from collections.abc import Callable, Iterable
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient, CorsRule
from azure.storage.queue import QueueServiceClient

from shared.platform.storage.names import CONTAINERS, QUEUES, TABLES, poison_name


def provision(connection: str, *, origins: Iterable[str]) -> None:
    """Make what is missing in the storage account; safe to repeat."""
    with TableServiceClient.from_connection_string(connection) as tables:
        _make_missing(TABLES, tables.list_tables(), tables.create_table)
    queue_names = [*QUEUES, *(poison_name(queue) for queue in QUEUES)]
    with QueueServiceClient.from_connection_string(connection) as queues:
        _make_missing(queue_names, queues.list_queues(), queues.create_queue)
    with BlobServiceClient.from_connection_string(connection) as blobs:
        _make_missing(CONTAINERS, blobs.list_containers(), blobs.create_container)
        # The front end uploads straight to a SAS address, and streams audio from one.
        rule = CorsRule(
            list(origins),
            ["GET", "HEAD", "PUT", "OPTIONS"],
            allowed_headers=["*"],
            exposed_headers=["*"],
            max_age_in_seconds=3600,
        )
        blobs.set_service_properties(cors=[rule])


def _make_missing(
    wanted: Iterable[str], existing: Iterable[Any], make: Callable[[str], object]
) -> None:
    there = {item.name for item in existing}
    for name in wanted:
        if name not in there:
            try:
                make(name)
            except ResourceExistsError:
                continue
