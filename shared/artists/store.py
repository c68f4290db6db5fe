"""Rows of accounts: tables Artists (one partition an account), ClerkUsers and Slugs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time

import orjson

from shared.artists.model import (
    AccountState,
    Artist,
    ArtistSettings,
    CaptureLook,
    Deletion,
    Link,
    SignIn,
)
from shared.platform.ids import ArtistId, ErasureId
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

PROFILE = "profile"


class ArtistStore:
    """Accounts by id, and by Clerk user."""

    def __init__(self, tables: Tables) -> None:
        self._artists = tables.table(Table.ARTISTS)
        self._users = tables.table(Table.CLERK_USERS)

    def id_of_user(self, clerk_user_id: str) -> ArtistId | None:
        """Return the artist id of a Clerk user, or None before onboarding."""
        row = self._users.get(clerk_user_id, "artist")
        return ArtistId(row.need("artist_id", str)) if row else None

    def by_user(self, clerk_user_id: str) -> Artist | None:
        """Return a Clerk user's account. Two reads."""
        artist_id = self.id_of_user(clerk_user_id)
        return self.by_id(artist_id) if artist_id else None

    def by_id(self, artist_id: ArtistId) -> Artist | None:
        """Return an account. One read."""
        row = self._artists.get(artist_id, PROFILE)
        return artist_from(row) if row else None

    def account_rows(self, artist_id: ArtistId) -> list[Row]:
        """Return the whole account: profile, consents, banners. One query."""
        return list(self._artists.query(partition=artist_id))

    def add(self, artist: Artist) -> Artist:
        """Keep a new account.

        Raises:
            AlreadyExists: it is there.
        """
        return artist_from(self._artists.insert(_to_row(artist)))

    def replace(self, artist: Artist) -> Artist:
        """Keep a changed account.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        return artist_from(self._artists.replace(_to_row(artist), etag=artist.version or "*"))


def artist_from(row: Row) -> Artist:
    """Return the artist that a profile row holds."""
    return Artist(
        artist_id=ArtistId(row.partition),
        clerk_user_id=row.need("clerk_user_id", str),
        clerk_updated_at=row.need("clerk_updated_at", int),
        email=row.find("email", str),
        sign_in=SignIn(
            provider=row.find("provider", str),
            provider_user_id=row.find("provider_user_id", str),
        ),
        artist_name=row.need("artist_name", str),
        slug=row.need("slug", str),
        time_zone=row.need("time_zone", str),
        age_checked_at=row.need("age_checked_at", datetime),
        created_at=row.need("created_at", datetime),
        bio=row.find("bio", str),
        sender_name=row.find("sender_name", str),
        postal_address=row.find("postal_address", str),
        reply_to=row.find("reply_to", str),
        pending_reply_to=row.find("pending_reply_to", str),
        links=tuple(Link(**item) for item in orjson.loads(row.find("links", str) or "[]")),
        settings=_settings(orjson.loads(row.find("settings", str) or "{}")),
        state=AccountState(row.need("state", str)),
        epoch=row.need("epoch", int),
        deletion=_deletion(row),
        version=row.etag,
    )


def _to_row(artist: Artist) -> Row:
    deletion = artist.deletion
    return Row(
        artist.artist_id,
        PROFILE,
        {
            "clerk_user_id": artist.clerk_user_id,
            "clerk_updated_at": artist.clerk_updated_at,
            "email": artist.email,
            "provider": artist.sign_in.provider,
            "provider_user_id": artist.sign_in.provider_user_id,
            "artist_name": artist.artist_name,
            "slug": artist.slug,
            "time_zone": artist.time_zone,
            "age_checked_at": artist.age_checked_at,
            "created_at": artist.created_at,
            "bio": artist.bio,
            "sender_name": artist.sender_name,
            "postal_address": artist.postal_address,
            "reply_to": artist.reply_to,
            "pending_reply_to": artist.pending_reply_to,
            "links": orjson.dumps(
                [{"label": k.label, "url": k.url} for k in artist.links]
            ).decode(),
            "settings": orjson.dumps(_settings_members(artist.settings)).decode(),
            "state": artist.state.value,
            "epoch": artist.epoch,
            "deletion_requested_at": deletion.requested_at if deletion else None,
            "purge_after": deletion.purge_after if deletion else None,
            "purge_deadline": deletion.purge_deadline if deletion else None,
            "erasure_id": deletion.erasure_id if deletion else None,
        },
    )


def _deletion(row: Row) -> Deletion | None:
    if row.get("erasure_id") is None:
        return None
    return Deletion(
        requested_at=row.need("deletion_requested_at", datetime),
        purge_after=row.need("purge_after", datetime),
        purge_deadline=row.need("purge_deadline", datetime),
        erasure_id=ErasureId(row.need("erasure_id", str)),
    )


def _settings(members: Mapping[str, object]) -> ArtistSettings:
    defaults = ArtistSettings()
    look = members.get("capture")
    return replace(
        defaults,
        reminder_time=time.fromisoformat(str(members.get("reminder_time", "09:00"))),
        reminders_enabled=bool(members.get("reminders_enabled", defaults.reminders_enabled)),
        double_opt_in=bool(members.get("double_opt_in", defaults.double_opt_in)),
        capture=CaptureLook(**look) if isinstance(look, dict) else CaptureLook(),
    )


def _settings_members(settings: ArtistSettings) -> dict[str, object]:
    look = settings.capture
    return {
        "reminder_time": settings.reminder_time.strftime("%H:%M"),
        "reminders_enabled": settings.reminders_enabled,
        "double_opt_in": settings.double_opt_in,
        "capture": {
            "headline": look.headline,
            "thank_you": look.thank_you,
            "accent_colour": look.accent_colour,
            "notice_addition": look.notice_addition,
        },
    }
