"""What the stand-ins know of the application's settings: addresses and public names, no secrets."""

import os
from dataclasses import dataclass
from pathlib import Path

TENANT = "5d6a3c1e-0000-4000-8000-00000000a001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where everything listens, and the names that the application expects to hear."""

    port: int
    vault_port: int
    state: Path
    app_url: str
    clerk_issuer: str
    authorized_party: str
    mail_domain: str
    entra_issuer: str
    entra_audience: str
    identity_header: str
    spotify_client_id: str
    public_base_url: str
    maxmind_account: str

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def vault_url(self) -> str:
        return f"https://127.0.0.1:{self.vault_port}"


def read_environment(*, port: int, vault_port: int, state: Path, app_url: str) -> Environment:
    """Return the environment: what the settings of the application say, else what follows."""
    base = f"http://127.0.0.1:{port}"
    origins = os.environ.get("FRONTEND_ORIGINS", "http://127.0.0.1:5173")
    parties = os.environ.get("CLERK_AUTHORIZED_PARTIES", origins)
    return Environment(
        port=port,
        vault_port=vault_port,
        state=state,
        app_url=app_url.rstrip("/"),
        clerk_issuer=os.environ.get("CLERK_ISSUER", f"{base}/clerk"),
        authorized_party=parties.split(",")[0].strip(),
        mail_domain=os.environ.get("MAIL_FROM_DOMAIN", "artistos.studio"),
        entra_issuer=os.environ.get("ENTRA_ISSUER", f"{base}/entra/v2.0"),
        entra_audience=os.environ.get("ENTRA_AUDIENCE", "api://artistos"),
        identity_header=os.environ.get("IDENTITY_HEADER", "local-identity"),
        spotify_client_id=os.environ.get("SPOTIFY_CLIENT_ID", ""),
        public_base_url=os.environ.get("PUBLIC_BASE_URL", app_url).rstrip("/"),
        maxmind_account=os.environ.get("MAXMIND_ACCOUNT_ID", ""),
    )
