"""Rows of connections (table Spotify) and of numbers (table Performance, day first)."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from shared.artists.model import SpotifyState
from shared.performance.model import (
    CONSENTED_SOURCES,
    Connection,
    Metric,
    Point,
    Source,
)
from shared.platform.ids import ArtistId, ReleaseId
from shared.platform.storage.faults import TransactionFailed
from shared.platform.storage.filters import eq, ge, lt
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Delete, Upsert
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables

CONNECTION = "connection"
TOKEN = "token"  # noqa: S105 - a row's key
_OAUTH = "oauth|"
_WHOLE_ARTIST = "artist"
_BATCH = 100  # The most operations of one transaction.


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthAttempt:
    """A connection that was begun: good once, for ten minutes, for one artist and session."""

    state_hash: str
    session_hash: str
    sealed_verifier: str
    expires_at: datetime
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedToken:
    """The refresh token in its envelope."""

    envelope: str
    version: str | None = None


class SpotifyStore:
    """Connections to Spotify, by artist."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.SPOTIFY)

    def begin(self, artist_id: ArtistId, attempt: OAuthAttempt) -> None:
        """Keep an attempt until its callback."""
        self._rows.insert(
            Row(
                artist_id,
                _OAUTH + attempt.state_hash,
                {
                    "session_hash": attempt.session_hash,
                    "verifier": attempt.sealed_verifier,
                    "expires_at": attempt.expires_at,
                },
            )
        )

    def take_attempt(self, artist_id: ArtistId, state_hash: str) -> OAuthAttempt | None:
        """Return an attempt and use it up; None when there is none, or somebody was faster.

        Raises:
            Changed: two callbacks at once; one of them has it.
        """
        row = self._rows.get(artist_id, _OAUTH + state_hash)
        if row is None or not self._rows.delete(artist_id, row.key, etag=row.etag or "*"):
            return None
        return OAuthAttempt(
            state_hash=state_hash,
            session_hash=row.need("session_hash", str),
            sealed_verifier=row.need("verifier", str),
            expires_at=row.need("expires_at", datetime),
        )

    def connection(self, artist_id: ArtistId) -> Connection | None:
        """Return an artist's connection, or None."""
        row = self._rows.get(artist_id, CONNECTION)
        return _connection(row) if row else None

    def connected(self) -> Iterator[Connection]:
        """Return every active connection: a scan of the table, once a day."""
        where = eq("RowKey", CONNECTION) & eq("state", SpotifyState.CONNECTED.value)
        return (_connection(row) for row in self._rows.query(where=where))

    def put_pending(self, connection: Connection, token: SealedToken) -> None:
        """Keep a new connection with its token, in place of an earlier one, at once."""
        self._rows.transact(
            connection.artist_id,
            [
                Upsert(_connection_row(connection)),
                Upsert(Row(connection.artist_id, TOKEN, {"envelope": token.envelope})),
            ],
        )

    def replace(self, connection: Connection) -> Connection:
        """Keep a changed connection.

        Raises:
            Changed: somebody changed it.
            Missing: it was withdrawn: a late step writes nothing back.
        """
        return _connection(
            self._rows.replace(_connection_row(connection), etag=connection.version or "*")
        )

    def token(self, artist_id: ArtistId) -> SealedToken | None:
        """Return the artist's sealed refresh token, or None."""
        row = self._rows.get(artist_id, TOKEN)
        if row is None:
            return None
        return SealedToken(envelope=row.need("envelope", str), version=row.etag)

    def replace_token(self, artist_id: ArtistId, token: SealedToken) -> None:
        """Keep a rotated token.

        Raises:
            Missing: the consent was withdrawn meanwhile; the token must not come back.
            Changed: another sync rotated it.
        """
        self._rows.replace(
            Row(artist_id, TOKEN, {"envelope": token.envelope}), etag=token.version or "*"
        )

    def forget_token(self, artist_id: ArtistId) -> None:
        """Delete the sealed token alone."""
        self._rows.delete(artist_id, TOKEN)

    def forget(self, artist_id: ArtistId) -> int:
        """Delete everything of an artist's connection; return how many rows there were."""
        keys = [row.key for row in self._rows.query(partition=artist_id, select=("RowKey",))]
        if keys:
            self._rows.transact(artist_id, [Delete(key) for key in keys[:_BATCH]])
        return len(keys)

    def forget_expired(self, *, now: datetime) -> int:
        """Delete attempts that nobody finished; return how many. A scan, once a night."""
        where = ge("RowKey", _OAUTH) & lt("RowKey", _OAUTH + "~") & lt("expires_at", now)
        expired = list(self._rows.query(where=where))
        for row in expired:
            self._rows.delete(row.partition, row.key)
        return len(expired)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A period's table of an export (songs, playlists), as of its import's day."""

    kind: str
    day: date
    period: str
    rows: tuple[dict[str, str | int | None], ...]


class PerformanceStore:
    """Numbers by artist and release; keys begin with the day, so that age is a key range."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.PERFORMANCE)

    def put(
        self, artist_id: ArtistId, release_id: ReleaseId | None, points: Sequence[Point]
    ) -> None:
        """Keep points; a later number for the same day, metric and source replaces the earlier."""
        partition = _partition(artist_id, release_id)
        for start in range(0, len(points), _BATCH):
            self._rows.transact(
                partition,
                [
                    Upsert(
                        Row(
                            partition,
                            _key(point),
                            {"value": point.value, "source": point.source.value},
                        )
                    )
                    for point in points[start : start + _BATCH]
                ],
            )

    def points(
        self, artist_id: ArtistId, release_id: ReleaseId | None, *, first: date, last: date
    ) -> list[Point]:
        """Return the points of a range of days, both ends included. One query."""
        rows = self._rows.query(
            partition=_partition(artist_id, release_id),
            first=first.isoformat(),
            last=last.isoformat() + "~",
        )
        return [point for row in rows if (point := _point(row)) is not None]

    def put_table(
        self, artist_id: ArtistId, release_id: ReleaseId | None, table: StoredTable
    ) -> None:
        """Keep a period's table; the same import on the same day replaces itself."""
        key = f"{table.day.isoformat()}|table|{table.kind}|{table.period}"
        content = zlib.compress(orjson.dumps(list(table.rows)))
        self._rows.upsert(
            Row(
                _partition(artist_id, release_id),
                key,
                {"table": content, "source": Source.CSV.value},
            )
        )

    def put_shares(
        self, artist_id: ArtistId, release_id: ReleaseId, *, first: date, last: date, shares: str
    ) -> None:
        """Keep the discovery sources of a range of days, as the artist entered them."""
        self._rows.upsert(
            Row(
                _partition(artist_id, release_id),
                f"{last.isoformat()}|discovery",
                {"from": first.isoformat(), "shares": shares, "source": Source.ARTIST.value},
            )
        )

    def shares(
        self, artist_id: ArtistId, release_id: ReleaseId, *, first: date, last: date
    ) -> str | None:
        """Return the newest discovery sources within a range of days, as they were kept."""
        rows = self._rows.query(
            partition=_partition(artist_id, release_id),
            first=first.isoformat(),
            last=last.isoformat() + "~",
        )
        kept = [row.need("shares", str) for row in rows if "shares" in row]
        return kept[-1] if kept else None

    def forget_consented(self, artist_id: ArtistId) -> int:
        """Delete everything that came through Spotify's consent; return how many rows."""
        return sum(
            self._delete_all(self._of_artist(artist_id, source=source))
            for source in sorted(CONSENTED_SOURCES)
        )

    def forget_release(self, artist_id: ArtistId, release_id: ReleaseId) -> int:
        """Delete a release's numbers; return how many rows."""
        return self._delete_all(self._rows.query(partition=_partition(artist_id, release_id)))

    def forget_artist(self, artist_id: ArtistId) -> int:
        """Delete all of an artist's numbers; return how many rows."""
        return self._delete_all(self._of_artist(artist_id))

    def forget_before(self, day: date) -> int:
        """Delete what is about an earlier day, over all artists; return how many rows.

        A scan of the table with the range applied at the service: its cost grows with all rows
        kept, which retention itself bounds to twelve months.
        """
        return self._delete_all(self._rows.query(where=lt("RowKey", day.isoformat())))

    def _of_artist(self, artist_id: ArtistId, *, source: Source | None = None) -> Iterator[Row]:
        where = ge("PartitionKey", f"{artist_id}|") & lt("PartitionKey", f"{artist_id}~")
        if source is not None:
            where &= eq("source", source.value)
        return self._rows.query(where=where)

    def _delete_all(self, rows: Iterable[Row]) -> int:
        by_partition: dict[str, list[str]] = {}
        for row in rows:
            by_partition.setdefault(row.partition, []).append(row.key)
        for partition, keys in by_partition.items():
            for start in range(0, len(keys), _BATCH):
                self._delete(partition, keys[start : start + _BATCH])
        return sum(len(keys) for keys in by_partition.values())

    def _delete(self, partition: str, keys: Sequence[str]) -> None:
        try:
            self._rows.transact(partition, [Delete(key) for key in keys])
        except TransactionFailed:
            # Another run of the same purge was faster with one of them.
            for key in keys:
                self._rows.delete(partition, key)


