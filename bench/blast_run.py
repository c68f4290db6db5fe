"""A whole blast on a stack of its own: its storage operations, its time, its CPU."""

import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local import crowd
from local.crowd import Keys
from local.demo.client import Answer, send
from local.stack.azurite import connection_string
from local.stack.files import ROOT
from local.stack.ports import free_ports
from local.stack.supervisor import running_stack
from shared.blasts.chunk_rows import CHUNKS
from shared.platform.ids import ArtistId
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables

RATE = 500  # Calls a second that the provider allows: it is not what is measured.
TAKEN = "x-mails-taken"  # In the sink's answers.
PATIENCE_SECONDS = 300
_LINE = re.compile(r'"(?P<verb>[A-Z]+) /devstoreaccount1(?P<path>[^ "]*)')
# The host's polling, and the deletion of a message that it has delivered, are not the function's.
_HOST = re.compile(r"/messages\?.*(numofmessages|peekonly)|comp=(metadata|list)|popreceipt")
# The door of the artist's one call. Its read of the artist is counted: the feed's look the same.
_DOOR = re.compile(r"/(Limits|ClerkUsers|Idempotency)\b")
_CHUNKS_A_TRANSACTION = 97  # Of the walk: SENDING.md.
_BEGIN_AND_END = 2  # Transactions of a run beside those of its walk and its claims.


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a run cost."""

    chunks: int
    attempts: float  # Claims a chunk: above one, some were asked again.
    outcomes: float
    in_function: float
    over_all: float
    a_second: float
    milliseconds: float
    emulator: float  # CPU seconds of Azurite in a second: it has one thread, so 1 is its end.


def run_of(fans: int) -> Found:
    """Send one blast to so many fans, and count."""
    with tempfile.TemporaryDirectory() as folder, _sink() as sink:
        base = free_ports(1)[0] // 10 * 10
        data = Path(folder) / "data"
        provider = {"RESEND_API_URL": sink}
        with running_stack(data=data, port_base=base, settings=provider):
            return _Run(base, data, sink).sent(fans)


@contextmanager
def _sink() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.mail_sink"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the sink has no output")
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


class _Run:
    def __init__(self, base: int, data: Path, sink: str) -> None:
        self._sink = sink
        self._app, self._standins = f"http://127.0.0.1:{base}", f"http://127.0.0.1:{base + 1}"
        self._account = connection_string(blob=base + 3, queue=base + 4, table=base + 5)
        self._log = data / "azurite-access.log"
        self._token = ""
        self._blast = ""

    def sent(self, fans: int) -> Found:
        artist, slug = self._artist()
        self._crowd(artist, slug, fans)
        self._heat()
        blast = self._draft()
        self._blast = blast.rpartition("/")[2]
        before, cpu, began = self._log.stat().st_size, self._cpu(), time.monotonic()
        emulator = self._emulator()
        asked = {"expected_recipients": fans}
        self._call("POST", f"{blast}/send", asked)
        _until(lambda: self._mails() > fans, "the last mail")
        seconds, cpu = time.monotonic() - began, self._cpu() - cpu
        emulator = self._emulator() - emulator
        time.sleep(9)  # The last outcomes, the look five seconds later, and the end.
        counted = self._operations(before)  # Read before the bench itself reads the ledger.
        chunks, outcomes = self._chunks(), counted["outcomes"]
        walk = math.ceil(chunks / _CHUNKS_A_TRANSACTION)
        claims = counted["transactions"] - walk - _BEGIN_AND_END
        return Found(
            attempts=claims / chunks,
            outcomes=outcomes / chunks,
            chunks=chunks,
            in_function=(counted["function"] + claims) / chunks,
            over_all=counted["all"] / chunks,
            a_second=fans / seconds,
            milliseconds=cpu * 1000 / fans,
            emulator=emulator / seconds,
        )

    def _chunks(self) -> int:
        """Return how many rows the ledger has, read past the log that is counted."""
        account = StorageAccount.from_connection_string(self._account)
        rows = Tables(account).table(Table.BLAST_CHUNKS)
        found = sum(1 for _ in rows.query(partition=self._blast, first=CHUNKS[0], last=CHUNKS[1]))
        account.close()
        return found

    def _heat(self) -> None:
        """Let the process hear the provider's rate, and import what it needs, by a test mail."""
        blast = self._draft()
        self._call("POST", f"{blast}/test")
        _until(lambda: self._mails() == 1, "the test mail")

    def _operations(self, offset: int) -> Counter[str]:
        counted: Counter[str] = Counter()
        with self._log.open("rb") as lines:
            lines.seek(offset)
            for line in lines:
                found = _LINE.search(line.decode(errors="replace"))
                if found and not _HOST.search(found["path"]):
                    counted.update(_kinds(found["verb"], found["path"]))
        return counted

    def _artist(self) -> tuple[str, str]:
        user = self._control("POST", "/clerk/users", {"email": "bench@artist-mail.dev"})
        made = self._control(
            "POST", "/clerk/tokens", {"user_id": user["user_id"], "expires_in": 3600}
        )
        self._token = str(made["token"])
        body = {
            "artist_name": "Bench",
            "slug": "bench-band",
            "time_zone": "UTC",
            "birth_date": "1990-01-01",
            "postal_address": "1 Street, 10115 Berlin",
        }
        return str(self._call("PUT", "/api/me", body)["id"]), "bench-band"

    def _draft(self) -> str:
        body = {"subject": "News", "body_markdown": "It is **out**: listen, and tell a friend."}
        return f"/api/blasts/{self._call('POST', '/api/blasts', body)['id']}"

    def _crowd(self, artist: str, slug: str, fans: int) -> None:
        named = ("fan-id-key", "mailbox-key")
        fan_id, mailbox = (
            str(self._control("GET", f"/keyvault/secrets/{name}")["value"]) for name in named
        )
        account = StorageAccount.from_connection_string(self._account)
        crowd.gather(
            ArtistId(artist),
            [f"fan-{number}@fan-mail.dev" for number in range(fans)],
            page_slug=slug,
            account=account,
            keys=Keys.of(fan_id=fan_id, mailbox=mailbox),
            now=datetime.now(UTC),
        )
        account.close()

    def _mails(self) -> int:
        return int(send("GET", self._sink).headers[TAKEN])

    def _cpu(self) -> float:
        """Return the CPU seconds of the host and of its children so far."""
        host = int(send("GET", f"{self._app}/_local/pid")["pid"])
        return _seconds(_family(host))

    def _emulator(self) -> float:
        return _seconds([pid for pid in _family(os.getpid()) if b"azurite.js" in _command(pid)])

    def _control(self, method: str, path: str, body: object = None) -> Answer:
        return send(method, f"{self._standins}/_control{path}", body)

    def _call(self, method: str, path: str, body: object = None) -> Answer:
        answer = send(method, self._app + path, body, {"Authorization": f"Bearer {self._token}"})
        if answer.status >= 300:
            raise AssertionError(answer.text)
        return answer


def _kinds(verb: str, path: str) -> list[str]:
    """Return what a request counts as: of the run, of a chunk's function, as its outcome."""
    if _DOOR.search(path):
        return []
    if "$batch" in path:
        return ["all", "transactions"]
    chunk_row = "BlastChunks(" in path and "c%7C" in path
    reads_recipients = "/Fans()" in path and "select=" in path and "top=" not in path
    kinds = ["all"]
    if chunk_row or reads_recipients or "/Suppressions()" in path:
        kinds.append("function")
    if chunk_row and verb == "PUT":
        kinds.append("outcomes")
    return kinds


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(each for child in children for each in _family(int(child)))]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _seconds(pids: list[int]) -> float:
    return sum(map(_ticks, pids)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)
