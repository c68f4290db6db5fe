"""The application in this process over a real Azurite, with the mail's provider at the wire.

Everything is wired as in production; what is handed in is the storage account, the clock's moment,
and a provider that takes mails and remembers their keys. A process may die at a chosen call.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Literal, cast

from local.stack import geoip
from shared.artists.model import Artist, SignIn
from shared.artists.store import ArtistStore
from shared.capture import own_pages, signing_up
from shared.capture.model import Form
from shared.capture.schemas import SignUpRequest
from shared.fans import counters as counting
from shared.fans import list_work, rows
from shared.fans.counters import Counters
from shared.fans.fences import FanFences
from shared.fans.keys import DATA_ROWS, SHARDS, partition
from shared.fans.model import Fan, counted
from shared.mail import orders
from shared.platform import settings
from shared.platform.clients.http import HttpClient
from shared.platform.clients.resend import Resend
from shared.platform.clock import SystemClock
from shared.platform.ids import ArtistId, Ids
from shared.platform.secrets import SecretName
from shared.platform.storage.names import Queue, Table
from shared.platform.storage.queues import MessageField, Queues
from shared.platform.storage.tables import Tables
from shared.wiring import App
from tests.models.releases.room import Steps

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
_ROOT = Path(__file__).resolve().parents[3]
_RING = json.dumps({"current": "k1", "keys": {"k1": "A" * 43}})
_NUMBERS = count(1)
_NETWORKS = count(1)

Kind = Literal["confirm", "unsubscribe", "erase"]


class _Secrets:
    def get(self, name: SecretName) -> str:
        return _RING if name.value.endswith("-keys") else "A" * 43


@dataclass(slots=True)
class Provider:
    """Takes each mail once for its key, as Resend does."""

    url: str = ""
    mails: dict[str, dict[str, Any]] = field(default_factory=dict)  # By idempotency key.

    def to(self, email: str) -> list[dict[str, Any]]:
        return [mail for mail in self.mails.values() if mail["to"] == [email]]

    def token(self, email: str, kind: Kind) -> str:
        """Return the token of a link in the last mail to an address."""
        link = "confirm" if kind == "confirm" else "unsubscribe"
        found = re.search(rf"/f/([^/\s]+)/{link}\b", self.to(email)[-1]["text"])
        assert found, f"no {kind} link"
        return found.group(1)


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider on a free port until the block ends."""
    taken = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            taken.mails.setdefault(self.headers["Idempotency-Key"], json.loads(content))
            body = b'{"id": "e1"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        taken.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield taken
        server.shutdown()


class HeardQueues(Queues):
    """The account's queues; what was sent is heard here too, and may be delivered at will."""

    def __init__(self, real: Queues, heard: list[tuple[Queue, dict[str, Any]]]) -> None:
        self._real, self._heard = real, heard

    def send(self, queue: Queue, message: Any, *, delay: timedelta = timedelta(0)) -> None:
        self._real.send(queue, cast("dict[str, MessageField]", message), delay=delay)
        self._heard.append((queue, dict(message)))


class _SteppingTables:
    def __init__(self, tables: Tables, steps: Steps) -> None:
        self._tables, self._steps = tables, steps

    def table(self, name: Table) -> Any:
        return self._steps.through(self._tables.table(name))


@dataclass(slots=True, kw_only=True)
class Page:
    """One artist's open page."""

    artist: Artist
    token: str

    @property
    def artist_id(self) -> ArtistId:
        return self.artist.artist_id

    @property
    def fan(self) -> str:
        """Return an address that is of this page alone: a mailbox has three mails a day."""
        return f"ada@{self.artist.slug}.fan-mail.dev"


