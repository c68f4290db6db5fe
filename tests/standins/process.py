"""The stand-ins as a process on free ports, for any test that needs third parties."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IDENTITY_HEADER = "identity-of-the-tests"
MAIL_DOMAIN = "artistos.dev"
_SETTINGS = {"IDENTITY_HEADER": IDENTITY_HEADER, "MAIL_FROM_DOMAIN": MAIL_DOMAIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """The address of the stand-ins, and their control calls."""

    port: int
    vault_port: int
    state: Path
    proxies: dict[str, int]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def vault_url(self) -> str:
        return f"https://127.0.0.1:{self.vault_port}"

    def control(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_control{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.code} {error.read()!r}") from error
        return json.loads(text) if text else None

    def secret(self, name: str) -> str:
        return str(self.control("GET", f"/keyvault/secrets/{name}")["value"])

    def seen(self, service: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.control("GET", f"/requests?service={service}")["items"]
        return items

    def start_afresh(self) -> None:
        while self.control("GET", "/pending") != {"webhooks": 0}:
            self.control("DELETE", "/webhooks")
        self.control("DELETE", "/faults")
        self.control("DELETE", "/config")
        self.control("DELETE", "/requests")
        self.control("DELETE", "/resend/emails")
        self.control("POST", "/clock", {"offset_seconds": 0})
        # The rate limit has its own tests.
        self.control("POST", "/config", {"resend_rate_per_second": 1000})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Process:
    """A running process of stand-ins."""

    stand_ins: StandIns
    popen: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        self.popen.send_signal(signal.SIGTERM)
        self.popen.wait(timeout=15)


def start_process(
    state: Path,
    app_url: str,
    azurite: dict[str, int] | None = None,
    *,
    settings: Mapping[str, str] | None = None,
) -> Process:
    """Start stand-ins and return when they are ready.

    `azurite` gives its ports by service: blob, queue, table. `settings` are the application's, as
    far as a vendor must agree with them (authorised parties, audience, mail domain and so on).
    """
    port, vault_port = free_port(), free_port()
    options = ["--port", str(port), "--vault-port", str(vault_port), "--state", str(state)]
    proxies = {name: free_port() for name in azurite or {}}
    for name, azurite_port in (azurite or {}).items():
        options += [f"--azurite-{name}", str(azurite_port), f"--proxy-{name}", str(proxies[name])]
    popen = subprocess.Popen(
        [sys.executable, "-m", "local.standins", *options, "--app-url", app_url],
        env=os.environ | _SETTINGS | dict(settings or {}),
    )
    stand_ins = StandIns(port=port, vault_port=vault_port, state=state, proxies=proxies)
    deadline = time.monotonic() + 30
    while True:
        try:
            stand_ins.control("GET", "/ready")
        except (OSError, AssertionError):
            assert popen.poll() is None, "The stand-ins ended at start."
            assert time.monotonic() < deadline, "The stand-ins did not become ready."
            time.sleep(0.05)
        else:
            return Process(stand_ins, popen)
