"""MaxMind's download, and the synthetic database in it."""

import hashlib
import io
import tarfile
from pathlib import Path

import geoip2.database
import pytest
import requests

from tests.standins.process import StandIns

PATH = "/maxmind/geoip/databases/GeoLite2-City/download"


def ask(
    stand_ins: StandIns, *, method: str = "GET", suffix: str = "tar.gz", follow: bool = True
) -> requests.Response:
    return requests.request(
        method,
        f"{stand_ins.url}{PATH}?suffix={suffix}",
        auth=("1234", stand_ins.secret("maxmind-license-key")),
        allow_redirects=follow,
        timeout=20,
    )


@pytest.fixture(autouse=True)
def fresh_database(stand_ins: StandIns) -> None:
    stand_ins.control("POST", "/maxmind", {})


def test_the_archive_holds_a_database_that_finds_places(
    stand_ins: StandIns, tmp_path: Path
) -> None:
    content = ask(stand_ins).content
    digest = ask(stand_ins, suffix="tar.gz.sha256").text.split()[0]
    assert hashlib.sha256(content).hexdigest() == digest
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        (name,) = [name for name in archive.getnames() if name.endswith("GeoLite2-City.mmdb")]
        assert name.startswith("GeoLite2-City_20")
        archive.extract(name, tmp_path, filter="data")
    with geoip2.database.Reader(tmp_path / name) as reader:
        assert reader.city("81.2.69.142").country.iso_code == "GB"
        assert reader.city("192.0.2.1").city.name == "Berlin"
        assert reader.city("198.51.100.1").city.name is None
        assert reader.city("2001:db8::1").location.accuracy_radius == 500
        assert reader.metadata().build_epoch % 86_400 == 0


def test_a_head_request_tells_the_age(stand_ins: StandIns) -> None:
    today = ask(stand_ins, method="HEAD").headers["last-modified"]
    stand_ins.control("POST", "/maxmind", {"age_days": 40})
    assert ask(stand_ins, method="HEAD").headers["last-modified"] != today


def test_wrong_credentials_are_401(stand_ins: StandIns) -> None:
    url = f"{stand_ins.url}{PATH}?suffix=tar.gz"
    assert requests.get(url, auth=("1234", "no"), timeout=10).status_code == 401


def test_the_store_refuses_the_credentials_of_the_first_host(stand_ins: StandIns) -> None:
    redirect = ask(stand_ins, follow=False)
    assert redirect.status_code == 302
    target = redirect.headers["location"]
    assert requests.get(target, auth=("1234", "x"), timeout=10).status_code == 400
    assert requests.get(target, timeout=10).ok
