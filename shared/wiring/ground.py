"""Ground: settings, identity, secrets, storage, keys, and the services that rooms share."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from shared.platform import keyring

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from shared.mail.letters import Letterhead
    from shared.mail.outbox import Outbox
    from shared.mail.postman import Postman
    from shared.platform.authentication import ClerkSessions, EntraOperators
    from shared.platform.clients.clerk import Clerk
    from shared.platform.clients.maxmind import MaxMind
    from shared.platform.clients.resend import Resend
    from shared.platform.clock import Clock
    from shared.platform.cursors import Cursors
    from shared.platform.envelopes import Envelopes
    from shared.platform.geoip import GeoIp
    from shared.platform.idempotency import IdempotencyKeys
    from shared.platform.limits import Limits
    from shared.platform.poison import PoisonMessages
    from shared.platform.schedule import Schedule
    from shared.platform.secrets import Secrets
    from shared.platform.settings import Settings
    from shared.platform.signing import Signer
    from shared.platform.storage.account import StorageAccount
    from shared.platform.storage.blobs import Blobs
    from shared.platform.storage.queues import Queues
    from shared.platform.storage.tables import Tables


class Ground:
    """What every room stands on, made when it is first asked for."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        from shared.platform.ids import Ids
        from shared.platform.request_rates import RequestRates

        self.settings = settings
        self.clock = clock
        self.ids = Ids()
        self.request_rates = RequestRates()
        # Made anew in each process: what is hashed with it is told nowhere and outlives nothing.
        self.passing_key = self.ids.draw(32)

    # Ground: identity, secrets, storage

    @cached_property
    def identity(self) -> TokenCredential:
        from shared.platform import secrets

        return secrets.managed_identity(self.settings.identity_client_id)

    @cached_property
    def secrets(self) -> Secrets:
        from shared.platform import secrets

        return secrets.from_key_vault(self.settings.key_vault, credential=lambda: self.identity)

    @cached_property
    def storage(self) -> StorageAccount:
        from shared.platform.storage.account import StorageAccount

        chosen = self.settings.storage
        if chosen.connection_string is not None:
            return StorageAccount.from_connection_string(chosen.connection_string)
        return StorageAccount.from_identity(chosen.account_name or "", self.identity)

    @cached_property
    def tables(self) -> Tables:
        from shared.platform.storage.tables import Tables

        return Tables(self.storage)

    @cached_property
    def queues(self) -> Queues:
        from shared.platform import telemetry
        from shared.platform.storage.queues import Queues

        return Queues(self.storage, correlation_id=telemetry.correlation_id)

    @cached_property
    def blobs(self) -> Blobs:
        from shared.platform.storage.blobs import Blobs

        return Blobs(self.storage)

    # Keys

    # Rings are read anew each time, from the secrets' cache, so that a rotation needs no restart.

    @property
    def link_signer(self) -> Signer:
        from shared.platform.secrets import SecretName
        from shared.platform.signing import Signer

        return Signer(_ring(self.secrets.get(SecretName.LINK_SIGNING_KEYS)))

    @property
    def cursors(self) -> Cursors:
        from shared.platform.cursors import Cursors

        return Cursors(self.link_signer)

    @property
    def envelopes(self) -> Envelopes:
        from shared.platform.envelopes import Envelopes
        from shared.platform.secrets import SecretName

        return Envelopes(_ring(self.secrets.get(SecretName.TOKEN_ENCRYPTION_KEYS)))

    @cached_property
    def fan_id_key(self) -> bytes:
        from shared.platform.secrets import SecretName

        return keyring.decode_key(self.secrets.get(SecretName.FAN_ID_KEY))

    @cached_property
    def mailbox_key(self) -> bytes:
        from shared.platform.secrets import SecretName

        return keyring.decode_key(self.secrets.get(SecretName.MAILBOX_KEY))

    # Who asks

    @cached_property
    def clerk_sessions(self) -> ClerkSessions:
        from shared.platform.authentication import ClerkSessions, IssuerKeys
        from shared.platform.clients.jwks import jwks

        chosen = self.settings.clerk
        return ClerkSessions(
            IssuerKeys(jwks(chosen.issuer)),
            issuer=chosen.issuer,
            authorized_parties=chosen.authorized_parties,
        )

    @cached_property
    def entra_operators(self) -> EntraOperators:
        from shared.platform.authentication import EntraOperators, IssuerKeys
        from shared.platform.clients.jwks import entra_keys

        return EntraOperators(
            IssuerKeys(entra_keys(self.settings.entra_issuer)),
            issuer=self.settings.entra_issuer,
            audience=self.settings.entra_audience,
        )

    @cached_property
    def idempotency_keys(self) -> IdempotencyKeys:
        from shared.platform.idempotency import IdempotencyKeys
        from shared.platform.storage.names import Table

        rows = self.tables.table(Table.IDEMPOTENCY)
        return IdempotencyKeys(rows, hash_key=self.mailbox_key)

    @cached_property
    def clerk(self) -> Clerk:
        from shared.platform.clients.clerk import Clerk
        from shared.platform.clients.http import HttpClient

        http = HttpClient(self.settings.clerk.api_url, service="clerk")
        return Clerk(http, self.secrets)

    # Mail

    @cached_property
    def resend(self) -> Resend:
        from shared.platform.clients.http import HttpClient
        from shared.platform.clients.resend import Resend

        return Resend(HttpClient(self.settings.resend_api_url, service="resend"), self.secrets)

    @cached_property
    def postman(self) -> Postman:
        from shared.mail.postman import Postman

        return Postman(self.resend, domain=self.settings.mail_from_domain)

    @cached_property
    def letterhead(self) -> Letterhead:
        from shared.mail.letters import Letterhead

        return Letterhead(
            public_base_url=self.settings.public_base_url,
            privacy_contact=self.settings.privacy_contact,
        )

    # Services that rooms share

    @cached_property
    def schedule(self) -> Schedule:
        from shared.platform.schedule import Schedule

        return Schedule(self.tables)

    @cached_property
    def poison_messages(self) -> PoisonMessages:
        from shared.platform.poison import PoisonMessages

        return PoisonMessages(self.tables)

    @cached_property
    def outbox(self) -> Outbox:
        from shared.mail.outbox import Outbox

        return Outbox(self.queues)

    @cached_property
    def limits(self) -> Limits:
        from shared.platform.limits import Limits

        return Limits(self.tables)

    @cached_property
    def geoip(self) -> GeoIp:
        from shared.platform.geoip import GeoIp

        return GeoIp(self.settings.geoip.database, blobs=self.blobs)

    @cached_property
    def maxmind(self) -> MaxMind:
        from shared.platform.clients.maxmind import MaxMind

        chosen = self.settings.geoip
        return MaxMind(
            chosen.maxmind_url, account_id=chosen.maxmind_account_id, secrets=self.secrets
        )


_ring = lru_cache(maxsize=8)(keyring.parse)
