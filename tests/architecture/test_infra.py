"""The cloud that infra/ describes is the one that the code expects."""

import json
import re
from pathlib import Path
from typing import Any

import pycep
import pytest

from shared.platform.storage import names

ROOT = Path(__file__).resolve().parents[2]
BICEP = ROOT / "infra" / "main.bicep"


@pytest.fixture(scope="module")
def template() -> Any:
    return pycep.BicepParser().parse(text=BICEP.read_text())


def listed(variable: str) -> list[str]:
    found = re.search(rf"var {variable} = \[(.*?)\]", BICEP.read_text(), re.DOTALL)
    assert found, variable
    return re.findall(r"'([^']+)'", found.group(1))


def test_tables_queues_and_containers_are_those_of_the_code() -> None:
    assert sorted(listed("tableNames")) == sorted(names.TABLES)
    assert sorted(listed("workQueues")) == sorted(names.QUEUES)
    assert sorted(listed("containerNames")) == sorted(names.CONTAINERS)


def test_every_resource_pins_its_api_version(template: Any) -> None:
    assert template["resources"]
    text = BICEP.read_text()
    types = re.findall(r"^\s*resource \w+ '([^']+)'", text, re.MULTILINE)
    assert all("@" in kind or kind == "config" for kind in types), types


def test_no_key_opens_storage_and_nothing_is_public() -> None:
    text = BICEP.read_text()
    assert "allowSharedKeyAccess: false" in text
    assert "allowBlobPublicAccess: false" in text
    assert "supportsHttpsTrafficOnly: true" in text
    assert "httpsOnly: true" in text
    assert "listKeys(" not in text
    assert "AccountKey=" not in text


def test_what_is_erased_is_erased() -> None:
    text = BICEP.read_text()
    assert "deleteRetentionPolicy: { enabled: false }" in text
    assert "isVersioningEnabled: false" in text


def test_settings_of_the_app_are_those_that_the_code_reads() -> None:
    code = (ROOT / "shared" / "platform" / "settings.py").read_text()
    read = set(re.findall(r'"([A-Z][A-Z0-9_]{3,})"', code))
    # A private vault's certificate is a matter of the local stack.
    read -= {"KEY_VAULT_CA_BUNDLE", "KEY_VAULT_VERIFY_CHALLENGE"}
    block = BICEP.read_text().split("name: 'appsettings'")[1].split("dependsOn")[0]
    given = set(re.findall(r"^\s*([A-Z][A-Z0-9_]+):", block, re.MULTILINE))
    assert read - given == set()


def test_the_example_settings_hold_every_setting_and_no_secret() -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text())
    code = (ROOT / "shared" / "platform" / "settings.py").read_text()
    read = set(re.findall(r'"([A-Z][A-Z0-9_]{3,})"', code))
    optional = {"STORAGE_ACCOUNT_NAME", "AZURE_OPENAI_ENDPOINT", "AZURE_CLIENT_ID"}
    assert read - optional <= set(example["Values"])
