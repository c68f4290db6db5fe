"""Make what is missing in an account: for the local stack and the tests.

In the cloud the infrastructure makes tables, queues and containers; the application may not.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from shared.platform.storage.faults import AlreadyExists
from shared.platform.storage.names import CONTAINERS, QUEUES, TABLES, poison_name

if TYPE_CHECKING:
    from shared.platform.storage.account import StorageAccount


def make_missing(account: "StorageAccount") -> None:
    """Make every table, queue, poison queue and container that is not there yet.

    Raises:
        StorageUnavailable, StorageRefused: the account did not answer, or refused.
    """
    for table in TABLES:
        _make_table(account, table)
    for queue in (*QUEUES, *map(poison_name, QUEUES)):
        _make_queue(account, queue)
    for container in CONTAINERS:
        _make_container(account, container)


def _make_table(account: "StorageAccount", table: str) -> None:
    import orjson

    from shared.platform.storage.wire import fault_of

    answer = account.table_wire().send(
        "POST",
        "/Tables",
        headers={"Content-Type": "application/json", "Prefer": "return-no-content"},
        body=orjson.dumps({"TableName": table}),
    )
    if answer.status >= 400:
        fault = fault_of(answer)
        if not isinstance(fault, AlreadyExists):
            raise fault


def _make_queue(account: "StorageAccount", queue: str) -> None:
    from azure.core.exceptions import ResourceExistsError

    from shared.platform.storage.vendor import call

    def make() -> None:
        # A queue that is there answers 204, which this SDK takes for an error.
        with suppress(ResourceExistsError):
            account.queue_service().create_queue(queue)

    call(make)


def _make_container(account: "StorageAccount", container: str) -> None:
    from shared.platform.storage.vendor import call

    with suppress(AlreadyExists):
        call(lambda: account.blob_service().create_container(container))
