"""The application in this process, on storage that answers at once: for benches of doors."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import azure.functions as func

from local.stack import geoip
from local.stack.azurite import ACCOUNT, PUBLIC_KEY
from local.stack.files import ROOT
from shared import wiring
from shared.platform.clock import SystemClock
from shared.platform.secrets import SecretName
from shared.wiring import App

Trigger = Callable[[func.HttpRequest], func.HttpResponse]
_RING = json.dumps({"current": "k1", "keys": {"k1": "A" * 43}})


class FixedSecrets:
    """Secrets of a bench: no vault is measured here."""

    def get(self, name: SecretName) -> str:
        """Return a key that protects nothing."""
        return _RING if name.value.endswith("-keys") else "A" * 43


def application(connection: str) -> App:
    """Return the application, with its storage at the stub and secrets that cost nothing."""
    os.environ.update(_settings(connection))
    wiring.configure(clock=SystemClock())  # A new one, whatever was measured before.
    app = wiring.current()
    app.__dict__["secrets"] = FixedSecrets()
    return app


def trigger(name: str) -> Trigger:
    """Return a function of the application as the host would call it."""
    import function_app

    named = {f.get_function_name(): f for f in function_app.app.get_functions()}
    found: Trigger = named[name].get_user_function()
    return found


@contextmanager
def stub(*, fans: int = 0) -> Iterator[str]:
    """Run the storage that answers at once, with a list of so many fans; give its connection."""
    command = [sys.executable, "-m", "bench.stub_storage", str(fans)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError
            yield connection_to(int(process.stdout.readline()))
        finally:
            process.terminate()


def _settings(connection: str) -> dict[str, str]:
    example = json.loads((ROOT / "local.settings.example.json").read_text())
    values: dict[str, str] = example["Values"]
    return values | {
        "AzureWebJobsStorage": connection,
        "CAPTURE_MIN_SECONDS": "0",
        "GEOIP_DATABASE": str(geoip.database()),
    }


def connection_to(port: int) -> str:
    """Return the connection string of a stub that listens on a port."""
    endpoints = "".join(
        f"{kind}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};" for kind in ("Blob", "Queue", "Table")
    )
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={PUBLIC_KEY};{endpoints}"
    )
