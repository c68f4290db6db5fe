"""Secrets: read from Key Vault through its official SDK with a managed identity, and cached.

A secret is read when it is first needed and again after `FRESH_FOR`. While the vault is away the
last copy serves up to `STALE_FOR`; after that we fail closed.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from shared.platform import telemetry
from shared.platform.clock import Clock, SystemClock
from shared.platform.problems import Unavailable
from shared.platform.settings import KeyVaultSettings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.keyvault.secrets import SecretClient

FRESH_FOR = timedelta(minutes=10)
STALE_FOR = timedelta(hours=24)
RETRY_AFTER = timedelta(seconds=30)  # A vault that is away is not asked at every request.


class SecretName(StrEnum):
    """Every secret of the product, once."""

    CLERK_SECRET_KEY = "clerk-secret-key"  # noqa: S105 - a name
    CLERK_WEBHOOK_SECRET = "clerk-webhook-secret"  # noqa: S105 - a name
    RESEND_API_KEY = "resend-api-key"
    RESEND_WEBHOOK_SECRET = "resend-webhook-secret"  # noqa: S105 - a name
    OPENAI_API_KEY = "openai-api-key"
    SPOTIFY_CLIENT_SECRET = "spotify-client-secret"  # noqa: S105 - a name
    SPOTIFY_FOR_ARTISTS_TOKEN = "spotify-for-artists-token"  # noqa: S105 - a name
    TOKEN_ENCRYPTION_KEYS = "token-encryption-keys"  # noqa: S105 - a name
    LINK_SIGNING_KEYS = "link-signing-keys"
    FAN_ID_KEY = "fan-id-key"
    MAILBOX_KEY = "mailbox-key"
    MANIFEST_SIGNING_KEY = "manifest-signing-key"
    MAXMIND_LICENSE_KEY = "maxmind-license-key"


class Secrets(Protocol):
    """Hands out secrets by name."""

    def get(self, name: SecretName) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class _Copy:
    value: str
    read_at: datetime


class KeyVaultSecrets:
    """Key Vault's secrets, cached in this process. Safe to use from several threads."""

    def __init__(self, read: Callable[[str], str], *, clock: Clock | None = None) -> None:
        # The vault's tokens and ages follow the machine's clock, whatever the application's says.
        self._read = read
        self._clock = clock or SystemClock()
        self._copies: dict[SecretName, _Copy] = {}
        self._asked_at: dict[SecretName, datetime] = {}
        self._lock = threading.Lock()

    def get(self, name: SecretName) -> str:
        """Return a secret's current value.

        Raises:
            Unavailable: the vault is away and no copy is young enough.
        """
        now = self._clock.now()
        copy = self._copies.get(name)
        if copy is not None and now - copy.read_at < FRESH_FOR:
            return copy.value
        with self._lock:
            return self._refreshed(name, now=now)

    def _refreshed(self, name: SecretName, *, now: datetime) -> str:
        copy = self._copies.get(name)
        asked_at = self._asked_at.get(name)
        waiting = asked_at is not None and now - asked_at < RETRY_AFTER
        if copy is not None and (waiting or now - copy.read_at < FRESH_FOR):
            return copy.value
        self._asked_at[name] = now
        try:
            value = self._read(name.value)
        except Exception as error:  # noqa: BLE001 - the SDK's errors are many; all mean "away".
            telemetry.alarm("secret_not_read", key=name.value, error=type(error).__name__)
            if copy is not None and now - copy.read_at < STALE_FOR:
                return copy.value
            raise Unavailable(code="secrets_unavailable") from None
        self._copies[name] = _Copy(value, now)
        return value


def from_key_vault(
    settings: KeyVaultSettings, *, credential: Callable[[], "TokenCredential"]
) -> KeyVaultSecrets:
    """Return the vault's secrets; nothing is connected before the first one is read."""

    def read(name: str) -> str:
        value = client().get_secret(name).value
        if not value:
            raise ValueError("The secret is empty.")
        return value

    client = _lazy_client(settings, credential)
    return KeyVaultSecrets(read)


def managed_identity(client_id: str | None) -> "TokenCredential":
    """Return the function app's managed identity, user-assigned when a client id is given."""
    from azure.identity import ManagedIdentityCredential

    return (
        ManagedIdentityCredential(client_id=client_id) if client_id else ManagedIdentityCredential()
    )


def _lazy_client(
    settings: KeyVaultSettings, credential: Callable[[], "TokenCredential"]
) -> Callable[[], "SecretClient"]:
    lock = threading.Lock()
    made: list[SecretClient] = []

    def client() -> "SecretClient":
        with lock:
            if not made:
                made.append(_client(settings, credential()))
            return made[0]

    return client


def _client(settings: KeyVaultSettings, credential: "TokenCredential") -> "SecretClient":
    from azure.keyvault.secrets import SecretClient

    return SecretClient(
        vault_url=settings.url,
        credential=credential,
        verify_challenge_resource=settings.verify_challenge,
        connection_verify=settings.ca_bundle or True,
        connection_timeout=3,
        read_timeout=10,
        retry_total=2,
    )
