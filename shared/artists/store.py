"""Rows of accounts: the table Artists, one partition an account."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace as dataclass_replace
from datetime import datetime, time

import orjson

from shared.artists.model import (
    Account,
    AccountState,
    Artist,
    ArtistSettings,
    Banner,
    CaptureLook,
    Consent,
    Deletion,
    HeldSlug,
    Link,
    Objection,
    PendingReplyTo,
    Processing,
    SignIn,
    SlugUse,
    SpotifyState,
)
from shared.platform.ids import ArtistId, ErasureId
from shared.platform.storage.faults import AlreadyExists, TransactionFailed
from shared.platform.storage.filters import eq, ge, gt, lt
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Insert, Replace, Upsert
from shared.platform.storage.rows import Row, Value
from shared.platform.storage.tables import Tables

PROFILE = "profile"
SLUG = "slug:"
BANNER = "banner:"
CONSENT = "consent:"
OBJECTION = "objection:"
SPOTIFY = "connection:spotify"


class ArtistStore:
    """Accounts by id: the profile, and the whole partition."""

    def __init__(self, tables: Tables) -> None:
        self._artists = tables.table(Table.ARTISTS)

    def by_id(self, artist_id: ArtistId) -> Artist | None:
        """Return an account. One read."""
        row = self._artists.get(artist_id, PROFILE)
        return artist_from(row) if row else None

    def account(self, artist_id: ArtistId) -> Account:
        """Return the whole account: profile, consents, objections, banners, slugs. One query."""
        return account_from(self._artists.query(partition=artist_id))

    def profiles(self, *, after: str | None = None) -> Iterator[tuple[ArtistId, str, int]]:
        """Yield id, Clerk user and Clerk's version of every account. A query for each 1,000.

        They come in the order of ids, from the one behind `after` on.
        """
        wanted = eq("RowKey", PROFILE)
        rows = self._artists.query(
            where=wanted & gt("PartitionKey", after) if after else wanted,
            select=["clerk_user_id", "clerk_updated_at"],
        )
        for row in rows:
            version = row.need("clerk_updated_at", int)
            yield ArtistId(row.partition), row.need("clerk_user_id", str), version

    def with_unsettled_claims(self, *, before: datetime) -> set[ArtistId]:
        """Return the accounts that noted a claim before a moment and never used it. A scan."""
        kind = ge("RowKey", SLUG) & lt("RowKey", SLUG[:-1] + ";")
        noted = eq("use", SlugUse.CLAIMED.value) & lt("noted_at", before)
        return {
            ArtistId(row.partition) for row in self._artists.query(where=kind & noted, select=[])
        }

    def intend_slug(self, artist_id: ArtistId, slug: str, *, now: datetime) -> bool:
        """Note that an account is about to claim a slug, and tell whether that was news.

        A note that is there already is made anew unless it says more, so that a claim at work is
        never taken for a forgotten one.
        """
        held = HeldSlug(slug=slug, use=SlugUse.CLAIMED, noted_at=now)
        row = _slug_row(artist_id, held)
        try:
            self._artists.insert(row)
        except AlreadyExists:
            found = self._artists.get(artist_id, row.key)
            if found is not None and found.get("use") == SlugUse.CLAIMED.value:
                self._artists.upsert(row)
            return False
        return True

    def forget_slug(self, artist_id: ArtistId, slug: str) -> None:
        """Forget a slug that the account no longer holds."""
        self._artists.delete(artist_id, SLUG + slug)

    def add(self, artist: Artist) -> Artist:
        """Keep a new account, with its slug as the current one.

        Raises:
            AlreadyExists: it is there.
        """
        current = _slug_row(artist.artist_id, _current(artist, now=artist.created_at))
        try:
            etags = self._artists.transact(
                artist.artist_id, [Insert(_to_row(artist)), Upsert(current)]
            )
        except TransactionFailed as failed:
            raise failed.reason from None
        return dataclass_replace(artist, version=etags[0])

    def replace_with_slug(
        self, artist: Artist, *, former: str, now: datetime, until: datetime
    ) -> Artist:
        """Keep a changed account with another slug; the former one becomes a redirect.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        own = artist.artist_id
        left = HeldSlug(slug=former, use=SlugUse.FORMER, noted_at=now, until=until)
        try:
            etags = self._artists.transact(
                own,
                [
                    Replace(_to_row(artist), artist.version or "*"),
                    Upsert(_slug_row(own, _current(artist, now=now))),
                    Upsert(_slug_row(own, left)),
                ],
            )
        except TransactionFailed as failed:
            raise failed.reason from None
        return dataclass_replace(artist, version=etags[0])

    def replace(self, artist: Artist) -> Artist:
        """Keep a changed account.

        Raises:
            Changed: somebody changed it since it was read.
            Missing: it is gone.
        """
        written = self._artists.replace(_to_row(artist), etag=artist.version or "*")
        return dataclass_replace(artist, version=written.etag)


