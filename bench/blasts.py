"""What a blast costs: a chunk's CPU and memory, storage operations of a run, mails a second.

The chunk is the queue function, called in process on storage and a provider that answer at once;
the run is a whole one on a stack of its own. Budgets: performance.md, section 5.
"""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import azure.functions as func
import orjson

from bench.blast_run import run_of
from bench.figures import cpu_milliseconds, table
from bench.in_process import application, connection_to
from local.crowd import Keys, confirmed
from local.stack.azurite import ACCOUNT
from local.stack.files import ROOT
from shared.blasts.chunk_rows import chunk_row
from shared.blasts.ledger import Chunk, Fate, Letter
from shared.blasts.model import Blast, BlastState, Content
from shared.blasts.store import BlastStore
from shared.fans import rows as fan_rows
from shared.fans.keys import place_in_list
from shared.platform.clients.http import HttpClient
from shared.platform.clients.resend import Resend
from shared.platform.ids import ArtistId, BlastId
from shared.platform.storage.rows import Row, encode
from shared.platform.storage.tables import Tables

MAILS = 100
TIMES = 60
FANS = 20_000
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ARTIST = ArtistId("art_01JZZZZZZZZZZZZZZZZZZZZZZZ")
BLAST = BlastId("bls_01JZZZZZZZZZZZZZZZZZZZZZZZ")
NUMBER = "000001"
KEYS = Keys(fan_id=b"f" * 32, mailbox=b"m" * 32)
# Of calls of 500, where ours hold 100, on a slow day: docs/BENCHMARKS.md has more, and how to run
# Ghost beside it, without which the columns do not compare.
GHOST_MILLISECONDS = "0.40-0.58"
GHOST_A_SECOND = "1,980-2,740"


def run() -> None:
    """Measure the chunk, then the run."""
    _chunk()
    _whole_run()


def _chunk() -> None:
    with _stub() as port:
        app = application(connection_to(port))
        at_the_stub = HttpClient(f"http://127.0.0.1:{port}/resend", service="resend")
        app.__dict__["resend"] = Resend(at_the_stub, app.secrets)
        send = _function("blast_chunks_consume")
        idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        message = func.QueueMessage(
            body=json.dumps(
                {"artist_id": ARTIST, "blast_id": BLAST, "chunk": NUMBER, "attempt": 0}
            ).encode()
        )
        milliseconds = cpu_milliseconds(lambda: send(message), times=TIMES)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table(
        "A chunk of 100 mails: the queue function, storage and provider answer at once",
        ("what", "measured", "budget"),
        (
            ("CPU, µs a mail", f"{milliseconds * 1000 / MAILS:.0f}", "60, then 30"),
            ("peak memory over idle, MiB", f"{peak - idle:.0f}", "50"),
        ),
    )


def _whole_run() -> None:
    found = run_of(FANS)
    table(
        f"A blast to {FANS:,} fans: storage operations, the host's polling left out",
        ("what", "measured", "budget"),
        (
            ("chunks", str(found.chunks), ""),
            ("claims and outcomes, a chunk", f"{found.attempts:.2f}, {found.outcomes:.2f}", "1"),
            ("operations of a chunk's function", f"{found.in_function:.2f}", "5"),
            ("operations over all, a chunk", f"{found.over_all:.2f}", "6.3"),
        ),
    )
    table(
        "The same list to a sink on this machine, the provider's rate raised",
        ("what", "ours", "Ghost 6.65 (BENCHMARKS.md)"),
        (
            ("mails a second", f"{found.a_second:,.0f}", GHOST_A_SECOND),
            ("CPU of the application, ms a mail", f"{found.milliseconds:.3f}", GHOST_MILLISECONDS),
            ("Azurite's one thread is busy", f"{found.emulator:.0%}", ""),
        ),
    )


def _function(name: str) -> Callable[[func.QueueMessage], None]:
    import function_app

    named = {f.get_function_name(): f for f in function_app.app.get_functions()}
    found: Callable[[func.QueueMessage], None] = named[name].get_user_function()
    return found


@contextmanager
def _stub() -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        planted = Path(folder) / "planted.json"
        planted.write_bytes(orjson.dumps(_planted()))
        command = [sys.executable, "-m", "bench.chunk_stub", str(planted)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                if process.stdout is None:
                    raise RuntimeError
                yield int(process.stdout.readline())
            finally:
                process.terminate()


def _planted() -> dict[str, str]:
    fans = [
        confirmed(
            ARTIST, f"fan-{at}@fan-mail.dev", "ada", keys=KEYS, at=NOW - timedelta(days=at + 1)
        )[1]
        for at in range(MAILS)
    ]
    places = [place_in_list(fan.data_key) for fan in fans]
    chunk = Chunk(
        number=NUMBER,
        shard=0,
        first=min(places),
        last=max(places),
        ids=b"".join(bytes.fromhex(fan.hashed) for fan in fans),
        letters=Letter.PENDING.value * MAILS,
        fates=Fate.NONE.value * MAILS,
    )
    listed = b",".join(_entity(fan_rows.fan_row(ARTIST, fan)) for fan in fans)
    return {
        f"/{ACCOUNT}/BlastChunks(": _entity(chunk_row(BLAST, chunk)).decode(),
        f"/{ACCOUNT}/Blasts(": _entity(_blast_row()).decode(),
        f"/{ACCOUNT}/Fans()": f'{{"value":[{listed.decode()}]}}',
    }


def _entity(row: Row) -> bytes:
    members = orjson.loads(encode(row))
    wanted = ("PartitionKey", "RowKey", "email", "mail_to", "mailbox", "status", "since")
    if "mailbox" in members:  # The product selects these of a fan, and gets no others.
        members = {name: value for name, value in members.items() if name.startswith(wanted)}
    return orjson.dumps({"odata.etag": "W/\"datetime'1'\"", **members})


def _blast_row() -> Row:
    """Return the row as the store writes it, over tables that only keep it."""
    kept: list[Row] = []

    class Keeping:
        def table(self, _: object) -> "Keeping":
            return self

        def insert(self, row: Row) -> Row:
            kept.append(row)
            return row

    BlastStore(cast("Tables", Keeping())).add(_blast())
    return kept[0]


def _blast() -> Blast:
    words = "<p>It is out: listen, and tell a friend.</p>" * 60
    link = "https://artistos.example/f/\ufdd2/unsubscribe"
    content = Content(
        subject="News",
        html=f'<html><body>{words}<a href="{link}">x</a><a href="{link}">y</a></body></html>',
        text=f"It is out. {link} {link}",
        sender="Ada <news@fans.artistos.dev>",
        list_id='"Ada" <a-art.fans.artistos.dev>',
        reply_to="ada@artist-mail.dev",
        key_id="k1",
        template_version=1,
    )
    return Blast(
        blast_id=BLAST,
        artist_id=ARTIST,
        subject="News",
        created_at=NOW,
        updated_at=NOW,
        state=BlastState.SENDING,
        started_at=NOW,
        content=content,
    )
