"""Ground: settings, identity, secrets, storage, keys, and the services that rooms share."""

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from shared.mail.letters import Letterhead
from shared.mail.outbox import Outbox
from shared.mail.postman import Postman
from shared.platform import keyring, secrets, telemetry
from shared.platform.authentication import ClerkSessions, EntraOperators, IssuerKeys
from shared.platform.clients.clerk import Clerk
from shared.platform.clients.http import HttpClient
from shared.platform.clients.jwks import entra_keys, jwks
from shared.platform.clients.maxmind import MaxMind
from shared.platform.clients.resend import Resend
from shared.platform.clock import Clock
from shared.platform.cursors import Cursors
from shared.platform.envelopes import Envelopes
from shared.platform.geoip import GeoIp
from shared.platform.idempotency import IdempotencyKeys
from shared.platform.ids import Ids
from shared.platform.limits import Limits
from shared.platform.poison import PoisonMessages
from shared.platform.request_rates import RequestRates
from shared.platform.schedule import Schedule
from shared.platform.secrets import SecretName, Secrets
from shared.platform.settings import Settings
from shared.platform.signing import Signer
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import Table
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


class Ground:
    """What every room stands on, made when it is first asked for."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = Ids()
        self.request_rates = RequestRates()
        # Made anew in each process: what is hashed with it is told nowhere and outlives nothing.
        self.passing_key = self.ids.draw(32)

    # Ground: identity, secrets, storage

    @cached_property
    def identity(self) -> "TokenCredential":
        return secrets.managed_identity(self.settings.identity_client_id)

    @cached_property
    def secrets(self) -> Secrets:
        return secrets.from_key_vault(self.settings.key_vault, credential=lambda: self.identity)

    @cached_property
    def storage(self) -> StorageAccount:
        chosen = self.settings.storage
        if chosen.connection_string is not None:
            return StorageAccount.from_connection_string(chosen.connection_string)
        return StorageAccount.from_identity(chosen.account_name or "", self.identity)

    @cached_property
    def tables(self) -> Tables:
        return Tables(self.storage)

    @cached_property
    def queues(self) -> Queues:
        return Queues(self.storage, correlation_id=telemetry.correlation_id)

    @cached_property
    def blobs(self) -> Blobs:
        return Blobs(self.storage)

    # Keys

    # Rings are read anew each time, from the secrets' cache, so that a rotation needs no restart.

    @property
    def link_signer(self) -> Signer:
        return Signer(_ring(self.secrets.get(SecretName.LINK_SIGNING_KEYS)))

    @property
    def cursors(self) -> Cursors:
        return Cursors(self.link_signer)

    @property
    def envelopes(self) -> Envelopes:
        return Envelopes(_ring(self.secrets.get(SecretName.TOKEN_ENCRYPTION_KEYS)))

    @cached_property
    def fan_id_key(self) -> bytes:
        return keyring.decode_key(self.secrets.get(SecretName.FAN_ID_KEY))

    @cached_property
    def mailbox_key(self) -> bytes:
        return keyring.decode_key(self.secrets.get(SecretName.MAILBOX_KEY))

    # Who asks

    @cached_property
    def clerk_sessions(self) -> ClerkSessions:
        chosen = self.settings.clerk
        return ClerkSessions(
            IssuerKeys(jwks(chosen.issuer)),
            issuer=chosen.issuer,
            authorized_parties=chosen.authorized_parties,
        )

    @cached_property
    def entra_operators(self) -> EntraOperators:
        return EntraOperators(
            IssuerKeys(entra_keys(self.settings.entra_issuer)),
            issuer=self.settings.entra_issuer,
            audience=self.settings.entra_audience,
        )

    @cached_property
    def idempotency_keys(self) -> IdempotencyKeys:
        rows = self.tables.table(Table.IDEMPOTENCY)
        return IdempotencyKeys(rows, hash_key=self.mailbox_key)

    @cached_property
    def clerk(self) -> Clerk:
        http = HttpClient(self.settings.clerk.api_url, service="clerk")
        return Clerk(http, self.secrets)

    # Mail

    @cached_property
    def resend(self) -> Resend:
        return Resend(HttpClient(self.settings.resend_api_url, service="resend"), self.secrets)

    @cached_property
    def postman(self) -> Postman:
        return Postman(self.resend, domain=self.settings.mail_from_domain)

    @cached_property
    def letterhead(self) -> Letterhead:
        return Letterhead(
            public_base_url=self.settings.public_base_url,
            privacy_contact=self.settings.privacy_contact,
        )

    # Services that rooms share

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(self.tables)

    @cached_property
    def poison_messages(self) -> PoisonMessages:
        return PoisonMessages(self.tables)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.queues)

    @cached_property
    def limits(self) -> Limits:
        return Limits(self.tables)

    @cached_property
    def geoip(self) -> GeoIp:
        return GeoIp(self.settings.geoip.database, blobs=self.blobs)

    @cached_property
    def maxmind(self) -> MaxMind:
        chosen = self.settings.geoip
        return MaxMind(
            chosen.maxmind_url, account_id=chosen.maxmind_account_id, secrets=self.secrets
        )


_ring = lru_cache(maxsize=8)(keyring.parse)
