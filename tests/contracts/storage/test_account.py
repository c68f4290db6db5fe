"""One account for a process: lazy, shared between threads, silent about what it carries."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import cast

import pytest
from azure.core.pipeline import Pipeline
from azure.core.pipeline.transport import HttpRequest, HttpResponse, HttpTransport

from local.stack.azurite import PUBLIC_KEY, Emulator
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import CONTAINERS, QUEUES, TABLES, Container, Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables, TableStore
from shared.platform.storage.transport import LeanTransport

LAZY = """
import sys
import shared.platform.storage.account, shared.platform.storage.tables
import shared.platform.storage.queues, shared.platform.storage.blobs
from shared.platform.storage.account import StorageAccount
account = StorageAccount.from_connection_string("UseDevelopmentStorage=true")
shared.platform.storage.tables.Tables(account)
print(sorted(name for name in sys.modules if name.split(".")[0] in {"azure", "urllib3"}))
"""
ONLY_TABLES = """
import sys
from shared.platform.storage.account import StorageAccount
StorageAccount.from_connection_string("UseDevelopmentStorage=true").table_wire()
print(sorted(name for name in sys.modules
             if name in {"requests", "azure.storage.blob", "azure.storage.queue"}))
"""


@pytest.mark.parametrize("program", [LAZY, ONLY_TABLES], ids=["import", "tables"])
def test_an_sdk_is_imported_when_it_is_needed(program: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"


@pytest.mark.usefixtures("account")
def test_one_account_serves_many_threads(azurite: Emulator, partition: str) -> None:
    shared = StorageAccount.from_connection_string(azurite.connection_string)
    fans = Tables(shared).table(Table.FANS)
    with ThreadPoolExecutor(16) as threads:
        rows = [Row(partition, f"k{number:03}", {"n": number}) for number in range(200)]
        list(threads.map(fans.insert, rows))
    assert [row["n"] for row in fans.query(partition=partition)] == [*range(200)]
    shared.close()


def test_keys_and_values_stay_out_of_the_log(
    fans: TableStore, partition: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fans.insert(Row(partition, "secret-key", {"address": "fan@example.com"}))
    fans.get(partition, "secret-key")
    assert "secret-key" not in caplog.text
    assert "fan@example.com" not in caplog.text


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "AccountName=a", f"AccountKey={PUBLIC_KEY}", "AccountName=;AccountKey="],
)
def test_a_connection_string_that_lacks_a_part_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="lacks") as refused:
        StorageAccount.from_connection_string(text)
    assert PUBLIC_KEY not in str(refused.value)


def test_a_connection_string_names_the_public_cloud_unless_it_says_otherwise() -> None:
    account = StorageAccount.from_connection_string(
        f"AccountName=starlight;AccountKey={PUBLIC_KEY}"
    )
    assert account.endpoints.table == "https://starlight.table.core.windows.net"


def test_names_are_ones_that_azure_takes() -> None:
    assert all(table.isalnum() and 3 <= len(table) <= 63 for table in TABLES)
    assert all(name == name.lower() and len(name) >= 3 for name in (*QUEUES, *CONTAINERS))


def test_the_transport_serves_the_sdks_older_form_too(blobs: Blobs, folder: str) -> None:
    name = folder + "x"
    blobs.upload(Container.MEDIA, name, b"hello" * 50_000, content_type="text/plain")
    link = blobs.download_link(Container.MEDIA, name, ttl=timedelta(minutes=1))
    with LeanTransport() as transport:
        whole = transport.send(HttpRequest("GET", link))
        assert isinstance(whole, HttpResponse)
        assert whole.body() == b"hello" * 50_000
        streamed = transport.send(HttpRequest("GET", link), stream=True)
        assert isinstance(streamed, HttpResponse)
        piped = cast(HttpTransport[HttpRequest, HttpResponse], transport)
        pieces = list(streamed.stream_download(Pipeline(piped)))
        assert b"".join(pieces) == b"hello" * 50_000
        assert len(pieces) > 1
        transport.shut()
