"""What is answered about an account."""

from shared.artists.audit import AuditEntry, Fact
from shared.artists.banners import newest_first
from shared.artists.model import Account, Artist, Banner, Consent, Objection, Processing
from shared.platform.clock import instant
from shared.platform.problems import NotFound
from shared.platform.schemas import Answer


class SignInView(Answer):
    """How the artist signs in, as Clerk tells."""

    provider: str | None
    provider_user_id: str | None


class LinkView(Answer):
    """A link that the artist shows."""

    label: str
    url: str


class CaptureLookView(Answer):
    """What the capture page says and shows; null is the product's own."""

    headline: str | None
    thank_you: str | None
    accent_colour: str | None
    notice_addition: str | None


class SettingsView(Answer):
    """What the artist chose."""

    reminder_time: str
    reminders_enabled: bool
    double_opt_in: bool
    capture: CaptureLookView


class ConsentView(Answer):
    """A consent; a withdrawn one stays listed."""

    purpose: str
    granted_at: str
    withdrawn_at: str | None
    wording_version: str

    @classmethod
    def of(cls, consent: Consent) -> "ConsentView":
        """Return a consent as it is answered."""
        return cls(
            purpose=consent.purpose,
            granted_at=instant(consent.granted_at),
            withdrawn_at=instant(consent.withdrawn_at) if consent.withdrawn_at else None,
            wording_version=consent.wording_version,
        )


class ObjectionView(Answer):
    """An objection in force."""

    processing: Processing
    objected_at: str

    @classmethod
    def of(cls, objection: Objection) -> "ObjectionView":
        """Return an objection as it is answered."""
        return cls(processing=objection.processing, objected_at=instant(objection.objected_at))


class SpotifyConnectionView(Answer):
    """How Spotify is connected: not_connected, pending, connected, needs_reconnect."""

    state: str


class DeletionView(Answer):
    """A deletion that was asked for, and until when it can be undone."""

    purge_after: str
    purge_deadline: str
    erasure_id: str


class BannerView(Answer):
    """A notice in the product."""

    id: str
    kind: str
    text: str
    link: str | None
    since: str

    @classmethod
    def of(cls, banner: Banner) -> "BannerView":
        """Return a banner as it is answered."""
        return cls(
            id=banner.banner_id,
            kind=banner.kind,
            text=banner.text,
            link=banner.link,
            since=instant(banner.since),
        )


class BannerPage(Answer):
    """The notices due."""

    items: list[BannerView]
    next_cursor: str | None


class ActivityView(Answer):
    """One line of the artist's audit trail."""

    id: str
    what: str
    actor: str
    at: str
    facts: dict[str, Fact]

    @classmethod
    def of(cls, entry: AuditEntry) -> "ActivityView":
        """Return an entry as it is answered."""
        return cls(
            id=entry.entry_id,
            what=entry.what,
            actor=entry.actor.value,
            at=instant(entry.at),
            facts=dict(entry.facts),
        )


class ActivityPage(Answer):
    """A page of the audit trail, newest first."""

    items: list[ActivityView]
    next_cursor: str | None


class MeView(Answer):
    """The artist's whole account."""

    id: str
    email: str | None
    sign_in: SignInView
    artist_name: str
    slug: str
    page_url: str
    time_zone: str
    bio: str | None
    sender_name: str
    postal_address: str | None
    reply_to: str | None
    pending_reply_to: str | None
    links: list[LinkView]
    settings: SettingsView
    consents: list[ConsentView]
    objections: list[ObjectionView]
    spotify: SpotifyConnectionView
    deletion: DeletionView | None
    banners: list[BannerView]
    created_at: str

    @classmethod
    def of(cls, account: Account, *, base_url: str) -> "MeView":
        """Return an onboarded account as it is answered."""
        artist = onboarded(account)
        return cls(
            id=artist.artist_id,
            email=artist.email,
            sign_in=SignInView(
                provider=artist.sign_in.provider,
                provider_user_id=artist.sign_in.provider_user_id,
            ),
            artist_name=artist.artist_name,
            slug=artist.slug,
            page_url=f"{base_url}/a/{artist.slug}",
            time_zone=artist.time_zone,
            bio=artist.bio,
            sender_name=artist.legal_sender,
            postal_address=artist.postal_address,
            reply_to=artist.reply_to,
            pending_reply_to=artist.pending_reply_to.address if artist.pending_reply_to else None,
            links=[LinkView(label=link.label, url=link.url) for link in artist.links],
            settings=_settings_view(artist),
            consents=[ConsentView.of(consent) for consent in account.consents],
            objections=[ObjectionView.of(objection) for objection in account.objections],
            spotify=SpotifyConnectionView(state=account.spotify.value),
            deletion=_deletion_view(artist),
            banners=[BannerView.of(banner) for banner in newest_first(list(account.banners))],
            created_at=instant(artist.created_at),
        )


class EventReceipt(Answer):
    """What a webhook came to; the sender reads the status only."""

    outcome: str


def onboarded(account: Account) -> Artist:
    """Return the account's artist.

    Raises:
        NotFound: before onboarding, or after an erasure.
    """
    if account.artist is None:
        raise NotFound("Finish the onboarding first.", code="not_onboarded")
    return account.artist


def _settings_view(artist: Artist) -> SettingsView:
    chosen = artist.settings
    look = chosen.capture
    return SettingsView(
        reminder_time=chosen.reminder_time.strftime("%H:%M"),
        reminders_enabled=chosen.reminders_enabled,
        double_opt_in=chosen.double_opt_in,
        capture=CaptureLookView(
            headline=look.headline,
            thank_you=look.thank_you,
            accent_colour=look.accent_colour,
            notice_addition=look.notice_addition,
        ),
    )


def _deletion_view(artist: Artist) -> DeletionView | None:
    deletion = artist.deletion
    if deletion is None:
        return None
    return DeletionView(
        purge_after=instant(deletion.purge_after),
        purge_deadline=instant(deletion.purge_deadline),
        erasure_id=deletion.erasure_id,
    )
