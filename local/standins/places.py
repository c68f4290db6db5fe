"""A small GeoLite2 City database of our own making: no MaxMind data in it.

It knows documentation networks, for tests, and the networks that public examples use, so that a
place can be tried where no real database is at hand.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

_EUROPEAN_UNION = {"DE", "FR", "SE", "NL", "ES"}
_EPOCH_KEY = b"build_epoch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A network and where it is; what is None is absent from its record."""

    network: str
    country: str
    country_name: str
    region: tuple[str, str] | None = None
    city: str | None = None
    at: tuple[float, float] | None = None
    radius_km: int = 20
    time_zone: str | None = None


PLACES = (
    Place(
        network="81.2.69.0/24", country="GB", country_name="United Kingdom",
        region=("ENG", "England"), city="London", at=(51.5, -0.12),
    ),
    Place(
        network="2.125.160.216/29", country="GB", country_name="United Kingdom",
        region=("ENG", "England"), city="Boxford", at=(51.75, -1.25),
    ),
    Place(
        network="91.64.0.0/14", country="DE", country_name="Germany",
        region=("BE", "State of Berlin"), city="Berlin", at=(52.52, 13.4),
        time_zone="Europe/Berlin",
    ),
    Place(
        network="80.12.0.0/16", country="FR", country_name="France",
        region=("IDF", "Île-de-France"), city="Paris", at=(48.86, 2.35),
    ),
    Place(
        network="89.160.20.0/24", country="SE", country_name="Sweden",
        region=("E", "Östergötland County"), city="Linköping", at=(58.42, 15.62),
    ),
    Place(
        network="216.160.83.0/24", country="US", country_name="United States",
        region=("WA", "Washington"), city="Milton", at=(47.25, -122.31),
    ),
    Place(
        network="175.16.199.0/24", country="CN", country_name="China",
        region=("22", "Jilin Sheng"), city="Changchun", at=(43.88, 125.32),
    ),
    Place(
        network="67.43.156.0/24", country="BT", country_name="Bhutan",
        at=(27.5, 90.5), radius_km=534,
    ),
    Place(
        network="202.196.224.0/20", country="PH", country_name="Philippines",
        at=(13.0, 122.0), radius_km=121,
    ),
    Place(
        network="2001:218::/32", country="JP", country_name="Japan",
        at=(35.69, 139.69), radius_km=100,
    ),
    # The documentation networks hold one case each: full, country only, no coordinates, too vague.
    Place(
        network="192.0.2.0/24", country="DE", country_name="Germany",
        region=("BE", "State of Berlin"), city="Berlin", at=(52.52, 13.4),
        time_zone="Europe/Berlin",
    ),
    Place(network="198.51.100.0/24", country="US", country_name="United States"),
    Place(
        network="203.0.113.0/24", country="NL", country_name="Netherlands",
        region=("NH", "North Holland"), city="Amsterdam",
    ),
    Place(
        network="2001:db8::/32", country="ES", country_name="Spain",
        region=("MD", "Madrid"), city="Madrid", at=(40.4, -3.7), radius_km=500,
    ),
)  # fmt: skip


def synthetic_database(built_at: datetime) -> bytes:
    """Return a database that says it was built at that moment."""
    writer = MMDBWriter(
        ip_version=6,
        ipv4_compatible=True,
        database_type="GeoLite2-City",
        languages=["en"],
        description="Synthetic places for development",
    )
    for place in PLACES:
        writer.insert_network(IPSet([place.network]), _record(place))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "places.mmdb"
        writer.to_db_file(str(file))
        return _dated(file.read_bytes(), built_at)


def _record(place: Place) -> dict[str, Any]:
    country = {
        "geoname_id": _geoname(place.country),
        "iso_code": place.country,
        "names": {"en": place.country_name},
    }
    if place.country in _EUROPEAN_UNION:
        country["is_in_european_union"] = True
    record: dict[str, Any] = {"country": country, "registered_country": country}
    if place.region:
        code, name = place.region
        region = {"geoname_id": _geoname(name), "iso_code": code, "names": {"en": name}}
        record["subdivisions"] = [region]
    if place.city:
        record["city"] = {"geoname_id": _geoname(place.city), "names": {"en": place.city}}
    if place.at:
        latitude, longitude = place.at
        location = {"accuracy_radius": place.radius_km, "latitude": latitude}
        record["location"] = location | {"longitude": longitude}
        if place.time_zone:
            record["location"]["time_zone"] = place.time_zone
    return record


def _geoname(name: str) -> int:
    return 9_000_000 + sum(name.encode()) % 100_000


def _dated(database: bytes, built_at: datetime) -> bytes:
    """Write the build time into the metadata, where the writer puts its own clock's."""
    at = database.rindex(_EPOCH_KEY) + len(_EPOCH_KEY) + 2
    epoch = int(built_at.timestamp()).to_bytes(4, "big")
    return database[:at] + epoch + database[at + 4 :]
