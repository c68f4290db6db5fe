"""The proxies before Azurite: bytes pass unchanged, and storage fails on request."""

import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.data.tables import TableClient
from azure.storage.blob import BlobClient, BlobSasPermissions, generate_blob_sas
from azure.storage.queue import QueueClient

from tests.standins.process import Process, StandIns, start_process

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
NO_RETRY: dict[str, Any] = {"retry_total": 0, "read_timeout": 5}


@pytest.fixture(scope="module")
def process(
    azurite_ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    started = start_process(tmp_path_factory.mktemp("proxied"), "http://127.0.0.1:9", azurite_ports)
    yield started
    started.stop()


@pytest.fixture
def proxied(process: Process) -> StandIns:
    process.stand_ins.control("DELETE", "/faults")
    return process.stand_ins


def connection_string(stand_ins: StandIns) -> str:
    endpoints = ";".join(
        f"{name.capitalize()}Endpoint=http://127.0.0.1:{port}/{ACCOUNT}"
        for name, port in stand_ins.proxies.items()
    )
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};{endpoints};"


@pytest.fixture
def table(proxied: StandIns) -> Iterator[TableClient]:
    name = f"t{time.time_ns()}"
    with TableClient.from_connection_string(connection_string(proxied), name, **NO_RETRY) as client:
        client.create_table()
        yield client


@pytest.fixture
def blob(proxied: StandIns) -> Iterator[BlobClient]:
    with BlobClient.from_connection_string(
        connection_string(proxied), f"c{time.time_ns()}", "a/b.bin", **NO_RETRY
    ) as client:
        client._get_container_client().create_container()
        yield client


@pytest.fixture
def queue(proxied: StandIns) -> Iterator[QueueClient]:
    with QueueClient.from_connection_string(
        connection_string(proxied), f"q{time.time_ns()}", **NO_RETRY
    ) as client:
        client.create_queue()
        yield client


def test_tables_work_through_the_proxy(table: TableClient) -> None:
    rows = [{"PartitionKey": "p", "RowKey": f"{n:04}", "word": "ü" * n} for n in range(100)]
    table.submit_transaction([("create", row) for row in rows])
    assert len(list(table.query_entities("PartitionKey eq 'p'"))) == 100
    table.delete_entity("p", "0007")
    assert len(list(table.list_entities(results_per_page=10))) == 99


def test_a_large_upload_by_link_passes_in_little_memory(
    process: Process, proxied: StandIns, blob: BlobClient, tmp_path: Path
) -> None:
    token = generate_blob_sas(
        ACCOUNT,
        blob.container_name,
        blob.blob_name,
        account_key=KEY,
        permission=BlobSasPermissions(create=True, write=True, read=True),
        expiry=datetime.now(UTC) + timedelta(minutes=10),
    )
    address = f"http://127.0.0.1:{proxied.proxies['blob']}/{ACCOUNT}/{blob.container_name}/a/b.bin?{token}"
    before = resident_mebibytes(process)
    size = 100 * 1024 * 1024
    zeros = tmp_path / "zeros"
    with zeros.open("wb") as file:
        file.truncate(size)
    with zeros.open("rb") as file:
        headers = {"x-ms-blob-type": "BlockBlob"}
        put = requests.put(address, data=file, headers=headers, timeout=120)
    assert put.status_code == 201, put.text
    with requests.get(address, stream=True, timeout=120) as got:
        assert sum(len(part) for part in got.iter_content(1 << 20)) == size
    assert resident_mebibytes(process) - before < 20


def test_blobs_work_through_the_proxy(blob: BlobClient) -> None:
    blob.upload_blob(b"hello", overwrite=True)
    assert blob.download_blob().readall() == b"hello"
    assert blob.get_blob_properties().size == 5
    with pytest.raises(ResourceExistsError):
        blob.upload_blob(b"again")


def test_an_upload_in_blocks_works(blob: BlobClient) -> None:
    blob.upload_blob(io.BytesIO(b"x" * 9_000_000), max_concurrency=2, overwrite=True)
    assert blob.get_blob_properties().size == 9_000_000


def delayed(stand_ins: StandIns, queue: QueueClient) -> list[str]:
    items = stand_ins.control("GET", "/delayed")["items"]
    return [item["message_id"] for item in items if item["queue"] == queue.queue_name]


