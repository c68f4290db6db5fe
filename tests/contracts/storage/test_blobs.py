"""Blobs: conditions, bounded memory, copies, purges, and links that open exactly one blob."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

import pytest

from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import MAX_SINGLE_BYTES, Blobs
from shared.platform.storage.faults import (
    AlreadyExists,
    Changed,
    Missing,
    StorageRefused,
    StorageUnavailable,
)
from shared.platform.storage.names import Container
from tests.contracts.storage.faulty import BUSY, LOST_ANSWER, LOST_REQUEST, Fault, FaultyWire

MEDIA: Final = Container.MEDIA
UPLOADS: Final = Container.UPLOADS
EXPORTS: Final = Container.EXPORTS
MIB: Final = 1024 * 1024
MINUTE: Final = timedelta(minutes=1)
FAULTS: Final = [LOST_ANSWER, LOST_REQUEST, BUSY]


def _ask(method: str, link: str, body: bytes = b"") -> tuple[int, bytes, dict[str, str]]:
    parts = urlsplit(link)
    connection = HTTPConnection(parts.netloc, timeout=30)
    headers = {"x-ms-blob-type": "BlockBlob"} if method == "PUT" else {}
    connection.request(method, f"{parts.path}?{parts.query}", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, {name.lower(): value for name, value in answer.getheaders()}


def _zeros(mebibytes: int) -> Iterator[bytes]:
    return (bytes(MIB) for _ in range(mebibytes))


def _names(account: StorageAccount, prefix: str) -> list[str]:
    container = account.blob_service().get_container_client(EXPORTS.value)
    remains = ["snapshots", "uncommittedblobs"]
    return [blob.name for blob in container.list_blobs(name_starts_with=prefix, include=remains)]


def test_a_blob_comes_back_with_its_facts(blobs: Blobs, folder: str) -> None:
    name = folder + "Mein Lied é#1.wav"
    etag = blobs.upload(MEDIA, name, b"hello", content_type="audio/wav", metadata={"sha256": "abc"})
    facts = blobs.properties(MEDIA, name)
    assert facts is not None
    assert (facts.size, facts.etag, facts.content_type) == (5, etag, "audio/wav")
    assert facts.metadata == {"sha256": "abc"}
    assert facts.md5 is not None
    assert blobs.download(MEDIA, name) == b"hello"
    assert list(blobs.list(MEDIA, folder)) == [name]


def test_what_is_not_there_is_said_so(blobs: Blobs, folder: str) -> None:
    assert blobs.properties(MEDIA, folder + "x") is None
    assert not blobs.delete(MEDIA, folder + "x")
    with pytest.raises(Missing):
        blobs.download(MEDIA, folder + "x")
    with pytest.raises(Missing):
        blobs.read_range(MEDIA, folder + "x", 0, 10)
    assert list(blobs.list(MEDIA, folder)) == []


def test_a_container_that_is_not_there_is_no_missing_blob(
    account: StorageAccount, blobs: Blobs
) -> None:
    container = account.blob_service().get_container_client(Container.GEOIP.value)
    container.delete_container()
    with pytest.raises(StorageRefused, match="ContainerNotFound"):
        blobs.properties(Container.GEOIP, "x")
    with pytest.raises(StorageRefused, match="ContainerNotFound"):
        blobs.read_range(Container.GEOIP, "x", 0, 1)
    container.create_container()


@pytest.mark.parametrize("streamed", [False, True])
def test_an_upload_overwrites_only_when_told(blobs: Blobs, folder: str, *, streamed: bool) -> None:
    name = folder + "x"

    def data(text: bytes) -> bytes | io.BytesIO:
        return io.BytesIO(text) if streamed else text

    first = blobs.upload(MEDIA, name, data(b"one"), content_type="text/plain")
    with pytest.raises(AlreadyExists):
        blobs.upload(MEDIA, name, data(b"two"), content_type="text/plain")
    second = blobs.upload(MEDIA, name, data(b"two"), content_type="text/plain", overwrite=True)
    with pytest.raises(Changed):
        blobs.upload(MEDIA, name, data(b"three"), content_type="text/plain", if_match=first)
    blobs.upload(MEDIA, name, data(b"three"), content_type="text/plain", if_match=second)
    assert blobs.download(MEDIA, name) == b"three"


@pytest.mark.parametrize("fault", FAULTS, ids=["lost answer", "lost request", "busy"])
@pytest.mark.parametrize("streamed", [False, True])
def test_an_upload_succeeds_through_one_fault(
    faulty_blobs: Blobs, blob_wire: FaultyWire, folder: str, *, fault: Fault, streamed: bool
) -> None:
    data = io.BytesIO(b"hello") if streamed else b"hello"
    # With a stream the second request is the commit: staged blocks are repeated without harm.
    blob_wire.fail(*([fault, fault] if streamed else [fault]))
    etag = faulty_blobs.upload(MEDIA, folder + "x", data, content_type="text/plain")
    facts = faulty_blobs.properties(MEDIA, folder + "x")
    assert facts is not None
    assert facts.etag == etag
    blob_wire.fail(fault)
    assert faulty_blobs.download(MEDIA, folder + "x") == b"hello"
    blob_wire.fail(fault)
    assert faulty_blobs.delete(MEDIA, folder + "x")


def test_a_commit_whose_answer_was_lost_is_a_success(
    faulty_blobs: Blobs, blob_wire: FaultyWire, folder: str
) -> None:
    with faulty_blobs.writer(EXPORTS, folder + "x", content_type="text/csv") as export:
        export.write(bytes(4 * MIB))
        # All is staged: the next request is the commit.
        blob_wire.fail(LOST_ANSWER)
    facts = faulty_blobs.properties(EXPORTS, folder + "x")
    assert facts is not None
    assert facts.etag == export.etag


def test_blobs_that_stay_away_are_said_to_be_away(
    faulty_blobs: Blobs, blob_wire: FaultyWire, folder: str
) -> None:
    blob_wire.fail(*[LOST_REQUEST] * 10)
    with pytest.raises(StorageUnavailable):
        faulty_blobs.properties(MEDIA, folder + "x")


def test_a_range_ends_with_the_blob(blobs: Blobs, folder: str) -> None:
    blobs.upload(MEDIA, folder + "x", b"0123456789", content_type="text/plain")
    assert blobs.read_range(MEDIA, folder + "x", 2, 3) == b"234"
    assert blobs.read_range(MEDIA, folder + "x", 8, 100) == b"89"
    assert blobs.read_range(MEDIA, folder + "x", 10, 5) == b""
    blobs.upload(MEDIA, folder + "empty", b"", content_type="text/plain")
    assert blobs.download(MEDIA, folder + "empty") == b""
    assert blobs.read_range(MEDIA, folder + "empty", 0, 5) == b""


def test_a_blob_replaced_while_it_is_read_is_an_error(blobs: Blobs, folder: str) -> None:
    blobs.upload(MEDIA, folder + "x", _zeros(6), content_type="text/plain")
    reading = blobs.stream(MEDIA, folder + "x")
    next(reading)
    blobs.upload(MEDIA, folder + "x", _zeros(6), content_type="text/plain", overwrite=True)
    with pytest.raises(Changed):
        next(reading)


def test_a_large_blob_passes_through_little_memory(blobs: Blobs, folder: str) -> None:
    size = 48
    tracemalloc.start()
    blobs.upload(MEDIA, folder + "x", _zeros(size), content_type="audio/wav")
    read = sum(len(piece) for piece in blobs.stream(MEDIA, folder + "x"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == size * MIB
    assert peak < 24 * MIB


def test_large_bytes_go_up_in_blocks(blobs: Blobs, folder: str) -> None:
    data = bytes(range(256)) * (MAX_SINGLE_BYTES // 256 + 1)
    blobs.upload(MEDIA, folder + "x", data, content_type="audio/wav")
    assert blobs.download(MEDIA, folder + "x") == data


def test_a_writer_shows_nothing_before_its_end(blobs: Blobs, folder: str) -> None:
    with blobs.writer(EXPORTS, folder + "x", content_type="text/csv") as export:
        for number in range(3):
            export.write(b"%d" % number * MIB * 2)
        assert blobs.properties(EXPORTS, folder + "x") is None
    facts = blobs.properties(EXPORTS, folder + "x")
    assert facts is not None
    assert (facts.size, facts.etag) == (6 * MIB, export.etag)


def test_a_writer_that_fails_leaves_nothing(
    account: StorageAccount, blobs: Blobs, folder: str
) -> None:
    def pieces() -> Iterator[bytes]:
        yield bytes(5 * MIB)
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        blobs.upload(EXPORTS, folder + "x", pieces(), content_type="text/csv")
    assert _names(account, folder) == []


def test_a_writer_that_fails_leaves_what_was_there(blobs: Blobs, folder: str) -> None:
    blobs.upload(EXPORTS, folder + "x", b"before", content_type="text/csv")
    writer = blobs.writer(EXPORTS, folder + "x", content_type="text/csv", overwrite=True)
    writer.write(bytes(5 * MIB))
    writer.abandon()
    assert blobs.download(EXPORTS, folder + "x") == b"before"


def test_a_purge_takes_all_that_is_kept_of_a_blob(
    account: StorageAccount, blobs: Blobs, folder: str
) -> None:
    blobs.upload(EXPORTS, folder + "a", b"1", content_type="text/csv")
    client = account.blob_service().get_blob_client(EXPORTS.value, folder + "a")
    client.create_snapshot()
    blobs.upload(EXPORTS, folder + "a", b"2", content_type="text/csv", overwrite=True)
    killed = blobs.writer(EXPORTS, folder + "killed", content_type="text/csv")
    killed.write(bytes(5 * MIB))
    assert blobs.purge(EXPORTS, folder) == 2
    assert _names(account, folder) == []
    assert blobs.purge(EXPORTS, folder) == 0
    with pytest.raises(ValueError, match="purge"):
        blobs.purge(EXPORTS, "")


def test_a_delete_takes_the_snapshots_along(
    account: StorageAccount, blobs: Blobs, folder: str
) -> None:
    blobs.upload(EXPORTS, folder + "a", b"1", content_type="text/csv")
    account.blob_service().get_blob_client(EXPORTS.value, folder + "a").create_snapshot()
    assert blobs.delete(EXPORTS, folder + "a")
    assert _names(account, folder) == []


def test_a_copy_is_of_the_version_that_was_checked(blobs: Blobs, folder: str) -> None:
    checked = blobs.upload(UPLOADS, folder + "u", b"audio", content_type="text/html")
    copied = blobs.copy(
        UPLOADS, folder + "u", MEDIA, folder + "m é.wav", if_match=checked, content_type="audio/wav"
    )
    facts = blobs.properties(MEDIA, folder + "m é.wav")
    assert facts is not None
    assert (facts.etag, facts.content_type, facts.size) == (copied, "audio/wav", 5)
    blobs.upload(UPLOADS, folder + "u", b"other", content_type="text/html", overwrite=True)
    with pytest.raises(Changed):
        blobs.copy(UPLOADS, folder + "u", MEDIA, folder + "m2", if_match=checked)
    with pytest.raises(Missing):
        blobs.copy(UPLOADS, folder + "none", MEDIA, folder + "m2")


def test_an_upload_link_writes_this_blob_and_reads_nothing(blobs: Blobs, folder: str) -> None:
    link = blobs.upload_link(UPLOADS, folder + "u é.wav", ttl=MINUTE)
    assert _ask("PUT", link, b"audio")[0] == 201
    assert blobs.download(UPLOADS, folder + "u é.wav") == b"audio"
    assert _ask("GET", link)[0] == 403
    assert _ask("DELETE", link)[0] == 403
    assert _ask("PUT", link.replace("u%20", "v%20"), b"audio")[0] == 403
    assert _ask("PUT", link.replace("/uploads/", "/media/"), b"audio")[0] == 403


def test_a_download_link_reads_this_blob_and_writes_nothing(blobs: Blobs, folder: str) -> None:
    blobs.upload(EXPORTS, folder + "a.csv", b"a,b", content_type="text/csv")
    blobs.upload(EXPORTS, folder + "b.csv", b"c,d", content_type="text/csv")
    link = blobs.download_link(
        EXPORTS,
        folder + "a.csv",
        ttl=MINUTE,
        filename='Fans "é".csv',
        content_type="application/octet-stream",
    )
    status, content, headers = _ask("GET", link)
    assert (status, content) == (200, b"a,b")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''Fans%20%22%C3%A9%22.csv"
    assert _ask("PUT", link, b"x")[0] == 403
    assert _ask("GET", link.replace("a.csv", "b.csv"))[0] == 403
    assert _ask("GET", link.split("?")[0])[0] in {403, 404}


def test_a_link_is_valid_for_its_time_by_the_machine_s_clock(
    account: StorageAccount, blobs: Blobs, folder: str
) -> None:
    blobs.upload(EXPORTS, folder + "a.csv", b"a,b", content_type="text/csv")
    expired = account.sign_blob(
        EXPORTS.value, folder + "a.csv", permission="r", ttl=timedelta(seconds=-5)
    )
    link = blobs.download_link(EXPORTS, folder + "a.csv", ttl=MINUTE)
    assert _ask("GET", f"{link.split('?')[0]}?{expired}")[0] == 403
    with pytest.raises(ValueError, match="while"):
        blobs.download_link(EXPORTS, folder + "a.csv", ttl=timedelta(0))


def test_links_work_through_another_port(
    faulty_blobs: Blobs, blob_wire: FaultyWire, folder: str
) -> None:
    link = faulty_blobs.upload_link(UPLOADS, folder + "u", ttl=MINUTE)
    assert f":{blob_wire.port}/" in link
    assert _ask("PUT", link, b"audio")[0] == 201
    assert faulty_blobs.copy(UPLOADS, folder + "u", MEDIA, folder + "m")
