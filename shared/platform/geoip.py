"""Where an address about is: a city database in this instance's memory, asked by nobody else.

The database that `geoip_refresh` keeps in the container `geoip` is fetched once by each instance
and then looked after once an hour, beside the requests. A file at GEOIP_DATABASE serves where the
container holds none (development). MaxMind's licence and the policy ask the same: a fetched
database that was built over 30 days ago is not used. Whatever fails, the place is not known, and
the fan notices nothing.
"""

import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.platform import telemetry
from shared.platform.addresses import Address
from shared.platform.storage.blobs import Blobs
from shared.platform.storage.faults import StorageFault, StorageUnavailable
from shared.platform.storage.names import Container

if TYPE_CHECKING:
    from maxminddb import Reader

BLOB: Final = "GeoLite2-City.mmdb"
USED_FOR: Final = timedelta(days=30)
LOOKED_AFTER_EVERY: Final = timedelta(hours=1)
# A first visitor waits this long for the database; who comes later finds it.
_FIRST_WAIT_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Locality:
    """A place by name, as far as the database says; `country` is ISO 3166-1 alpha-2."""

    country: str | None = None
    region: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class _Database:
    reader: "Reader"
    etag: str | None  # Of the blob; None for a file of this machine.
    built_at: datetime

    def serves(self, now: datetime) -> bool:
        return self.etag is None or now - self.built_at <= USED_FOR


class GeoIp:
    """Answers where an address about is. Safe to use from several threads."""

    def __init__(self, database: str, *, blobs: Blobs) -> None:
        self._path = Path(database)
        self._blobs = blobs
        self._database: _Database | None = None
        self._looked_at: datetime | None = None
        self._loading: threading.Thread | None = None
        self._lock = threading.Lock()

    def warm(self, *, now: datetime) -> None:
        """Begin to fetch the database, before somebody needs it; waits for nothing."""
        self._look_after(now=now)

    def locate(self, address: Address | None, *, now: datetime) -> Locality:
        """Return where an address about is; everything None where nobody knows."""
        loading = self._look_after(now=now)
        if loading is not None and self._database is None:
            loading.join(_FIRST_WAIT_SECONDS)
        database = self._database
        if address is None or database is None:
            return Locality()
        if not database.serves(now):
            telemetry.alarm("geoip_database_too_old", day=database.built_at.date().isoformat())
            return Locality()
        try:
            return _locality(database.reader.get(address))
        except Exception as error:  # noqa: BLE001 - a corrupt file fails in many ways; its texts hold the address.
            telemetry.alarm("geoip_lookup_failed", error=type(error).__name__)
            return Locality()

    def built_at(self) -> datetime | None:
        """Return when the database in use was built, or None when there is none."""
        return self._database.built_at if self._database else None

    def _look_after(self, *, now: datetime) -> threading.Thread | None:
        """See to the database when it is time; return the thread that does, if one runs."""
        with self._lock:
            if self._loading is not None and self._loading.is_alive():
                return self._loading
            if self._looked_at is not None and abs(now - self._looked_at) < LOOKED_AFTER_EVERY:
                return None
            self._looked_at = now
            self._loading = threading.Thread(target=self._load, name="geoip", daemon=True)
            self._loading.start()
            return self._loading

    def _load(self) -> None:
        try:
            self._database = self._fetched() or self._database or self._own_file()
        except (StorageUnavailable, StorageFault, OSError, ValueError) as error:
            telemetry.alarm("geoip_database_not_loaded", error=type(error).__name__)
            if self._database is None:
                self._database = self._own_file()

    def _fetched(self) -> _Database | None:
        facts = self._blobs.properties(Container.GEOIP, BLOB)
        if facts is None:
            return None
        if self._database is not None and self._database.etag == facts.etag:
            return self._database
        # The file is gone from the folder as soon as it is open: nothing is left behind.
        with tempfile.NamedTemporaryFile(suffix=".mmdb") as draft:
            for piece in self._blobs.stream(Container.GEOIP, BLOB):
                draft.write(piece)
            draft.flush()
            found = opened(Path(draft.name), etag=facts.etag)
        telemetry.event("geoip_database_loaded", day=found.built_at.date().isoformat())
        return found

    def _own_file(self) -> _Database | None:
        try:
            return opened(self._path, etag=None) if self._path.is_file() else None
        except (OSError, ValueError) as error:
            telemetry.alarm("geoip_database_not_loaded", error=type(error).__name__)
            return None


def opened(path: Path, *, etag: str | None) -> _Database:
    """Return a database file as one that answers.

    Raises:
        ValueError: it is no city database.
        OSError: it cannot be read.
    """
    import maxminddb

    try:
        reader = maxminddb.open_database(str(path))
        facts = reader.metadata()
        reader.get("81.2.69.142")
    except (maxminddb.InvalidDatabaseError, KeyError, TypeError) as error:
        raise ValueError("Not a database of places.") from error
    if not facts.database_type.endswith("City"):
        raise ValueError("Not a database of cities.")
    return _Database(reader, etag, datetime.fromtimestamp(facts.build_epoch, UTC))


def _locality(record: object) -> Locality:
    """Return the names in a record; every key of it is optional."""
    if not isinstance(record, dict):
        return Locality()
    country = record.get("country")
    regions = record.get("subdivisions")
    code = country.get("iso_code") if isinstance(country, dict) else None
    return Locality(
        country=code if isinstance(code, str) else None,
        region=_name(regions[0]) if isinstance(regions, list) and regions else None,
        city=_name(record.get("city")),
    )


def _name(part: object) -> str | None:
    names = part.get("names") if isinstance(part, dict) else None
    name = names.get("en") if isinstance(names, dict) else None
    return name if isinstance(name, str) else None