def test_a_delayed_message_is_named_until_it_is_due(proxied: StandIns, queue: QueueClient) -> None:
    queue.send_message("now")
    assert delayed(proxied, queue) == []
    message = queue.send_message("later", visibility_timeout=90)
    assert delayed(proxied, queue) == [message.id]
    soon = queue.send_message("soon", visibility_timeout=1)
    assert soon.id in delayed(proxied, queue)
    deadline = time.monotonic() + 5
    while soon.id in delayed(proxied, queue):
        assert time.monotonic() < deadline
    assert delayed(proxied, queue) == [message.id]


def test_an_updated_message_is_delayed_and_a_deleted_one_is_forgotten(
    proxied: StandIns, queue: QueueClient
) -> None:
    queue.send_message("later")
    (message,) = list(queue.receive_messages(visibility_timeout=30))
    assert delayed(proxied, queue) == [], "a lease is no delay"
    updated = queue.update_message(message, visibility_timeout=600)
    assert delayed(proxied, queue) == [message.id]
    queue.delete_message(updated)
    assert delayed(proxied, queue) == []


def test_a_delay_is_remembered_over_a_restart(
    azurite_ports: dict[str, int], tmp_path: Path
) -> None:
    first = start_process(tmp_path, "http://127.0.0.1:9", azurite_ports)
    try:
        with QueueClient.from_connection_string(
            connection_string(first.stand_ins), f"q{time.time_ns()}", **NO_RETRY
        ) as queue:
            queue.create_queue()
            message = queue.send_message("later", visibility_timeout=600)
    finally:
        first.stop()
    second = start_process(tmp_path, "http://127.0.0.1:9", azurite_ports)
    try:
        assert delayed(second.stand_ins, queue) == [message.id]
    finally:
        second.stop()


def test_a_status_is_answered_in_the_services_own_form(
    proxied: StandIns, table: TableClient, blob: BlobClient, queue: QueueClient
) -> None:
    for service in ("tables", "blobs", "queues"):
        proxied.control("POST", "/faults", {"service": service, "status": 503, "times": 1})
    with pytest.raises(HttpResponseError) as of_table:
        table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    with pytest.raises(HttpResponseError) as of_blob:
        blob.upload_blob(b"x" * 100_000)
    with pytest.raises(HttpResponseError) as of_queue:
        queue.send_message("x")
    assert [error.value.status_code for error in (of_table, of_blob, of_queue)] == [503] * 3
    assert of_blob.value.error_code == "ServerBusy"  # type: ignore[attr-defined] # set by the SDK
    table.create_entity({"PartitionKey": "p", "RowKey": "r"})


def test_a_lost_answer_means_that_the_work_was_done(proxied: StandIns, table: TableClient) -> None:
    fault = {"service": "tables", "kind": "reset", "times": 1, "after_accept": True}
    proxied.control("POST", "/faults", fault)
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    assert table.get_entity("p", "r")["RowKey"] == "r"


def test_a_reset_before_acceptance_means_that_nothing_was_done(
    proxied: StandIns, table: TableClient
) -> None:
    proxied.control("POST", "/faults", {"service": "tables", "kind": "reset", "times": 1})
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    assert list(table.list_entities()) == []


def test_a_path_restricts_a_fault(proxied: StandIns, table: TableClient) -> None:
    proxied.control("POST", "/faults", {"service": "tables", "status": 500, "path": "OtherTable"})
    table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    proxied.control(
        "POST", "/faults", {"service": "tables", "status": 500, "path": table.table_name}
    )
    with pytest.raises(HttpResponseError):
        table.get_entity("p", "r")


def test_an_answer_can_hang_be_html_or_late(proxied: StandIns, table: TableClient) -> None:
    proxied.control("POST", "/faults", {"service": "tables", "kind": "html", "times": 1})
    with pytest.raises(HttpResponseError) as error:
        table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    assert error.value.status_code == 502
    proxied.control("POST", "/faults", {"service": "tables", "kind": "timeout", "times": 1})
    with pytest.raises(ServiceResponseError):
        table.create_entity({"PartitionKey": "p", "RowKey": "r"}, read_timeout=0.5)
    late = {"service": "tables", "delay_seconds": 0.3, "times": 1}
    proxied.control("POST", "/faults", late)
    began = time.monotonic()
    table.create_entity({"PartitionKey": "p", "RowKey": "r"})
    assert time.monotonic() - began >= 0.3


def resident_mebibytes(process: Process) -> float:
    status = Path(f"/proc/{process.popen.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