@dataclass(kw_only=True)
class House:
    """A storage account, the provider, and processes of the application over them."""

    connection: str
    provider: Provider
    ids: Ids = field(default_factory=Ids)
    heard: list[tuple[Queue, dict[str, Any]]] = field(default_factory=list)

    @cached_property
    def app(self) -> App:
        """A process that lives."""
        return self.process()

    def process(self, steps: Steps | None = None, *, connection: str | None = None) -> App:
        """Return a new process; with steps it dies at one of its calls."""
        example = json.loads((_ROOT / "local.settings.example.json").read_text())
        values: dict[str, str] = example["Values"] | {
            "AzureWebJobsStorage": connection or self.connection,
            "CAPTURE_MIN_SECONDS": "0",
            "GEOIP_DATABASE": str(geoip.database()),
        }
        app = App(settings.read(values), clock=SystemClock())
        parts = app.__dict__
        parts["secrets"] = _Secrets()
        parts["resend"] = Resend(HttpClient(self.provider.url, service="resend"), app.secrets)
        if "app" in self.__dict__:
            parts["geoip"] = self.app.geoip  # One reading of the places is enough.
        queues: Any = HeardQueues(app.queues, self.heard)
        if steps is not None:
            parts["tables"] = _SteppingTables(app.tables, steps)
            parts["postman"] = steps.through(app.postman)
            queues = steps.through(queues)
        parts["queues"] = queues
        return app

    def page(self) -> Page:
        """Return a new artist's page, with a form that is open."""
        name = f"band-{next(_NUMBERS)}"
        artist_id = ArtistId(self.ids.make("art", now=NOW))
        artist = Artist(
            artist_id=artist_id,
            clerk_user_id=f"user_{name}",
            clerk_updated_at=1,
            email=None,
            sign_in=SignIn(),
            artist_name="Ada",
            slug=name,
            time_zone="UTC",
            age_checked_at=NOW,
            created_at=NOW,
        )
        FanFences(self.app.tables).open(artist_id, epoch=1)
        kept = ArtistStore(self.app.tables).add(artist)
        return Page(artist=kept, token=self.form_token(kept, at=NOW))

    def form_token(self, artist: Artist, *, at: datetime) -> str:
        form = Form(artist_id=artist.artist_id, slug=artist.slug, notice_version="v1", made_at=at)
        return self.app.form_tokens.make(form)

    def sign_up(
        self, page: Page, email: str, *, at: datetime = NOW, process: App | None = None
    ) -> None:
        """Sign up by JSON, from a network that nobody else has."""
        app, number = process or self.app, next(_NETWORKS)
        token = page.token if at == NOW else self.form_token(page.artist, at=at)
        body = {"email": email, "consent": True, "form_token": token}
        signing_up.by_json(
            SignUpRequest.model_validate_json(json.dumps(body)),
            slug=page.artist.slug,
            headers={"x-forwarded-for": f"[2001:470:{number >> 16:x}:{number & 0xFFFF:x}::1]:443"},
            desk=app.capture_desk,
            ids=self.ids,
            now=at,
        )

    def click(self, email: str, kind: Kind, *, at: datetime = NOW, app: App | None = None) -> None:
        """Press a button behind a link of the last mail."""
        self.press(self.provider.token(email, kind), kind, at=at, app=app)

    def press(self, token: str, kind: Kind, *, at: datetime = NOW, app: App | None = None) -> None:
        """Press the button behind a link."""
        desk = (app or self.app).own_pages
        match kind:
            case "confirm":
                own_pages.confirm(token, desk=desk, now=at)
            case "unsubscribe":
                own_pages.leave(token, b"", desk=desk, now=at)
            case "erase":
                own_pages.erase(token, desk=desk)

    def deliver(
        self, message: tuple[Queue, dict[str, Any]], *, at: datetime = NOW, app: App | None = None
    ) -> None:
        """Hand a message to its function, as the host would."""
        process, (queue, body) = app or self.app, message
        if queue is Queue.EMAILS:
            orders.fulfil(orders.read(body), room=process.mail_room, now=at)
        elif queue is Queue.FAN_FOLDS:
            process.fan_counters.fold(ArtistId(body["artist_id"]), body["shard"], now=at)
        else:
            list_work.go_on(
                ArtistId(body["artist_id"]),
                body["walk"],
                message=body,
                work=process.list_work,
                now=at,
            )

    def settle(self, *, at: datetime = NOW, times: int = 1) -> None:
        """Deliver everything that waits, each so often, until nothing new is sent."""
        while self.heard:
            waiting, self.heard[:] = list(self.heard), []
            for message in waiting:
                for _ in range(times):
                    self.deliver(message, at=at)

    def fans(self, page: Page) -> list[Fan]:
        """Return every fan's row, as it stands."""
        return [
            rows.fan_from(row)
            for shard in SHARDS
            for row in self.app.fans.rows.query(
                partition=partition(page.artist_id, shard), first=DATA_ROWS[0], last=DATA_ROWS[1]
            )
        ]

    def statuses(self, page: Page) -> dict[str, str]:
        return {fan.email: fan.status.value for fan in self.fans(page)}

    def assert_counts(self, page: Page) -> None:
        """Check that the counters and their tail are what a recount of the rows gives."""
        fans = self.fans(page)
        recount = counting.with_changes(Counters(), (counted(fan, by=1) for fan in fans))
        exact = self.app.fan_counters.exact(page.artist_id)
        assert exact.totals == recount.totals
        for family in ("countries", "regions", "cities", "days", "pages", "sources"):
            found = {key: each for key, each in getattr(exact, family).items() if any(each)}
            assert found == dict(getattr(recount, family)), family
