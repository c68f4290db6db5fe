"""CPU of a whole sign-up, the trigger called in process, against one bare insert through the SDK.

Storage is a stub that answers at once in a process of its own, so that both figures are the
client's alone. The budget is a ratio within one run: performance.md, section 5.
"""

import json
from datetime import UTC, datetime

import azure.functions as func
from azure.data.tables import TableServiceClient

from bench.figures import cpu_milliseconds, table
from bench.in_process import application, stub, trigger
from shared.capture.model import Form
from shared.platform.ids import ArtistId

TIMES = 300
ARTIST = ArtistId("art_01J00000000000000000000000")
SLUG = "bench"


def run() -> None:
    """Measure both in one run."""
    with stub() as connection:
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
    app = application(connection)
    form = Form(
        artist_id=ARTIST,
        slug=SLUG,
        notice_version="v1",
        made_at=datetime.now(UTC),
        former_slug=None,
    )
    token = app.form_tokens.make(form)
    capture = trigger("capture_json")
    counter = iter(range(10**9))

    def sign_up() -> None:
        answered = capture(_request(next(counter), token))
        if answered.status_code != 202:
            raise AssertionError(answered.get_body())

    return cpu_milliseconds(sign_up, times=TIMES)


def _request(number: int, token: str) -> func.HttpRequest:
    body = {"email": f"fan-{number}@fan-mail.dev", "consent": True, "form_token": token}
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
