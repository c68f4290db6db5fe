"""The session's Azurite behind another port, and one with TLS for the identity way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.stack.azurite import Emulator, running
from shared.platform.storage.account import StorageAccount

_PEM: Final = serialization.Encoding.PEM


@contextmanager
def account_behind(azurite: Emulator, **ports: int) -> Iterator[StorageAccount]:
    """Enter the account through another port for one of its services, such as `table=4711`."""
    text = replace(azurite, **ports).connection_string
    account = StorageAccount.from_connection_string(text)
    yield account
    account.close()


@contextmanager
def running_with_tls(folder: Path) -> Iterator[tuple[Emulator, str]]:
    """Run an Azurite that takes tokens, and give the certificate to trust."""
    certificate, key = folder / "azurite.pem", folder / "azurite.key"
    _write_certificate(certificate, key)
    options = ["--inMemoryPersistence", "--silent", "--oauth", "basic"]
    options += ["--cert", str(certificate), "--key", str(key)]
    with pytest.MonkeyPatch.context() as environment:
        # Azurite asks itself for the source of a copy, and has to trust itself.
        environment.setenv("NODE_EXTRA_CA_CERTS", str(certificate))
        with running(options, log=folder / "azurite.log") as emulator:
            yield emulator, str(certificate)


def _write_certificate(certificate: Path, key: Path) -> None:
    """Make a certificate for 127.0.0.1 that is its own authority."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Azurite in tests")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(address, critical=False)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(_PEM))
    form = serialization.PrivateFormat.TraditionalOpenSSL
    key.write_bytes(secret.private_bytes(_PEM, form, serialization.NoEncryption()))
