"""The stack's own parts: ports, locks, children, compaction, and an old Python."""

import ast
import os
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.data.tables import EdmType, EntityProperty, TableServiceClient
from azure.storage.blob import BlobServiceClient, ContentSettings
from azure.storage.queue import QueueServiceClient

from local.bootstrap import environment
from local.stack import azurite
from local.stack.children import Child, Part
from local.stack.compact import compact, recover
from local.stack.files import ROOT, DataFolder
from local.stack.locks import sole_use
from local.stack.ports import choose_ports, free_ports
from local.stack.problems import StackError
from local.stack.provision import provision
from tests.local.harness import await_that


def test_a_busy_port_is_named_with_the_option_that_avoids_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StackError, match=rf"port {port}, for the application") as refused:
            choose_ports(port)
    assert "--port-base" in str(refused.value)


def test_a_second_stack_on_the_same_data_is_told_who_has_it(tmp_path: Path) -> None:
    lock = tmp_path / "stack.lock"
    with (
        sole_use(lock, of=tmp_path, note="the first"),
        pytest.raises(StackError, match=rf"process {os.getpid()} \(the first\)"),
        sole_use(lock, of=tmp_path, note="the second"),
    ):
        pass
    with sole_use(lock, of=tmp_path, note="the third"):
        pass


def test_a_data_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder", encoding="utf-8")
    with (
        pytest.raises(StackError, match=r"(?s)Nothing can be kept in .*--data DIR"),
        sole_use(file / "stack.lock", of=file, note="a stack"),
    ):
        pass


def test_another_version_of_python_leaves_this_ones_environment_alone(tmp_path: Path) -> None:
    usual = tmp_path / ".venv"
    assert environment(tmp_path, minor="3.11") == usual
    usual.mkdir()
    (usual / "pyvenv.cfg").write_text("home = /x\nversion = 3.11.7\n", encoding="utf-8")
    assert environment(tmp_path, minor="3.11") == usual
    assert environment(tmp_path, minor="3.12") == tmp_path / ".venv-3.12"


def part(folder: Path, code: str) -> Part:
    log = folder / "part.log"
    return Part(
        name="The part",
        command=[sys.executable, "-c", code],
        environment=dict(os.environ),
        output=log,
        errors=log,
        is_ready=lambda _: log.exists() and b"ready" in log.read_bytes(),
    )


def look_after(child: Child) -> bool:
    child.look_after()
    return child.became_ready


def test_a_part_that_refuses_to_start_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Child(part(tmp_path, "raise SystemExit('no such luck')"))
    child.start()
    with pytest.raises(StackError, match=r"(?s)The part does not start.*no such luck"):
        await_that(lambda: look_after(child), "the refusal")


def test_a_part_that_dies_at_start_three_times_is_given_up(tmp_path: Path) -> None:
    child = Child(part(tmp_path, "import os; os.write(1, b'try;'); os._exit(9)"))
    child.start()
    with pytest.raises(StackError, match="ended with code 9"):
        await_that(lambda: look_after(child), "the end of patience")
    assert (tmp_path / "part.log").read_text(encoding="utf-8") == "try;" * 3


def test_a_part_that_is_killed_comes_back(tmp_path: Path) -> None:
    code = "import os, signal; os.write(1, b'ready;'); signal.pause()"
    child = Child(part(tmp_path, code))
    child.start()
    await_that(lambda: look_after(child), "the first start")
    first = child.pid
    child.kill()
    child.look_after()
    await_that(lambda: look_after(child) and child.pid != first, "the second start")
    child.stop()


