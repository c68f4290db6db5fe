"""Where an address is: well-known ones in the real database, forged headers, private networks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from local.stack import geoip
from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.addresses import client_address
from shared.platform.geoip import GeoIp, Locality
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.blobs import Blobs
from tests.notices import NOT_RUN

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
Record = Callable[[str, object], None]
NOWHERE = (None, None, None)

# Universities and public services, as the copy of GeoLite2 City that the stack pins has them.
KNOWN = [
    ("81.2.69.142", ("GB", "England", "East Finchley")),
    ("131.111.150.25", ("GB", "England", "Cambridge")),
    ("163.1.13.139", ("GB", "England", "Oxford")),
    ("129.132.19.216", ("CH", "Zurich", "Zurich")),
    ("130.89.149.226", ("NL", "Overijssel", "Enschede")),
    ("130.37.164.171", ("NL", "North Holland", "Amsterdam")),
    ("141.24.12.2", ("DE", "Thuringia", "Ilmenau")),
    ("131.130.1.78", ("AT", "Vienna", "Vienna")),
    ("130.237.32.143", ("SE", "Stockholm County", "Stockholm")),
    ("128.214.205.200", ("FI", "Uusimaa", "Helsinki")),
    ("147.83.2.135", ("ES", "Catalonia", "Barcelona")),
    ("131.175.187.77", ("IT", "Lombardy", "Milan")),
    ("147.32.3.202", ("CZ", "Prague", "Prague")),
    ("18.9.22.69", ("US", "Massachusetts", "Cambridge")),
    ("128.112.132.86", ("US", "New Jersey", "Princeton")),
    ("200.144.254.31", ("BR", "São Paulo", "Ribeirão Preto")),
    ("129.78.5.8", ("AU", "New South Wales", "Sydney")),
    ("130.216.34.1", ("NZ", "Auckland", "Auckland")),
    ("133.11.0.1", ("JP", "Tokyo", "Tokyo")),
    ("202.120.2.100", ("CN", "Shanghai", "Shanghai")),
    ("137.132.21.27", ("SG", None, "Singapore")),
    ("193.0.6.139", ("NL", None, None)),
    ("8.8.8.8", ("US", None, None)),
    ("9.9.9.9", NOWHERE),
    ("2001:638:902:1::1", ("DE", "Thuringia", "Ilmenau")),
    ("2001:67c:2e8:22::c100:68b", ("NL", "North Holland", "Amsterdam")),
    ("2001:630:212::1", ("GB", "England", "Southampton")),
    ("2001:620:0:1::1", ("CH", "Zurich", "Winterthur")),
    ("2001:700:100:2::3", ("NO", "Trøndelag", "Trondheim")),
    ("2804:14c::1", ("BR", "São Paulo", "São Paulo")),
    ("2001:218:0:1::1", ("JP", None, None)),
    ("2606:4700:4700::1111", NOWHERE),
]

HERE, THERE = "141.24.12.2", "129.132.19.216"  # Ilmenau; Zurich, where a liar wants to be.
HEADERS = [
    pytest.param(HERE, 1, "DE", id="the address alone"),
    pytest.param(f"{HERE}:49152", 1, "DE", id="with a port"),
    pytest.param(f"[::ffff:{HERE}]:443", 1, "DE", id="mapped, in brackets, with a port"),
    pytest.param("[2001:638:902:1::1]:51234", 1, "DE", id="IPv6 in brackets"),
    pytest.param("2001:638:902:1::1", 1, "DE", id="IPv6 without"),
    pytest.param(f"{THERE}, {HERE}", 1, "DE", id="a hop that the client made up"),
    pytest.param(f"{THERE}, {THERE},{HERE}:1", 1, "DE", id="two of them"),
    pytest.param(f"junk, <script>, {HERE}", 1, "DE", id="junk on the left"),
    pytest.param(f"{THERE}, {HERE}, 10.0.0.1", 2, "DE", id="behind a front door"),
    pytest.param(f"{THERE}, {HERE}, {THERE}", 2, "DE", id="whatever the last hop is"),
    pytest.param(HERE, 2, None, id="fewer hops than are trusted"),
    pytest.param(f"{THERE}, ", 1, None, id="an empty hop"),
    pytest.param("141.24.012.2", 1, None, id="a leading zero, which some read as octal"),
    pytest.param("141.24.12.2.3", 1, None, id="one part too many"),
    pytest.param("[2001:638:902:1::1", 1, "DE", id="a bracket left open"),
    pytest.param("fe80::1%eth0", 1, None, id="a zone"),
    pytest.param("unknown", 1, None, id="a word"),
    pytest.param("", 1, None, id="nothing"),
    pytest.param(None, 1, None, id="no header"),
]
PRIVATE = [
    "10.1.2.3", "172.16.9.9", "192.168.1.20", "127.0.0.1", "169.254.7.7", "100.64.1.1",
    "0.0.0.7", "255.255.255.255", "224.0.0.1", "198.51.100.7", "::1", "::", "fe80::1", "fd00::7",
    "ff02::1", "2001:db8::1", "::ffff:10.1.2.3",
]  # fmt: skip


@pytest.fixture(scope="module")
def places(azurite: Emulator) -> Iterator[GeoIp]:
    provision(azurite.connection_string, origins=["https://app.example.com"])
    account = StorageAccount.from_connection_string(azurite.connection_string)
    yield GeoIp(str(geoip.database()), blobs=Blobs(account))
    account.close()


def located(places: GeoIp, header: str | None, *, hops: int = 1) -> tuple[str | None, ...]:
    found: Locality = places.locate(client_address(header, hops=hops), now=NOW)
    return found.country, found.region, found.city


def test_well_known_addresses_are_where_the_database_says(
    places: GeoIp, record_property: Record
) -> None:
    if geoip.database() == geoip.SYNTHETIC:
        record_property(NOT_RUN, "places of well-known addresses: no GeoLite2 file to be had")
        return
    assert {address: located(places, address) for address, _ in KNOWN} == dict(KNOWN)


@pytest.mark.parametrize(("header", "hops", "country"), HEADERS)
def test_only_the_hop_that_our_own_front_wrote_says_where_somebody_is(
    places: GeoIp,
    record_property: Record,
    header: str | None,
    hops: int,
    country: str | None,
) -> None:
    if geoip.database() == geoip.SYNTHETIC:
        record_property(NOT_RUN, "places of well-known addresses: no GeoLite2 file to be had")
        return
    assert located(places, header, hops=hops)[0] == country


@pytest.mark.parametrize("address", PRIVATE)
def test_a_network_of_nobodys_is_nowhere(
    places: GeoIp, record_property: Record, address: str
) -> None:
    if geoip.database() == geoip.SYNTHETIC:
        record_property(NOT_RUN, "places of private networks: the made-up file names some")
        return
    assert located(places, address) == NOWHERE
