"""Everything that stands in a storage account, read with the official SDKs, whoever wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient, TextBase64EncodePolicy

Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """An account, listed from outside: tables, queues and containers as they are found there."""

    account: str

    def tables(self) -> dict[str, list[Entity]]:
        """Return every row of every table."""
        with TableServiceClient.from_connection_string(self.account) as service:
            names = [table.name for table in service.list_tables()]
            return {
                name: [dict(row) for row in service.get_table_client(name).list_entities()]
                for name in names
            }

    def rows(self, table: str) -> list[Entity]:
        """Return every row of one table."""
        with TableServiceClient.from_connection_string(self.account) as service:
            return [dict(row) for row in service.get_table_client(table).list_entities()]

    def versions(self) -> dict[tuple[str, str, str], str]:
        """Return the ETag of every row: equal before and after what changes nothing."""
        with TableServiceClient.from_connection_string(self.account) as service:
            return {
                (table.name, row["PartitionKey"], row["RowKey"]): str(row.metadata["etag"])
                for table in service.list_tables()
                for row in service.get_table_client(table.name).list_entities()
            }

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """Return every blob's path and bytes."""
        with BlobServiceClient.from_connection_string(self.account) as service:
            for container in service.list_containers():
                client = service.get_container_client(container.name)
                for name in client.list_blob_names():
                    yield f"{container.name}/{name}", client.download_blob(name).readall()

    def put_blob(self, name: str, content: bytes) -> None:
        """Put a blob under its container's name and its own, as a process that died left it."""
        container, _, blob = name.partition("/")
        with BlobServiceClient.from_connection_string(self.account) as service:
            service.get_blob_client(container, blob).upload_blob(content)

    def messages(self) -> Iterator[tuple[str, str]]:
        """Return the visible messages of every queue, poison queues included."""
        with QueueServiceClient.from_connection_string(self.account) as service:
            for queue in service.list_queues():
                peeked = service.get_queue_client(queue.name).peek_messages(max_messages=32)
                for message in peeked:
                    yield str(queue.name), str(message.content)

    def send(self, queue: str, text: str) -> None:
        """Put a message on a queue, as a delivery too many."""
        with QueueServiceClient.from_connection_string(self.account) as service:
            encode = TextBase64EncodePolicy()  # As host.json says, and as the application sends.
            service.get_queue_client(queue, message_encode_policy=encode).send_message(text)

    def count(self, queue: str) -> int:
        """Return how many messages a queue holds, those with them that nobody sees now."""
        with QueueServiceClient.from_connection_string(self.account) as service:
            found = service.get_queue_client(queue).get_queue_properties()
            return found.approximate_message_count or 0

    def clear(self, queue: str) -> None:
        """Drop what waits on a queue."""
        with QueueServiceClient.from_connection_string(self.account) as service:
            service.get_queue_client(queue).clear_messages()
