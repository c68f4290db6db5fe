"""The only place where things are put together.

`App` is made once for each process, at the first call and not at import: importing the application
touches no network. Its members are made when they are first asked for.
"""

import threading
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from shared.artists.audit import AuditTrail
from shared.artists.banners import Banners
from shared.artists.books import Books, FrontDesk
from shared.artists.clerk_memory import ClerkMemory
from shared.artists.clerk_users import ClerkUsers
from shared.artists.connections import Connections
from shared.artists.consents import Consents
from shared.artists.model import Artist
from shared.artists.objections import Objections
from shared.artists.reply_to import ReplyToLinks
from shared.artists.slugs import SlugStore
from shared.artists.store import ArtistStore
from shared.fans.fences import FanFences
from shared.mail.letters import Letter, Letterhead
from shared.mail.orders import Composer, Fulfiller, MailRoom, Order, Skipped
from shared.mail.outbox import Outbox, Template
from shared.mail.postman import Postman
from shared.performance.linking import Linking
from shared.performance.store import PerformanceStore, SpotifyStore
from shared.platform import keyring, secrets, settings, telemetry
from shared.platform.authentication import ClerkSessions, EntraOperators, IssuerKeys
from shared.platform.clients.clerk import Clerk
from shared.platform.clients.http import HttpClient
from shared.platform.clients.jwks import entra_keys, jwks
from shared.platform.clients.resend import Resend
from shared.platform.clients.spotify import Spotify
from shared.platform.clients.spotify_for_artists import SpotifyForArtists
from shared.platform.clock import Clock, SystemClock
from shared.platform.cursors import Cursors
from shared.platform.envelopes import Envelopes
from shared.platform.idempotency import IdempotencyKeys
from shared.platform.ids import ArtistId, Ids
from shared.platform.poison import PoisonMessages
from shared.platform.schedule import Schedule
from shared.platform.secrets import SecretName, Secrets
from shared.platform.settings import Settings
from shared.platform.signing import Signer
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.names import Table
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables
from shared.privacy import closing
from shared.privacy.closing import ClosingDesk, ErasureClass, StopWork
from shared.privacy.closing_mail import ClosingMail
from shared.releases.announcing import Announcer, OnChanged, OnDeleted
from shared.releases.erasure import ReleaseEraser
from shared.releases.model import FanCounts
from shared.releases.store import ReleaseStore, UploadStore
from shared.releases.uploading import FileStores

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


