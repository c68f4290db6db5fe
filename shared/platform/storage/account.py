"""The storage account: where it is, who we are to it, and the official clients, each made once.

Two ways in, one behaviour: a connection string with the account's key (the emulator), or the
managed identity (the cloud, where shared keys are off). They differ in one thing only: what signs
a link to a blob.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self, TypeVar, cast

from shared.platform.clock import Clock, SystemClock

if TYPE_CHECKING:
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
    from azure.storage.blob import BlobServiceClient, UserDelegationKey
    from azure.storage.queue import QueueClient, QueueServiceClient

    from shared.platform.storage.lean_pipeline import Authentication
    from shared.platform.storage.queue_wire import QueueWire
    from shared.platform.storage.transport import LeanTransport
    from shared.platform.storage.wire import TableWire

Client = TypeVar("Client")

_DELEGATION_LIFETIME: Final = timedelta(hours=2)
_DELEGATION_RENEWAL: Final = timedelta(hours=1)
_CLOCK_SKEW: Final = timedelta(minutes=5)
_STORAGE_SCOPE: Final = "https://storage.azure.com/.default"
_DEVELOPMENT: Final = "UseDevelopmentStorage=true"
_DEVELOPMENT_ACCOUNT: Final = (
    "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2"
    "UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1"
)

# azure-core logs every address at INFO, and with it table keys and blob names.
logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of the three services, without a slash at the end."""

    blob: str
    queue: str
    table: str

    @classmethod
    def of_account(cls, name: str) -> Self:
        """Return the addresses that an account has in the public cloud."""
        services = ("blob", "queue", "table")
        return cls(*(f"https://{name}.{service}.core.windows.net" for service in services))


