"""The application's settings on this machine: all that product.md names, pointing at the stack."""

import os
from pathlib import Path

from local.stack.azurite import connection_string
from local.stack.files import DataFolder
from local.stack.ports import Ports

FRONTEND_ORIGIN = "http://localhost:3000"

# Set in a developer's shell for other work, these would lead the application out of the stack.
MISLEADING = {
    "STORAGE_ACCOUNT_NAME",
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_SECRET",
    "MSI_ENDPOINT",
    "MSI_SECRET",
}
LOOPBACK = "127.0.0.1,localhost"


def application_settings(ports: Ports, *, data: DataFolder, geoip: Path) -> dict[str, str]:
    """Return every setting of the application. Its storage lies behind the fault proxies."""
    standins = ports.standins_url
    return {
        "AzureWebJobsStorage": connection_string(
            blob=ports.proxy_blob, queue=ports.proxy_queue, table=ports.proxy_table
        ),
        "KEY_VAULT_URL": ports.vault_url,
        "KEY_VAULT_CA_BUNDLE": str(data.vault_certificate),
        "KEY_VAULT_VERIFY_CHALLENGE": "false",
        "IDENTITY_ENDPOINT": f"{standins}/entra/msi/token",
        "IDENTITY_HEADER": "local-identity",
        "PUBLIC_BASE_URL": ports.app_url,
        "FRONTEND_ORIGINS": FRONTEND_ORIGIN,
        "CLERK_ISSUER": f"{standins}/clerk",
        "CLERK_API_URL": f"{standins}/clerk/v1",
        "CLERK_AUTHORIZED_PARTIES": FRONTEND_ORIGIN,
        "RESEND_API_URL": f"{standins}/resend",
        "MAIL_FROM_DOMAIN": "artistos.studio",
        "OPENAI_BASE_URL": f"{standins}/openai/v1",
        "OPENAI_MODEL": "gpt-5.5",
        "SPOTIFY_API_URL": f"{standins}/spotify/v1",
        "SPOTIFY_ACCOUNTS_URL": f"{standins}/spotify",
        "SPOTIFY_FOR_ARTISTS_URL": f"{standins}/s4a",
        "SPOTIFY_CLIENT_ID": "artistos-local",
        "ENTRA_ISSUER": f"{standins}/entra/v2.0",
        "ENTRA_AUDIENCE": "api://artistos",
        "GEOIP_DATABASE": str(geoip),
        "MAXMIND_URL": f"{standins}/maxmind",
        "MAXMIND_ACCOUNT_ID": "1",
        "PRIVACY_CONTACT": "privacy@artistos.com",
        "ERASURE_GRACE_DAYS": "7",
        "TRUSTED_PROXY_HOPS": "1",
        "CAPTURE_LIMIT_PER_NETWORK": "30",
        "CAPTURE_MIN_SECONDS": "0",
        "PYTHON_THREADPOOL_THREAD_COUNT": "16",
    }


def azurite_connection(ports: Ports) -> str:
    """Return the connection string straight to Azurite, for the host and for outside tools."""
    return connection_string(blob=ports.blob, queue=ports.queue, table=ports.table)


def child_environment(settings: dict[str, str]) -> dict[str, str]:
    """Return this process's environment with the settings in it, for the stack's own children."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = f"{kept[name]},{LOOPBACK}" if kept.get(name) else LOOPBACK
    return kept | {"PYTHONUNBUFFERED": "1"} | settings
