"""`local.settings.example.json` is what the stack gives the application, for `func start`."""

import json
from pathlib import Path

from local.stack.environment import application_settings, azurite_connection
from local.stack.files import ROOT, DataFolder
from local.stack.ports import Ports
from shared.platform import settings


def test_the_example_holds_the_stacks_own_settings() -> None:
    document = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))
    ports = Ports(proxy_blob=7091, proxy_queue=7092, proxy_table=7093)
    folder = DataFolder(Path(".local/data"))
    own = application_settings(ports, data=folder, geoip=Path(".local/geoip/GeoLite2-City.mmdb"))
    own |= {"AzureWebJobsStorage": azurite_connection(ports), "FUNCTIONS_WORKER_RUNTIME": "python"}
    assert document["Values"] == own
    assert document["Host"] == {"LocalHttpPort": 7071}


def test_the_application_finds_nothing_missing_in_it() -> None:
    document = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))
    assert settings.read(document["Values"]).public_base_url == "http://127.0.0.1:7071"
