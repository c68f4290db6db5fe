"""Accounts and releases: what every room above them builds on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.ground import Ground

if TYPE_CHECKING:
    from shared.artists.audit import AuditTrail
    from shared.artists.banners import Banners
    from shared.artists.books import Books
    from shared.artists.connections import Connections
    from shared.artists.consents import Consents
    from shared.artists.objections import Objections
    from shared.artists.reply_to import ReplyToLinks
    from shared.artists.store import ArtistStore
    from shared.releases.store import ReleaseStore
    from shared.releases.uploading import FileStores


class AccountRoom(Ground):
    """Accounts with all that belongs to them, and releases with their files."""

    # Accounts

    @cached_property
    def artists(self) -> ArtistStore:
        from shared.artists.store import ArtistStore

        return ArtistStore(self.tables)

    @cached_property
    def account_books(self) -> Books:
        from shared.artists.books import Books
        from shared.artists.clerk_memory import ClerkMemory
        from shared.artists.clerk_users import ClerkUsers
        from shared.artists.slugs import SlugStore

        return Books(
            artists=self.artists,
            users=ClerkUsers(self.tables),
            memory=ClerkMemory(self.tables, hash_key=self.mailbox_key),
            slugs=SlugStore(self.tables, hash_key=self.mailbox_key),
            audit=self.audit,
        )

    @cached_property
    def audit(self) -> AuditTrail:
        from shared.artists.audit import AuditTrail

        return AuditTrail(self.tables)

    @cached_property
    def banners(self) -> Banners:
        from shared.artists.banners import Banners

        return Banners(self.tables)

    @cached_property
    def consents(self) -> Consents:
        from shared.artists.consents import Consents

        return Consents(self.tables, self.audit)

    @cached_property
    def objections(self) -> Objections:
        from shared.artists.objections import Objections

        return Objections(self.tables, self.audit)

    @cached_property
    def connections(self) -> Connections:
        from shared.artists.connections import Connections

        return Connections(self.tables)

    @property
    def reply_to_links(self) -> ReplyToLinks:
        from shared.artists.reply_to import ReplyToLinks

        return ReplyToLinks(
            artists=self.artists,
            limits=self.limits,
            mailbox_key=self.mailbox_key,
            signer=self.link_signer,
            base_url=self.settings.public_base_url,
        )

    # Releases

    @cached_property
    def releases(self) -> ReleaseStore:
        from shared.releases.store import ReleaseStore

        return ReleaseStore(self.tables)

    @cached_property
    def release_files(self) -> FileStores:
        from shared.releases.store import UploadStore
        from shared.releases.uploading import FileStores

        return FileStores(
            releases=self.releases, uploads=UploadStore(self.tables), blobs=self.blobs
        )
