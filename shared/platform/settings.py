"""Settings: read from the environment once, complete or the process does not start.

Nothing secret is here: secrets live in Key Vault (`shared/platform/secrets.py`). Every setting that
is missing or malformed is named at once, so that a deployment is mended in one go.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

# Erasure is promised within 30 days of the artist's act. The longest a copy can outlive the purge
# is the queues' seven days or the blobs' seven days of soft delete (infra).
ERASURE_PROMISE_DAYS = 30
ERASURE_GRACE_MAX_DAYS = 14
LONGEST_REMAINDER_DAYS = 7


class SettingsError(Exception):
    """One or more settings are missing or malformed; the message names all of them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("Settings are wrong:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where state is kept: an account by name and identity, or a development connection string."""

    account_name: str | None
    connection_string: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVaultSettings:
    """Where secrets are. A CA bundle and the challenge's check differ only for a private vault."""

    url: str
    ca_bundle: str | None
    verify_challenge: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkSettings:
    issuer: str
    api_url: str
    authorized_parties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotifySettings:
    api_url: str
    accounts_url: str
    for_artists_url: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanModelSettings:
    """The language model: OpenAI by base URL, or Azure OpenAI by endpoint and identity."""

    openai_base_url: str | None
    azure_endpoint: str | None
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoIpSettings:
    database: str
    maxmind_url: str
    maxmind_account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSettings:
    trusted_proxy_hops: int
    limit_per_network: int
    min_time: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator chooses, checked. No field is secret."""

    storage: StorageSettings
    key_vault: KeyVaultSettings
    identity_client_id: str | None
    public_base_url: str
    frontend_origins: tuple[str, ...]
    clerk: ClerkSettings
    resend_api_url: str
    mail_from_domain: str
    plan_model: PlanModelSettings
    spotify: SpotifySettings
    entra_issuer: str
    entra_audience: str
    geoip: GeoIpSettings
    privacy_contact: str
    erasure_grace: timedelta
    capture: CaptureSettings

    @property
    def front_end_url(self) -> str:
        """Return where links into the app lead: the first of the front end's origins."""
        return self.frontend_origins[0]


@dataclass(slots=True)
class _Reader:
    """Reads one variable at a time and remembers every fault."""

    environ: Mapping[str, str]
    faults: list[str] = field(default_factory=list)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.environ.get(name, "").strip() or default
        if value is None:
            self.faults.append(f"{name} is missing")
            return ""
        if value.startswith("@Microsoft.KeyVault("):
            self.faults.append(f"{name} is a Key Vault reference that was not resolved")
        return value

    def optional(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def checked(self, name: str, check: Callable[[str], str | None]) -> str:
        value = self.text(name)
        fault = check(value) if value else None
        if fault:
            self.faults.append(f"{name} {fault}")
        return value.rstrip("/")

    def url(self, name: str) -> str:
        return self.checked(name, _url_fault)

    def origins(self, name: str) -> tuple[str, ...]:
        values = tuple(part.strip() for part in self.text(name).split(",") if part.strip())
        self.faults.extend(
            f"{name} holds {value!r}, which {fault}"
            for value in values
            if (fault := _origin_fault(value))
        )
        return values

    def whole_number(self, name: str, *, default: int, least: int, most: int) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            self.faults.append(f"{name} must be a whole number from {least} to {most}")
            return default
        return int(text)

    def truth(self, name: str, *, default: bool) -> bool:
        text = self.text(name, "true" if default else "false").lower()
        if text not in {"true", "false"}:
            self.faults.append(f"{name} must be true or false")
        return text == "true"


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: names everything that is missing or malformed.
    """
    reader = _Reader(os.environ if environ is None else environ)
    settings = Settings(
        storage=_storage(reader),
        key_vault=KeyVaultSettings(
            url=reader.url("KEY_VAULT_URL"),
            ca_bundle=reader.optional("KEY_VAULT_CA_BUNDLE"),
            verify_challenge=reader.truth("KEY_VAULT_VERIFY_CHALLENGE", default=True),
        ),
        identity_client_id=reader.optional("AZURE_CLIENT_ID"),
        public_base_url=reader.url("PUBLIC_BASE_URL"),
        frontend_origins=reader.origins("FRONTEND_ORIGINS"),
        clerk=ClerkSettings(
            issuer=reader.url("CLERK_ISSUER"),
            api_url=reader.url("CLERK_API_URL"),
            authorized_parties=reader.origins("CLERK_AUTHORIZED_PARTIES"),
        ),
        resend_api_url=reader.url("RESEND_API_URL"),
        mail_from_domain=reader.checked("MAIL_FROM_DOMAIN", _domain_fault),
        plan_model=_plan_model(reader),
        spotify=SpotifySettings(
            api_url=reader.url("SPOTIFY_API_URL"),
            accounts_url=reader.url("SPOTIFY_ACCOUNTS_URL"),
            for_artists_url=reader.url("SPOTIFY_FOR_ARTISTS_URL"),
            client_id=reader.text("SPOTIFY_CLIENT_ID"),
        ),
        entra_issuer=reader.url("ENTRA_ISSUER"),
        entra_audience=reader.text("ENTRA_AUDIENCE"),
        geoip=GeoIpSettings(
            database=reader.text("GEOIP_DATABASE"),
            maxmind_url=reader.url("MAXMIND_URL"),
            maxmind_account_id=reader.text("MAXMIND_ACCOUNT_ID"),
        ),
        privacy_contact=reader.checked("PRIVACY_CONTACT", _address_fault),
        erasure_grace=_erasure_grace(reader),
        capture=_capture(reader),
    )
    if reader.faults:
        raise SettingsError(reader.faults)
    return settings


def _storage(reader: _Reader) -> StorageSettings:
    name = reader.optional("STORAGE_ACCOUNT_NAME")
    connection = reader.optional("AzureWebJobsStorage")
    if not name and not connection:
        reader.faults.append("STORAGE_ACCOUNT_NAME (or locally AzureWebJobsStorage) is missing")
    return StorageSettings(account_name=name, connection_string=None if name else connection)


def _plan_model(reader: _Reader) -> PlanModelSettings:
    base, azure = reader.optional("OPENAI_BASE_URL"), reader.optional("AZURE_OPENAI_ENDPOINT")
    if bool(base) == bool(azure):
        reader.faults.append("exactly one of OPENAI_BASE_URL and AZURE_OPENAI_ENDPOINT is needed")
    for name, value in (("OPENAI_BASE_URL", base), ("AZURE_OPENAI_ENDPOINT", azure)):
        if value and (fault := _url_fault(value)):
            reader.faults.append(f"{name} {fault}")
    return PlanModelSettings(
        openai_base_url=base, azure_endpoint=azure, model=reader.text("OPENAI_MODEL")
    )


def _erasure_grace(reader: _Reader) -> timedelta:
    days = reader.whole_number(
        "ERASURE_GRACE_DAYS", default=7, least=0, most=ERASURE_GRACE_MAX_DAYS
    )
    if days + LONGEST_REMAINDER_DAYS > ERASURE_PROMISE_DAYS:
        reader.faults.append(
            f"ERASURE_GRACE_DAYS and {LONGEST_REMAINDER_DAYS} days of soft delete and queues "
            f"exceed the {ERASURE_PROMISE_DAYS} days that the policy promises"
        )
    return timedelta(days=days)


def _capture(reader: _Reader) -> CaptureSettings:
    return CaptureSettings(
        trusted_proxy_hops=reader.whole_number("TRUSTED_PROXY_HOPS", default=1, least=1, most=10),
        limit_per_network=reader.whole_number(
            "CAPTURE_LIMIT_PER_NETWORK", default=30, least=1, most=1_000_000
        ),
        min_time=timedelta(
            seconds=reader.whole_number("CAPTURE_MIN_SECONDS", default=2, least=0, most=60)
        ),
    )


def _url_fault(value: str) -> str | None:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "must be an http(s) URL"
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        return "must use https, except on this machine"
    return None


def _origin_fault(value: str) -> str | None:
    if fault := _url_fault(value):
        return fault
    parts = urlsplit(value)
    if value != f"{parts.scheme}://{parts.netloc}":
        return "must be an origin: scheme, host and port, and no slash at the end"
    return None


def _domain_fault(value: str) -> str | None:
    return None if "." in value and "@" not in value and "/" not in value else "must be a domain"


def _address_fault(value: str) -> str | None:
    return None if value.count("@") == 1 else "must be an e-mail address"