class App:
    """The application: settings, clock, and everything that use cases depend on."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = Ids()

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

    @cached_property
    def mail_room(self) -> MailRoom:
        return MailRoom(
            postman=self.postman,
            outbox=self.outbox,
            head=self.letterhead,
            composers=self.composers,
            fulfillers=self.fulfillers,
        )

    # Each room composes its own mails: `Template.X: composing.x(self.store, ...)`.

    @cached_property
    def composers(self) -> dict[Template, Composer]:
        return {
            Template.REPLY_TO_CONFIRMATION: self._compose_reply_to,
            Template.DELETION_SCHEDULED: self._closing_mail.compose,
        }

    # Who does an order whole: a confirmation claims its caps before the mail.

    @cached_property
    def fulfillers(self) -> dict[Template, Fulfiller]:
        return {}

    # Performance

    @cached_property
    def spotify(self) -> Spotify:
        chosen = self.settings.spotify
        return Spotify(
            HttpClient(chosen.accounts_url, service="spotify"),
            HttpClient(chosen.api_url, service="spotify"),
            self.secrets,
            accounts_url=chosen.accounts_url,
            client_id=chosen.client_id,
        )

    @cached_property
    def spotify_for_artists(self) -> SpotifyForArtists:
        http = HttpClient(self.settings.spotify.for_artists_url, service="s4a")
        return SpotifyForArtists(http, self.secrets)

    @cached_property
    def spotify_connections(self) -> SpotifyStore:
        return SpotifyStore(self.tables)

    @cached_property
    def performance(self) -> PerformanceStore:
        return PerformanceStore(self.tables)

    @property
    def spotify_linking(self) -> Linking:
        return Linking(
            spotify=self.spotify,
            connections=self.spotify_connections,
            performance=self.performance,
            consents=self.consents,
            account=self.connections,
            signer=self.link_signer,
            envelopes=self.envelopes,
            redirect_uri=f"{self.settings.public_base_url}/api/spotify/callback",
        )

    # Rooms

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
    def artists(self) -> ArtistStore:
        return ArtistStore(self.tables)

    # Accounts

    @cached_property
    def account_books(self) -> Books:
        return Books(
            artists=self.artists,
            users=ClerkUsers(self.tables),
            memory=ClerkMemory(self.tables, hash_key=self.mailbox_key),
            slugs=SlugStore(self.tables, hash_key=self.mailbox_key),
            audit=self.audit,
        )

    @cached_property
    def audit(self) -> AuditTrail:
        return AuditTrail(self.tables)

    @cached_property
    def banners(self) -> Banners:
        return Banners(self.tables)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self.tables, self.audit)

    @cached_property
    def objections(self) -> Objections:
        return Objections(self.tables, self.audit)

    @cached_property
    def connections(self) -> Connections:
        return Connections(self.tables)

    @property
    def reply_to_links(self) -> ReplyToLinks:
        return ReplyToLinks(
            artists=self.artists, signer=self.link_signer, base_url=self.settings.public_base_url
        )

    @cached_property
    def front_desk(self) -> FrontDesk:
        return FrontDesk(
            books=self.account_books,
            clerk=self.clerk,
            outbox=self.outbox,
            open_list=self.fan_fences.open,
            erase_now=self.erase_at_once,
        )

    def _compose_reply_to(self, order: Order, *, now: datetime) -> Letter | Skipped:
        return self.reply_to_links.compose(order, now=now)

    @cached_property
    def _closing_mail(self) -> ClosingMail:
        return ClosingMail(artists=self.artists, app_url=self.settings.frontend_origins[0])

    # What else runs for an account and stops when it closes: each room adds its own, repeatable.

    @cached_property
    def on_closing(self) -> tuple[StopWork, ...]:
        return ()

    @cached_property
    def closing_desk(self) -> ClosingDesk:
        return ClosingDesk(
            artists=self.artists,
            schedule=self.schedule,
            fan_list=self.fan_fences,
            stops=self.on_closing,
            clerk=self.clerk,
            audit=self.audit,
            outbox=self.outbox,
            grace=self.settings.erasure_grace,
        )

    def purge_at_once(self, artist: Artist) -> None:
        self._close_now(artist, cause=ErasureClass.STANDARD)

    def erase_at_once(self, artist: Artist) -> None:
        self._close_now(artist, cause=ErasureClass.IMMEDIATE)

    def _close_now(self, artist: Artist, *, cause: ErasureClass) -> None:
        closing.close_at_once(
            artist, cause=cause, desk=self.closing_desk, now=self.clock.now(), ids=self.ids
        )

    # Releases: what the rooms above do when one changes or goes, and how many fans there are

    @cached_property
    def releases(self) -> ReleaseStore:
        return ReleaseStore(self.tables)

    @cached_property
    def release_files(self) -> FileStores:
        return FileStores(
            releases=self.releases, uploads=UploadStore(self.tables), blobs=self.blobs
        )

    @cached_property
    def on_release_changed(self) -> tuple[OnChanged, ...]:
        return ()

    @cached_property
    def on_release_deleted(self) -> tuple[OnDeleted, ...]:
        return ()

    @cached_property
    def release_announcer(self) -> Announcer:
        return Announcer(self.schedule, self.releases, on_changed=self.on_release_changed)

    @cached_property
    def release_eraser(self) -> ReleaseEraser:
        return ReleaseEraser(
            stores=self.release_files, schedule=self.schedule, on_deleted=self.on_release_deleted
        )

    def count_fans(self, _: ArtistId) -> FanCounts:
        return FanCounts()

    @cached_property
    def fan_fences(self) -> FanFences:
        return FanFences(self.tables)


_ring = lru_cache(maxsize=8)(keyring.parse)
_lock = threading.Lock()
_clock: Clock = SystemClock()
_app: App | None = None


def configure(*, clock: Clock) -> None:
    """Choose the clock, before the first request. The local host does; the cloud keeps its own."""
    global _clock, _app
    with _lock:
        _clock, _app = clock, None


def current() -> App:
    """Return the process's application, made at the first call.

    Raises:
        SettingsError: names every setting that is missing or malformed.
    """
    global _app  # noqa: PLW0603 - one application for each process
    with _lock:
        if _app is None:
            _app = App(settings.read(), clock=_clock)
        return _app