def test_children_end_with_their_parent_even_if_it_is_killed(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    endless = "import signal; signal.pause()"
    code = (
        "import subprocess, sys, pathlib, signal\n"
        "from local.stack.tether import tethered\n"
        f"child = subprocess.Popen(tethered([sys.executable, '-c', {endless!r}]))\n"
        f"pathlib.Path({str(marker)!r}).write_text(str(child.pid))\n"
        "signal.pause()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    await_that(lambda: marker.exists() and marker.read_text(encoding="utf-8"), "the child")
    child = int(marker.read_text(encoding="utf-8"))
    # The tie holds once the child has become the command.
    command_line = Path(f"/proc/{child}/cmdline")
    await_that(lambda: b"tether" not in command_line.read_bytes(), "the tie")
    parent.kill()
    parent.wait()
    await_that(
        lambda: not command_line.exists() or not command_line.read_bytes(), "the child's end"
    )


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_the_door_parses_on_an_old_python(name: str) -> None:
    source = (ROOT / "local" / name).read_text(encoding="ascii")
    ast.parse(source, feature_version=(3, 4))
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(ast.parse(source)))


def test_provisioning_twice_is_provisioning_once(azurite: azurite.Emulator) -> None:
    for _ in range(2):
        provision(azurite.connection_string, origins=["http://localhost:3000"])
    with QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
        names = {queue.name for queue in queues.list_queues()}
    assert {"emails", "emails-poison"} <= names


def test_compact_keeps_what_is_live_and_drops_what_was_deleted(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    now = datetime.now(UTC)
    with azurite.running(["--location", str(folder.azurite)], log=tmp_path / "a.log") as store:
        connection = store.connection_string
        with TableServiceClient.from_connection_string(connection) as tables:
            rows = tables.create_table("Rows")
            row = {"PartitionKey": "p", "RowKey": "r", "when": now, "text": "kept", "flag": True}
            rows.create_entity({**row, "big": EntityProperty(2**40, EdmType.INT64)})
        with QueueServiceClient.from_connection_string(connection) as queues:
            queue = queues.create_queue("later")
            queue.send_message("visible")
            queue.send_message("delayed", visibility_timeout=3600)
        with BlobServiceClient.from_connection_string(connection) as blobs:
            container = blobs.create_container("files")
            settings = ContentSettings(content_type="text/plain")
            container.upload_blob("kept", b"live", content_settings=settings, metadata={"a": "b"})
            container.upload_blob("gone", b"erased " * 100)
            container.delete_blob("gone")
    assert compact(tmp_path) == 0
    with azurite.running(["--location", str(folder.azurite)], log=tmp_path / "a.log") as store:
        connection = store.connection_string
        with TableServiceClient.from_connection_string(connection) as tables:
            kept = tables.get_table_client("Rows").get_entity("p", "r")
            assert (kept["text"], kept["flag"], kept["big"].value) == ("kept", True, 2**40)
            assert abs(kept["when"] - now) < timedelta(milliseconds=1)
        with QueueServiceClient.from_connection_string(connection) as queues:
            queue = queues.get_queue_client("later")
            assert [message.content for message in queue.peek_messages(9)] == ["visible"]
            assert queue.get_queue_properties().approximate_message_count == 2
        with BlobServiceClient.from_connection_string(connection) as blobs:
            blob = blobs.get_blob_client("files", "kept")
            properties = blob.get_blob_properties()
            assert blob.download_blob().readall() == b"live"
            assert properties.content_settings.content_type == "text/plain"
            assert properties.metadata == {"a": "b"}
    found = [file for file in folder.root.rglob("*") if file.is_file()]
    assert not any(b"erased " in file.read_bytes() for file in found)


def test_a_swap_that_was_cut_short_is_undone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    aside = tmp_path / "azurite.aside"
    aside.mkdir()
    (aside / "db").write_text("all of it", encoding="utf-8")
    (tmp_path / "azurite.fresh").mkdir()
    recover(folder)
    assert (folder.azurite / "db").read_text(encoding="utf-8") == "all of it"
    assert not aside.exists()
    assert not (tmp_path / "azurite.fresh").exists()


def test_free_ports_are_different() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    with closing(socket.create_server(("127.0.0.1", ports[0]))):
        pass