def account_from(rows: Iterable[Row]) -> Account:
    """Return the account that the rows of a partition hold."""
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row.key.partition(":")[0], []).append(row)
    seen = [row for kind, group in kinds.items() if kind != "slug" for row in group]
    profile = kinds.get(PROFILE)
    spotify = next(iter(kinds.get("connection", [])), None)
    return Account(
        artist=artist_from(profile[0]) if profile else None,
        consents=[consent_from(row) for row in kinds.get("consent", [])],
        objections=[objection_from(row) for row in kinds.get("objection", [])],
        banners=[banner_from(row) for row in kinds.get("banner", [])],
        slugs=[_slug_from(row) for row in kinds.get("slug", [])],
        spotify=SpotifyState(spotify.need("state", str)) if spotify else SpotifyState.NOT_CONNECTED,
        versions=[row.etag or "" for row in seen],
    )


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
        reply_to_reference=row.find("reply_to_reference", str),
        pending_reply_to=_pending_reply_to(row),
        reply_to_asks=row.find("reply_to_asks", int) or 0,
        reply_to_asks_since=row.find("reply_to_asks_since", datetime),
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
            "reply_to_reference": artist.reply_to_reference,
            **_pending_values(artist.pending_reply_to),
            "reply_to_asks": artist.reply_to_asks or None,
            "reply_to_asks_since": artist.reply_to_asks_since,
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


def _pending_reply_to(row: Row) -> PendingReplyTo | None:
    address = row.find("pending_reply_to", str)
    if address is None:
        return None
    return PendingReplyTo(
        address=address,
        reference=row.need("pending_reply_to_reference", str),
        asked_at=row.need("pending_reply_to_asked_at", datetime),
    )


def _pending_values(pending: PendingReplyTo | None) -> dict[str, Value | None]:
    return {
        "pending_reply_to": pending.address if pending else None,
        "pending_reply_to_reference": pending.reference if pending else None,
        "pending_reply_to_asked_at": pending.asked_at if pending else None,
    }


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
    return dataclass_replace(
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


def consent_from(row: Row) -> Consent:
    """Return the consent that a row holds."""
    return Consent(
        purpose=row.need("purpose", str),
        granted_at=row.need("granted_at", datetime),
        wording_version=row.need("wording_version", str),
        withdrawn_at=row.find("withdrawn_at", datetime),
    )


def objection_from(row: Row) -> Objection:
    """Return the objection that a row holds."""
    return Objection(
        processing=Processing(row.key.removeprefix(OBJECTION)),
        objected_at=row.need("objected_at", datetime),
    )


def banner_from(row: Row) -> Banner:
    """Return the banner that a row holds."""
    return Banner(
        banner_id=row.key.removeprefix(BANNER),
        kind=row.need("kind", str),
        text=row.need("text", str),
        link=row.find("link", str),
        since=row.need("since", datetime),
        dismissed_at=row.find("dismissed_at", datetime),
    )


def _current(artist: Artist, *, now: datetime) -> HeldSlug:
    return HeldSlug(slug=artist.slug, use=SlugUse.CURRENT, noted_at=now)


def _slug_row(artist_id: ArtistId, held: HeldSlug) -> Row:
    values = {"use": held.use.value, "noted_at": held.noted_at, "until": held.until}
    return Row(artist_id, SLUG + held.slug, values)


def _slug_from(row: Row) -> HeldSlug:
    return HeldSlug(
        slug=row.key.removeprefix(SLUG),
        use=SlugUse(row.need("use", str)),
        noted_at=row.need("noted_at", datetime),
        until=row.find("until", datetime),
    )
