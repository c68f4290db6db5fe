"""Shapes of connections, imports and numbers."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.performance.discovery import Entry
from shared.performance.importing import Imported, Upload
from shared.performance.linking import REMOVE_APP_URL
from shared.performance.model import (
    CONSENT_WORDING,
    CONSENT_WORDING_VERSION,
    Connection,
    DiscoverySource,
    Series,
    Share,
)
from shared.performance.reading import AskedDays, Comparison
from shared.platform.clock import instant
from shared.platform.ids import ReleaseId
from shared.platform.schemas import Answer, IsoDate, Request

Percent = Annotated[str, StringConstraints(pattern=r"^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$")]


class SpotifyAuthorization(Answer):
    """Where the artist gives the consent, and the words to show before."""

    authorize_url: str
    consent_wording: str
    consent_wording_version: str

    @classmethod
    def at(cls, address: str) -> "SpotifyAuthorization":
        """Return the answer that sends the artist to this address."""
        return cls(
            authorize_url=address,
            consent_wording=CONSENT_WORDING,
            consent_wording_version=CONSENT_WORDING_VERSION,
        )


class SpotifyView(Answer):
    """The connection's state, and whose account it is, for the artist to confirm."""

    state: Literal["not_connected", "pending", "connected", "needs_reconnect"]
    account_name: str | None
    spotify_artist_id: str | None
    authorised_at: str | None
    synced_until: date | None

    @classmethod
    def of(cls, connection: Connection | None) -> "SpotifyView":
        """Return a connection, or its absence, as it is answered."""
        if connection is None:
            return cls(
                state="not_connected",
                account_name=None,
                spotify_artist_id=None,
                authorised_at=None,
                synced_until=None,
            )
        return cls(
            state=connection.state.value,
            account_name=connection.account_name,
            spotify_artist_id=connection.spotify_artist_id,
            authorised_at=instant(connection.authorised_at),
            synced_until=connection.synced_until,
        )


class SpotifyArtistRequest(Request):
    """Which Spotify artist this is."""

    artist_url: Annotated[str, Field(max_length=300)]


class SpotifyWithdrawal(Answer):
    """What is left for the artist to do: Spotify lets no application revoke its own access."""

    remove_app_url: str = REMOVE_APP_URL


class ImportQuery(Request):
    """What the artist says of an export."""

    release_id: str | None = None
    period: Literal["28d", "1y", "all"] | None = None
    filename: Annotated[str, Field(max_length=255)] | None = None
    preview: bool = False

    def as_upload(self, content: bytes) -> Upload:
        """Return the file with what is said of it."""
        return Upload(
            content=content,
            release_id=ReleaseId(self.release_id) if self.release_id else None,
            period=self.period,
            filename=self.filename,
        )


class SkippedRow(Answer):
    """A row that was not taken."""

    line: int
    reason: str


class ImportView(Answer):
    """What an import found: days of a timeline, or titles of a table."""

    kind: Literal["audience_timeline", "song_timeline", "songs", "playlists"]
    accepted: int
    skipped: list[SkippedRow]
    ignored_columns: list[str]

    @classmethod
    def of(cls, imported: Imported) -> "ImportView":
        """Return an import's outcome as it is answered."""
        return cls(
            kind=imported.kind.value,
            accepted=imported.accepted,
            skipped=[SkippedRow(line=s.line, reason=s.reason) for s in imported.skipped],
            ignored_columns=list(imported.ignored_columns),
        )


class DiscoveryShare(Request):
    """One discovery source's share, in percent."""

    source: DiscoverySource = Field(strict=False)
    percent: Percent

    def as_share(self) -> Share:
        """Return the share as the room knows it."""
        return Share(source=self.source, percent=str(Decimal(self.percent)))


class DiscoverySourcesRequest(Request):
    """What Spotify shows of a range of days, as the artist read it."""

    first: Annotated[IsoDate, Field(alias="from")]
    last: Annotated[IsoDate, Field(alias="to")]
    release_id: str
    sources: Annotated[list[DiscoveryShare], Field(min_length=1, max_length=7)]

    def as_entry(self) -> Entry:
        """Return the entry as the room knows it."""
        return Entry(
            release_id=ReleaseId(self.release_id),
            first=self.first,
            last=self.last,
            shares=tuple(item.as_share() for item in self.sources),
        )


class DiscoverySourceView(Answer):
    """One discovery source."""

    source: str
    percent: str


class DiscoverySourcesView(Answer):
    """The shares that were kept, marked as entered by the artist."""

    release_id: str
    sources: list[DiscoverySourceView]
    source: Literal["entered_by_artist"] = "entered_by_artist"

    @classmethod
    def of(cls, entry: Entry) -> "DiscoverySourcesView":
        """Return an entry as it is answered."""
        return cls(release_id=entry.release_id, sources=discovery_views(entry.shares))


class PerformanceQuery(Request):
    """A range of days, both ends included; the last 28 days by default."""

    first: Annotated[IsoDate | None, Field(alias="from", strict=False)] = None
    last: Annotated[IsoDate | None, Field(alias="to", strict=False)] = None

    @property
    def days(self) -> AskedDays:
        """Return the range as the room knows it."""
        return AskedDays(first=self.first, last=self.last)


class MetricPoint(Answer):
    """One day's number; `delta` is null where no earlier point of the same source exists."""

    day: date
    value: int
    delta: int | None


class MetricView(Answer):
    """A metric with its source and how far it can be trusted."""

    state: Literal["available", "not_provided_by_source", "not_connected", "stale"]
    source: str | None
    since: date | None
    points: list[MetricPoint]

    @classmethod
    def of(cls, series: Series) -> "MetricView":
        """Return a series as it is answered."""
        return cls(
            state=series.state.value,
            source=series.source.value if series.source else None,
            since=series.since,
            points=[MetricPoint(day=p.day, value=p.value, delta=p.delta) for p in series.points],
        )


class ComparisonView(Answer):
    """A number over 28 days and its change to the 28 before, in percent; null is not measured."""

    state: Literal["available", "not_provided_by_source", "not_connected", "stale"]
    source: str | None
    since: date | None
    value: int | None
    change_percent: float | None

    @classmethod
    def of(cls, comparison: Comparison) -> "ComparisonView":
        """Return a comparison as it is answered."""
        series = comparison.series
        return cls(
            state=series.state.value,
            source=series.source.value if series.source else None,
            since=series.since,
            value=comparison.value,
            change_percent=comparison.change_percent,
        )


def discovery_views(shares: tuple[Share, ...]) -> list[DiscoverySourceView]:
    """Return shares as they are answered."""
    return [DiscoverySourceView(source=s.source.value, percent=s.percent) for s in shares]
