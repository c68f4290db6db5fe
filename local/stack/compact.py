"""`compact`: copies what is live into a fresh Azurite store.

The emulator keeps deleted bytes in extents that it shares between blobs, and between messages; only
a new store is free of them. The old folder is read as a copy and replaced by renames, so that an
end in the middle loses nothing.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from azure.data.tables import TableClient, TableServiceClient
from azure.storage.blob import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueMessage, QueueServiceClient

from local.stack import azurite
from local.stack.console import say
from local.stack.files import DataFolder
from local.stack.locks import sole_use
from local.stack.problems import StackError

BATCH = 50
QUEUE_DATABASE = "__azurite_db_queue__.json"
MESSAGES = "$MESSAGES_COLLECTION$"
FOREVER_YEAR = 9999
LONG_PAST_MILLISECONDS = 0


def compact(data: Path) -> int:
    """Replace the store in a data folder by a fresh copy of what is live in it.

    Raises:
        StackError: the stack runs on that data, or there is nothing there.
    """
    folder = DataFolder(data.resolve())
    with sole_use(folder.lock, of=folder.root, note="compact"):
        recover(folder)
        if not folder.azurite.exists():
            raise StackError(f"There is no data in {folder.root}.")
        before = _size(folder.azurite)
        fresh, source = _drafts(folder)
        shutil.copytree(folder.azurite, source)
        hidden = _reveal_messages(source)
        with _azurite_at(source, folder) as old, _azurite_at(fresh, folder) as new:
            _copy_tables(old, new)
            _copy_queues(old, new, hidden)
            _copy_blobs(old, new)
        _swap(folder, fresh)
        shutil.rmtree(source)
    say(f"Compacted: {before >> 10} KiB before, {_size(folder.azurite) >> 10} KiB after.")
    return 0


def recover(folder: DataFolder) -> None:
    """Bring back the old store where a swap was cut short, and drop what drafts were left."""
    aside = _aside(folder)
    if aside.exists() and not folder.azurite.exists():
        aside.rename(folder.azurite)
    for left in (aside, *_drafts(folder)):
        shutil.rmtree(left, ignore_errors=True)


def _drafts(folder: DataFolder) -> tuple[Path, Path]:
    return folder.root / "azurite.fresh", folder.root / "azurite.source"


def _aside(folder: DataFolder) -> Path:
    return folder.root / "azurite.aside"


def _swap(folder: DataFolder, fresh: Path) -> None:
    folder.azurite.rename(_aside(folder))
    fresh.rename(folder.azurite)
    shutil.rmtree(_aside(folder))


@contextmanager
def _azurite_at(location: Path, folder: DataFolder) -> Iterator[str]:
    log = folder.logs / "compact.log"
    with azurite.running(["--location", str(location), "--silent"], log=log) as emulator:
        yield emulator.connection_string


def _copy_tables(old: str, new: str) -> None:
    with (
        TableServiceClient.from_connection_string(old) as source,
        TableServiceClient.from_connection_string(new) as target,
    ):
        names = [table.name for table in source.list_tables()]
        rows = sum(
            _copy_rows(source.get_table_client(name), target.create_table(name)) for name in names
        )
    say(f"  {len(names)} tables, {rows} rows")


def _copy_rows(source: TableClient, target: TableClient) -> int:
    count = 0
    for _, partition in groupby(source.list_entities(), key=lambda row: row["PartitionKey"]):
        rows = list(partition)
        for start in range(0, len(rows), BATCH):
            target.submit_transaction([("create", row) for row in rows[start : start + BATCH]])
        count += len(rows)
    return count


def _reveal_messages(source: Path) -> dict[str, datetime]:
    """Make every message of a stopped store visible; return when each was to be seen by its id.

    No call lists invisible messages, and this is a copy of the store that nobody else uses.
    """
    path = source / QUEUE_DATABASE
    if not path.exists():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    hidden = {}
    for collection in document["collections"]:
        if collection["name"] == MESSAGES:
            for message in collection["data"]:
                hidden[message["messageId"]] = _moment(message["timeNextVisible"])
                message["timeNextVisible"] = LONG_PAST_MILLISECONDS
    path.write_text(json.dumps(document), encoding="utf-8")
    return hidden


def _moment(stored: float | str) -> datetime:
    """Return the moment of a store that keeps milliseconds or text, as the message came to it."""
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).astimezone(UTC)
    return datetime.fromtimestamp(stored / 1000, UTC)


def _copy_queues(old: str, new: str, hidden: dict[str, datetime]) -> None:
    now = datetime.now(UTC)
    count = 0
    with (
        QueueServiceClient.from_connection_string(old) as source,
        QueueServiceClient.from_connection_string(new) as target,
    ):
        names = [queue.name for queue in source.list_queues()]
        for name in names:
            fresh = target.create_queue(name)
            for message in _all_messages(source, name):
                wait, life = _times(message, hidden.get(message.id, now), now)
                fresh.send_message(message.content, visibility_timeout=wait, time_to_live=life)
                count += 1
    say(f"  {len(names)} queues, {count} messages")


def _all_messages(source: QueueServiceClient, name: str) -> Iterator[QueueMessage]:
    week = int(timedelta(days=7).total_seconds())
    yield from source.get_queue_client(name).receive_messages(
        messages_per_page=32, visibility_timeout=week
    )


def _times(message: QueueMessage, visible: datetime, now: datetime) -> tuple[int, int]:
    """Return the seconds until a message is seen, and those that it has left to live."""
    wait = max(int((visible - now).total_seconds()), 0)
    if message.expires_on is None or message.expires_on.year >= FOREVER_YEAR:
        return wait, -1
    return wait, max(int((message.expires_on - now).total_seconds()), wait + 1)


def _copy_blobs(old: str, new: str) -> None:
    count = 0
    with (
        BlobServiceClient.from_connection_string(old) as source,
        BlobServiceClient.from_connection_string(new) as target,
    ):
        names = [container.name for container in source.list_containers()]
        for name in names:
            fresh = target.create_container(name)
            count += _copy_container(source.get_container_client(name), fresh)
    say(f"  {len(names)} containers, {count} blobs")


def _copy_container(source: ContainerClient, target: ContainerClient) -> int:
    count = 0
    for blob in source.list_blobs(include=["metadata"]):
        content = source.download_blob(blob.name)
        target.upload_blob(
            blob.name,
            content.chunks(),
            length=blob.size,
            metadata=blob.metadata,
            content_settings=blob.content_settings,
        )
        count += 1
    return count


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
