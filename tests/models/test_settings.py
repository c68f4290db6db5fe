"""Settings are complete and well-formed, or the process says everything that is wrong at once."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from shared.platform import settings
from shared.platform.settings import SettingsError

EXAMPLE = Path(__file__).resolve().parents[2] / "local.settings.example.json"


def environment(**changes: str | None) -> dict[str, str]:
    values: dict[str, str] = json.loads(EXAMPLE.read_text())["Values"]
    merged = {**values, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def faults(**changes: str | None) -> str:
    with pytest.raises(SettingsError) as refused:
        settings.read(environment(**changes))
    return str(refused.value)


def test_the_example_is_complete() -> None:
    read = settings.read(environment())
    assert read.erasure_grace == timedelta(days=7)
    assert read.frontend_origins


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        settings.read({})
    for name in ("KEY_VAULT_URL", "CLERK_ISSUER", "MAIL_FROM_DOMAIN", "STORAGE_ACCOUNT_NAME"):
        assert name in str(refused.value)


def test_everything_malformed_is_named_at_once() -> None:
    said = faults(
        CLERK_ISSUER="clerk", FRONTEND_ORIGINS="https://a.example/", ERASURE_GRACE_DAYS="x"
    )
    for name in ("CLERK_ISSUER", "FRONTEND_ORIGINS", "ERASURE_GRACE_DAYS"):
        assert name in said


@pytest.mark.parametrize("days", ["15", "-1", "7.5", "\u0667"])
def test_a_grace_beyond_fourteen_days_does_not_start(days: str) -> None:
    assert "ERASURE_GRACE_DAYS" in faults(ERASURE_GRACE_DAYS=days)


@pytest.mark.parametrize("days", ["0", "14"])
def test_no_grace_and_fourteen_days_are_fine(days: str) -> None:
    assert settings.read(environment(ERASURE_GRACE_DAYS=days)).erasure_grace.days == int(days)


def test_plain_http_is_for_this_machine_only() -> None:
    assert "https" in faults(KEY_VAULT_URL="http://vault.example")


def test_a_wildcard_is_no_origin() -> None:
    assert "FRONTEND_ORIGINS" in faults(FRONTEND_ORIGINS="*")


def test_a_reference_that_azure_did_not_resolve_is_named() -> None:
    said = faults(OPENAI_MODEL="@Microsoft.KeyVault(SecretUri=https://v.example/secrets/x)")
    assert "OPENAI_MODEL" in said


def test_one_model_provider_and_not_two() -> None:
    assert "AZURE_OPENAI_ENDPOINT" in faults(AZURE_OPENAI_ENDPOINT="https://x.openai.azure.com")
