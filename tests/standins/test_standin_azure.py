"""Key Vault and Entra: the official clients work, unchanged but for two settings."""

import base64
import json
import stat

import jwt
import pytest
import requests
from azure.core.exceptions import (
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity import CredentialUnavailableError, ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.standins.process import IDENTITY_HEADER, StandIns

RINGS = ("token-encryption-keys", "link-signing-keys")
RAW_KEYS = ("fan-id-key", "mailbox-key")


@pytest.fixture
def vault(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> SecretClient:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{stand_ins.url}/entra/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    return SecretClient(
        stand_ins.vault_url,
        ManagedIdentityCredential(),
        connection_verify=str(stand_ins.state / "vault-cert.pem"),
        verify_challenge_resource=False,
    )


def test_the_official_client_reads_secrets_with_a_managed_identity(
    stand_ins: StandIns, vault: SecretClient
) -> None:
    secret = vault.get_secret("clerk-secret-key")
    assert secret.value == stand_ins.secret("clerk-secret-key")
    assert secret.value is not None
    assert secret.value.startswith("sk_test_")
    assert secret.properties.enabled
    assert secret.properties.version


def test_each_secret_has_its_form(vault: SecretClient) -> None:
    for name in RINGS:
        ring = json.loads(vault.get_secret(name).value or "")
        key = ring["keys"][ring["current"]]
        assert len(base64.urlsafe_b64decode(key + "==")) == 32
    for name in RAW_KEYS:
        assert len(base64.urlsafe_b64decode((vault.get_secret(name).value or "") + "==")) == 32
    pem = (vault.get_secret("manifest-signing-key").value or "").encode()
    assert isinstance(serialization.load_pem_private_key(pem, None), Ed25519PrivateKey)
    for name in ("clerk-webhook-secret", "resend-webhook-secret"):
        value = vault.get_secret(name).value or ""
        assert len(base64.b64decode(value.removeprefix("whsec_"))) >= 24


def test_a_rotated_secret_keeps_its_versions(stand_ins: StandIns, vault: SecretClient) -> None:
    before = vault.get_secret("openai-api-key")
    stand_ins.control("PUT", "/keyvault/secrets/openai-api-key", {"value": "sk-new"})
    assert vault.get_secret("openai-api-key").value == "sk-new"
    assert vault.get_secret("openai-api-key", before.properties.version).value == before.value
    versions = list(vault.list_properties_of_secret_versions("openai-api-key"))
    assert len(versions) == 2


def test_an_unknown_secret_is_not_found(vault: SecretClient) -> None:
    with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
        vault.get_secret("no-such-secret")


def test_a_wrong_identity_header_gets_no_token(
    stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{stand_ins.url}/entra/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "somebody else")
    client = SecretClient(
        stand_ins.vault_url,
        ManagedIdentityCredential(),
        connection_verify=str(stand_ins.state / "vault-cert.pem"),
        verify_challenge_resource=False,
    )
    with pytest.raises(CredentialUnavailableError, match="Invalid identity header"):
        client.get_secret("clerk-secret-key")


def test_the_vaults_key_file_is_for_its_owner_only(stand_ins: StandIns) -> None:
    mode = (stand_ins.state / "vault-key.pem").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_vault_can_fail(stand_ins: StandIns, vault: SecretClient) -> None:
    stand_ins.control("POST", "/faults", {"service": "keyvault", "status": 403, "times": 1})
    with pytest.raises(HttpResponseError):
        vault.get_secret("clerk-secret-key")
    stand_ins.control("POST", "/faults", {"service": "keyvault", "kind": "reset"})
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        vault.get_secret("clerk-secret-key", retry_total=0)


def test_an_operators_token_verifies_by_the_published_metadata(stand_ins: StandIns) -> None:
    base = f"{stand_ins.url}/entra/v2.0"
    about = requests.get(f"{base}/.well-known/openid-configuration", timeout=10).json()
    token = stand_ins.control("POST", "/entra/tokens", {"roles": ["Operator"]})["token"]
    key = jwt.PyJWKClient(about["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token, key, algorithms=["RS256"], audience="api://artistos", issuer=about["issuer"]
    )
    assert claims["roles"] == ["Operator"]
    assert {"oid", "tid", "exp"} <= set(claims)
