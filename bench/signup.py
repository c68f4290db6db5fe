"""CPU of a whole sign-up, the trigger called in process, against one bare insert through the SDK.

Storage is a stub that answers at once in a process of its own, so that both figures are the
client's alone. The budget is a ratio within one run: performance.md, section 5.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
from azure.data.tables import TableServiceClient

from bench.figures import cpu_milliseconds, table
from local.stack import geoip
from local.stack.azurite import ACCOUNT, PUBLIC_KEY
from local.stack.files import ROOT
from shared import wiring
from shared.capture.model import Form
from shared.platform.ids import ArtistId
from shared.platform.secrets import SecretName

TIMES = 300
ARTIST = ArtistId("art_01J00000000000000000000000")
SLUG = "bench"
_RING = json.dumps({"current": "k1", "keys": {"k1": "A" * 43}})


class FixedSecrets:
    """Secrets of a bench: no vault is measured here."""

    def get(self, name: SecretName) -> str:
        """Return a key that protects nothing."""
        return _RING if name.value.endswith("-keys") else "A" * 43


def run() -> None:
    """Measure both in one run."""
    with _stub() as port:
        connection = _connection(port)
        bare = _bare_insert(connection)
        sign_up = _sign_up(connection)
        table(
            "A sign-up (a read, a message, a transaction of four rows)",
            ("work", "CPU ms", "ratio"),
            (
                ("one insert through azure-data-tables as it comes", f"{bare:.2f}", "1.00"),
                ("the whole sign-up", f"{sign_up:.2f}", f"{sign_up / bare:.2f}"),
            ),
        )


def _bare_insert(connection: str) -> float:
    client = TableServiceClient.from_connection_string(connection).get_table_client("Bench")
    counter = iter(range(10**9))

    def insert() -> None:
        key = f"k{next(counter)}"
        client.create_entity(
            {"PartitionKey": "p", "RowKey": key, "email": "fan@example.com", "status": "pending"}
        )

    return cpu_milliseconds(insert, times=TIMES)


def _sign_up(connection: str) -> float:
    trigger = _trigger(connection)
    counter = iter(range(10**9))

    def sign_up() -> None:
        number = next(counter)
        answered = trigger(_request(number))
        if answered.status_code != 202:
            raise AssertionError(answered.get_body())

    return cpu_milliseconds(sign_up, times=TIMES)


_token = ""


def _request(number: int) -> func.HttpRequest:
    body = {"email": f"fan-{number}@fan-mail.dev", "consent": True, "form_token": _token}
    network = f"2001:470:{number >> 16 & 0xFFFF:x}:{number & 0xFFFF:x}::1"
    return func.HttpRequest(
        method="POST",
        url=f"http://127.0.0.1/api/capture/{SLUG}",
        headers={
            "content-type": "application/json",
            "x-forwarded-for": f"[{network}]:443",
        },
        route_params={"slug": SLUG},
        body=json.dumps(body).encode(),
    )


def _trigger(connection: str) -> Any:  # noqa: ANN401 - the library's builder is a callable
    global _token  # noqa: PLW0603 - made once the application stands
    os.environ.update(_settings(connection))
    import function_app

    app = wiring.current()
    app.__dict__["secrets"] = FixedSecrets()
    _token = app.form_tokens.make(
        Form(
            artist_id=ARTIST,
            slug=SLUG,
            notice_version="v1",
            made_at=datetime.now(UTC),
            former_slug=None,
        )
    )
    named = {f.get_function_name(): f for f in function_app.app.get_functions()}
    return named["capture_json"].get_user_function()


def _settings(connection: str) -> dict[str, str]:
    example = json.loads((ROOT / "local.settings.example.json").read_text())
    values: dict[str, str] = example["Values"]
    return values | {
        "AzureWebJobsStorage": connection,
        "CAPTURE_MIN_SECONDS": "0",
        "GEOIP_DATABASE": str(geoip.database()),
    }


def _connection(port: int) -> str:
    endpoints = "".join(
        f"{kind}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};" for kind in ("Blob", "Queue", "Table")
    )
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={PUBLIC_KEY};{endpoints}"
    )


@contextmanager
def _stub() -> Iterator[int]:
    command = [sys.executable, "-m", "bench.stub_storage"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError
            yield int(process.stdout.readline())
        finally:
            process.terminate()
