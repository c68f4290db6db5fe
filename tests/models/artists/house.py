"""Accounts over a real Azurite and a Clerk at the wire, in a process that dies where we choose."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, cast

from shared.artists import onboarding
from shared.artists.audit import AuditTrail
from shared.artists.books import Books, FrontDesk
from shared.artists.clerk_memory import ClerkMemory
from shared.artists.clerk_users import ClerkUsers
from shared.artists.model import Artist
from shared.artists.onboarding import Applicant, Onboarded
from shared.artists.schemas import Onboarding
from shared.artists.slugs import SlugStore
from shared.artists.store import ArtistStore
from shared.fans.fences import FanFences
from shared.mail.outbox import Outbox
from shared.platform.clients.clerk import Clerk
from shared.platform.clients.http import HttpClient
from shared.platform.ids import Ids
from shared.platform.schedule import Schedule
from shared.platform.secrets import SecretName
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.queues import Queues
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from shared.privacy import closing
from shared.privacy.closing import ClosingDesk, ErasureClass
from tests.models.releases.room import Steps

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = b"k" * 32
_NUMBERS = count(1)


class _Secrets:
    def get(self, name: SecretName) -> str:
        return name.value


@dataclass(slots=True)
class ClerkAtTheWire:
    """A Clerk that knows the users it was told of."""

    url: str = ""
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    is_away: bool = False

    def add(self, *, email: str | None = "ada@artist-mail.dev", updated_at: int = 1) -> str:
        user_id = f"user_{next(_NUMBERS)}"
        verified = {"status": "verified"}
        address = {"id": "idn_1", "email_address": email, "verification": verified}
        self.users[user_id] = {
            "id": user_id,
            "primary_email_address_id": "idn_1" if email else None,
            "email_addresses": [address] if email else [],
            "external_accounts": [{"provider": "oauth_google", "provider_user_id": "g1"}],
            "updated_at": updated_at,
        }
        return user_id

    def answer(self, method: str, path: str) -> tuple[int, Any]:
        route, _, _ = path.partition("?")
        name = route.removeprefix("/users/")
        if self.is_away:
            return 500, {}
        if route == "/users":
            return 200, list(self.users.values())
        if route == "/sessions":
            return 200, [{"id": "sess_here"}, {"id": "sess_elsewhere"}]
        if route.endswith("/revoke"):
            self.revoked.append(route.split("/")[2])
            return 200, {"id": name}
        if name not in self.users:
            return 404, {"errors": []}
        return 200, self.users.pop(name) if method == "DELETE" else self.users[name]


@contextmanager
def clerk_at_the_wire() -> Iterator[ClerkAtTheWire]:
    """Run a Clerk on a free port until the block ends."""
    clerk = ClerkAtTheWire()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, members = clerk.answer(self.command, self.path)
            body = json.dumps(members).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        clerk.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield clerk
        server.shutdown()


class _SteppingTables:
    def __init__(self, tables: Tables, steps: Steps) -> None:
        self._tables, self._steps = tables, steps

    def table(self, name: Table) -> Any:
        return self._steps.through(self._tables.table(name))


@dataclass(slots=True)
class House:
    """The accounts' desks, as wiring builds them."""

    account: StorageAccount
    clerk: ClerkAtTheWire
    ids: Ids = field(default_factory=Ids)
    now: datetime = NOW
    stopped: list[str] = field(default_factory=list)

    def tables(self, steps: Steps | None = None) -> Tables:
        real = Tables(self.account)
        return cast("Tables", _SteppingTables(real, steps)) if steps else real

    def books(self, steps: Steps | None = None) -> Books:
        tables = self.tables(steps)
        return Books(
            artists=ArtistStore(tables),
            users=ClerkUsers(tables),
            memory=ClerkMemory(tables, hash_key=KEY),
            slugs=SlugStore(tables, hash_key=KEY),
            audit=AuditTrail(tables),
        )

    def client(self, steps: Steps | None = None) -> Clerk:
        client = Clerk(HttpClient(self.clerk.url, service="clerk"), _Secrets())
        return cast("Clerk", steps.through(client)) if steps else client

    def outbox(self, steps: Steps | None = None) -> Outbox:
        outbox = Outbox(Queues(self.account, correlation_id=lambda: "-"))
        return cast("Outbox", steps.through(outbox)) if steps else outbox

    def desk(self, steps: Steps | None = None) -> FrontDesk:
        return FrontDesk(
            books=self.books(steps),
            clerk=self.client(steps),
            outbox=self.outbox(steps),
            open_list=FanFences(self.tables(steps)).open,
            erase_now=lambda artist: self.close_at_once(artist, steps),
        )

    def closing_desk(self, steps: Steps | None = None) -> ClosingDesk:
        tables = self.tables(steps)
        return ClosingDesk(
            artists=ArtistStore(tables),
            schedule=Schedule(tables),
            fan_list=FanFences(tables),
            stops=[self.stopped.append],
            clerk=self.client(steps),
            audit=AuditTrail(tables),
            outbox=self.outbox(steps),
            grace=timedelta(days=7),
        )

    def close_at_once(self, artist: Artist, steps: Steps | None = None) -> None:
        desk = self.closing_desk(steps)
        closing.close_at_once(
            artist, cause=ErasureClass.IMMEDIATE, desk=desk, now=self.now, ids=self.ids
        )

    def slug(self) -> str:
        return f"band-{next(_NUMBERS)}"

    def onboard(
        self, user_id: str, slug: str, *, steps: Steps | None = None, **fields: Any
    ) -> Onboarded:
        """Onboard as the door does: the link is read first."""
        form = {"artist_name": "Ada", "time_zone": "UTC", "birth_date": "1990-01-01"}
        link = self.books(steps).users.find(user_id)
        applicant = Applicant(
            user_id=user_id, artist_id=link.artist_id if link else None, signed_in_freshly=True
        )
        return onboarding.onboard(
            Onboarding.model_validate_json(json.dumps(form | {"slug": slug} | fields)),
            applicant=applicant,
            desk=self.desk(steps),
            now=self.now,
            ids=self.ids,
        )

    def artist(self, **fields: Any) -> Artist:
        """Return a new artist."""
        found = self.onboard(self.clerk.add(), self.slug(), **fields).account.artist
        assert found is not None
        return found

    def read(self, artist: Artist) -> Artist:
        found = self.books().artists.by_id(artist.artist_id)
        assert found is not None
        return found

    def rows(self, table: Table, *, holding: str) -> list[Row]:
        """Return the rows of a table whose keys or values hold a text."""
        return [
            row
            for row in Tables(self.account).table(table).query()
            if holding in row.partition or holding in repr(dict(row.values)) or holding in row.key
        ]

    def fences(self, artist: Artist) -> list[str]:
        rows = self.rows(Table.FANS, holding=artist.artist_id)
        return sorted(row.key for row in rows if row.key in {"open", "live"})
