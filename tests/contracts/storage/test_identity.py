"""The cloud's way in: a managed identity over TLS, links signed with a user-delegation key."""

import base64
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from azure.core.credentials import AccessToken

from local.stack.azurite import ACCOUNT
from shared.platform.storage.account import Endpoints, StorageAccount
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.faults import StorageUnavailable
from shared.platform.storage.names import Container, Queue, Table
from shared.platform.storage.operations import Insert, Merge
from shared.platform.storage.queues import Queues
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from tests.contracts.storage.emulator import running_with_tls


class Identity:
    """Gives tokens as Azurite's `--oauth basic` checks them: issuer, audience, times."""

    def __init__(self) -> None:
        self.given = 0

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        assert all(scope.startswith("https://storage.azure.com/") for scope in scopes)
        self.given += 1
        now = int(time.time())
        claims = {
            "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
            "aud": "https://storage.azure.com",
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 3600,
            "oid": "11111111-1111-1111-1111-111111111111",
            "tid": "00000000-0000-0000-0000-000000000000",
        }
        parts = (_part({"alg": "none", "typ": "JWT"}), _part(claims), "c2ln")
        return AccessToken(".".join(parts), now + 3600)


class SetClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment


def _make_needed(account: StorageAccount) -> None:
    """Make the few things that these tests use; the emulator is fresh."""
    account.table_wire().send(
        "POST",
        "/Tables",
        headers={"Content-Type": "application/json"},
        body=json.dumps({"TableName": Table.FANS}).encode(),
    )
    account.queue_service().create_queue(Queue.EMAILS)
    for container in (Container.MEDIA, Container.UPLOADS):
        account.blob_service().create_container(container)


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Cloud:
    """An Azurite as the cloud is entered: over TLS, with tokens."""

    endpoints: Endpoints
    ca_file: str


def _entered(cloud: Cloud, identity: Identity, clock: SetClock) -> StorageAccount:
    return StorageAccount.from_identity(
        ACCOUNT, identity, endpoints=cloud.endpoints, ca_file=cloud.ca_file, clock=clock
    )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running_with_tls(tmp_path_factory.mktemp("azurite-tls")) as (azurite, ca_file):
        ports = (azurite.blob, azurite.queue, azurite.table)
        addresses = (f"https://127.0.0.1:{port}/{ACCOUNT}" for port in ports)
        made = Cloud(Endpoints(*addresses), ca_file)
        account = _entered(made, Identity(), SetClock())
        _make_needed(account)
        account.close()
        yield made


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def entered(cloud: Cloud, identity: Identity, clock: SetClock) -> Iterator[StorageAccount]:
    account = _entered(cloud, identity, clock)
    yield account
    account.close()


def _status(cloud: Cloud, request: Request) -> int:
    context = ssl.create_default_context(cafile=cloud.ca_file)
    try:
        with urlopen(request, context=context) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_tables_queues_and_blobs_are_entered_with_an_identity(
    entered: StorageAccount, identity: Identity, partition: str, folder: str
) -> None:
    fans = Tables(entered).table(Table.FANS)
    fans.insert(Row(partition, "live", {"n": 2**40}))
    live = Row(partition, "live")
    fans.transact(partition, [Merge(live, etag="*"), Insert(Row(partition, "k", {}))])
    assert [row.key for row in fans.query(partition=partition)] == ["k", "live"]
    Queues(entered, correlation_id=lambda: "req_1").send(Queue.EMAILS, {"n": 1})
    Blobs(entered).upload(Container.MEDIA, folder + "x", b"x", content_type="text/plain")
    assert Blobs(entered).download(Container.MEDIA, folder + "x") == b"x"
    assert identity.given <= 3


def test_links_are_signed_with_a_delegated_key(
    entered: StorageAccount, cloud: Cloud, folder: str
) -> None:
    blobs = Blobs(entered)
    upload = blobs.upload_link(Container.UPLOADS, folder + "u", ttl=timedelta(minutes=5))
    assert "skoid=" in upload
    assert "spr=https&" in upload
    headers = {"x-ms-blob-type": "BlockBlob"}
    put = Request(upload, b"audio", headers, method="PUT")
    assert _status(cloud, put) == 201
    assert _status(cloud, Request(upload)) == 403
    other = Request(upload.replace("/u?", "/v?"), b"audio", headers, method="PUT")
    assert _status(cloud, other) == 403
    download = blobs.download_link(Container.UPLOADS, folder + "u", ttl=timedelta(minutes=5))
    assert _status(cloud, Request(download)) == 200
    assert blobs.copy(Container.UPLOADS, folder + "u", Container.MEDIA, folder + "m")


def test_the_delegated_key_is_asked_for_once_an_hour(
    entered: StorageAccount, clock: SetClock
) -> None:
    def key_id() -> str:
        link = Blobs(entered).download_link(Container.MEDIA, "x", ttl=timedelta(minutes=5))
        return link.split("ske=")[1].split("&")[0]

    first = key_id()
    clock.moment += timedelta(minutes=59)
    assert key_id() == first
    clock.moment += timedelta(minutes=1)
    assert key_id() != first


def test_a_certificate_that_nobody_trusts_is_no_connection(
    cloud: Cloud, identity: Identity
) -> None:
    account = StorageAccount.from_identity(ACCOUNT, identity, endpoints=cloud.endpoints)
    with pytest.raises(StorageUnavailable):
        Tables(account).table(Table.FANS).get("p", "k")
    account.close()


def test_an_identity_finds_the_account_s_public_addresses() -> None:
    account = StorageAccount.from_identity("starlight", Identity())
    assert account.endpoints.blob == "https://starlight.blob.core.windows.net"
    assert account.endpoints.queue == "https://starlight.queue.core.windows.net"
    assert account.endpoints.table == "https://starlight.table.core.windows.net"