def _partition(artist_id: ArtistId, release_id: ReleaseId | None) -> str:
    return f"{artist_id}|{release_id or _WHOLE_ARTIST}"


def _key(point: Point) -> str:
    return f"{point.day.isoformat()}|{point.metric.value}|{point.source.value}"


def _point(row: Row) -> Point | None:
    day, _, rest = row.key.partition("|")
    metric, _, source = rest.partition("|")
    if "value" not in row:
        return None
    return Point(
        day=date.fromisoformat(day),
        metric=Metric(metric),
        value=row.need("value", int),
        source=Source(source),
    )


def _connection(row: Row) -> Connection:
    synced = row.find("synced_until", str)
    return Connection(
        artist_id=ArtistId(row.partition),
        state=SpotifyState(row.need("state", str)),
        session_hash=row.need("session_hash", str),
        account_name=row.find("account_name", str),
        account_id=row.find("account_id", str),
        authorised_at=row.need("authorised_at", datetime),
        spotify_artist_id=row.find("spotify_artist_id", str),
        doubted_at=row.find("doubted_at", datetime),
        synced_until=date.fromisoformat(synced) if synced else None,
        version=row.etag,
    )


def _connection_row(connection: Connection) -> Row:
    synced = connection.synced_until
    return Row(
        connection.artist_id,
        CONNECTION,
        {
            "state": connection.state.value,
            "session_hash": connection.session_hash,
            "account_name": connection.account_name,
            "account_id": connection.account_id,
            "authorised_at": connection.authorised_at,
            "spotify_artist_id": connection.spotify_artist_id,
            "doubted_at": connection.doubted_at,
            "synced_until": synced.isoformat() if synced else None,
        },
    )