class StorageAccount:
    """One storage account. Make one for a process and share it: it is safe between threads.

    Nothing is imported, connected to or asked for a token before the first operation.
    """

    def __init__(
        self,
        *,
        name: str,
        endpoints: Endpoints,
        key: str | None = None,
        credential: "TokenCredential | None" = None,
        ca_file: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        if (key is None) == (credential is None):
            raise ValueError("A storage account is entered with a key or with an identity.")
        self.name = name
        self.endpoints = endpoints
        self._key = key
        self._credential = credential
        self._ca_file = ca_file
        self._clock = clock or SystemClock()
        self._made: dict[str, object] = {}
        self._making = threading.RLock()
        self._delegation: tuple[UserDelegationKey, datetime] | None = None

    @classmethod
    def from_connection_string(cls, text: str, *, ca_file: str | None = None) -> Self:
        """Return the account that a connection string with an account key names.

        Raises:
            ValueError: a part is missing. The message never holds the string.
        """
        parts = _parts(_DEVELOPMENT_ACCOUNT if text.strip() == _DEVELOPMENT else text)
        name, key = parts.get("accountname"), parts.get("accountkey")
        if not name or not key:
            raise ValueError("The storage connection string lacks AccountName or AccountKey.")
        return cls(name=name, endpoints=_endpoints(name, parts), key=key, ca_file=ca_file)

    @classmethod
    def from_identity(
        cls,
        name: str,
        credential: "TokenCredential",
        *,
        endpoints: Endpoints | None = None,
        ca_file: str | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """Return an account that is entered with a managed identity (HTTPS only).

        Links to blobs are signed with a user-delegation key, asked for once an hour.
        """
        return cls(
            name=name,
            endpoints=endpoints or Endpoints.of_account(name),
            credential=credential,
            ca_file=ca_file,
            clock=clock,
        )

    def table_wire(self) -> "TableWire":
        """Return the pipeline to the tables."""
        return self._once("tables", self._make_table_wire)

    def blob_service(self) -> "BlobServiceClient":
        """Return the official client of the blobs."""
        return self._once("blobs", self._make_blob_service)

    def queue_wire(self) -> "QueueWire":
        """Return the pipeline to the queues."""

        def make() -> "QueueWire":
            from shared.platform.storage.queue_wire import QueueWire

            return QueueWire(self.endpoints.queue, self._queue_authentication(), self._transport())

        return self._once("queue wire", make)

    def queue_service(self) -> "QueueServiceClient":
        """Return the official client of all queues."""
        return self._once("queues", self._make_queue_service)

    def queue_client(self, name: str) -> "QueueClient":
        """Return the official client of one queue."""
        return self._once("queue " + name, lambda: self.queue_service().get_queue_client(name))

    def sign_blob(
        self,
        container: str,
        name: str,
        *,
        permission: str,
        ttl: timedelta,
        disposition: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """Return a signature (SAS) for exactly one blob, valid from now on for `ttl`.

        A download answers with `disposition` and `content_type` as its headers. Times are the
        machine's own: Azure checks them by its clock, not by the product's.
        """
        from azure.storage.blob import generate_blob_sas

        now = self._clock.now()
        return generate_blob_sas(
            self.name,
            container,
            name,
            account_key=self._key,
            user_delegation_key=self._delegation_key(now) if self._key is None else None,
            permission=permission,
            expiry=now + ttl,
            protocol="https" if self.endpoints.blob.startswith("https:") else "https,http",
            content_disposition=disposition,
            content_type=content_type,
        )

    def _delegation_key(self, now: datetime) -> "UserDelegationKey":
        from shared.platform.storage.vendor import call

        with self._making:
            if self._delegation is None or now >= self._delegation[1]:
                key = call(
                    lambda: self.blob_service().get_user_delegation_key(
                        now - _CLOCK_SKEW, now + _DELEGATION_LIFETIME
                    )
                )
                self._delegation = (key, now + _DELEGATION_RENEWAL)
            return self._delegation[0]

    def _once(self, what: str, make: Callable[[], Client]) -> Client:
        made = self._made.get(what)
        if made is None:
            with self._making:
                made = self._made.get(what)
                if made is None:
                    made = self._made[what] = make()
        return cast(Client, made)

    def _transport(self) -> "LeanTransport":
        def make() -> "LeanTransport":
            from shared.platform.storage.transport import LeanTransport

            return LeanTransport(ca_file=self._ca_file)

        return self._once("transport", make)

    def _make_table_wire(self) -> "TableWire":
        from azure.data.tables import TableServiceClient

        from shared.platform.storage.wire import TableWire

        return TableWire(
            TableServiceClient(
                self.endpoints.table,
                credential=self._sdk_credential(),
                transport=self._transport(),
                retry_total=0,
            ),
            self._transport(),
        )

    def _make_blob_service(self) -> "BlobServiceClient":
        from azure.storage.blob import BlobServiceClient

        return BlobServiceClient(
            self.endpoints.blob,
            credential=self._sdk_credential(),
            transport=self._transport(),
            retry_total=0,
        )

    def _make_queue_service(self) -> "QueueServiceClient":
        from azure.storage.queue import QueueServiceClient

        return QueueServiceClient(
            self.endpoints.queue,
            credential=self._sdk_credential(),
            transport=self._transport(),
            retry_total=0,
        )

    def _queue_authentication(self) -> "Authentication":
        if self._credential is not None:
            from azure.core.pipeline.policies import BearerTokenCredentialPolicy

            token = BearerTokenCredentialPolicy(self._credential, _STORAGE_SCOPE)
            return cast("Authentication", token)  # It minds neither form of request.
        # The emulator's way in. There is no public way to the signing; the version is pinned, and
        # tests/contracts/storage/test_queues.py reads the messages with the SDK.
        return cast("Authentication", self.queue_service()._credential_policy)  # noqa: SLF001

    def _sdk_credential(self) -> "AzureNamedKeyCredential | TokenCredential":
        if self._credential is not None:
            return self._credential
        from azure.core.credentials import AzureNamedKeyCredential

        return AzureNamedKeyCredential(self.name, self._key or "")

    def close(self) -> None:
        """Close the kept connections. The account may be used again afterwards."""
        if "transport" in self._made:
            self._transport().shut()


def _parts(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _endpoints(name: str, parts: Mapping[str, str]) -> Endpoints:
    suffix = parts.get("endpointsuffix", "core.windows.net")
    scheme = parts.get("defaultendpointsprotocol", "https")

    def endpoint(service: str) -> str:
        default = f"{scheme}://{name}.{service}.{suffix}"
        return parts.get(service + "endpoint", default).rstrip("/")

    return Endpoints(endpoint("blob"), endpoint("queue"), endpoint("table"))
