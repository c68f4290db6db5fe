"""Blasts over a real Azurite and a provider at the wire, in a process that dies where we choose.

The desk is the one that wiring builds, over stores whose writes are counted; a run of messages and
of what the schedule says is due is played by the moments at which they would come, each twice.
"""

import heapq
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from local import crowd
from local.crowd import Keys
from shared.artists.audit import AuditTrail
from shared.artists.banners import Banners
from shared.artists.model import Artist, SignIn
from shared.artists.store import ArtistStore
from shared.blasts import chunks, dispatching, feedback, forgetting, reporting, steps
from shared.blasts.chunk_store import Ledger
from shared.blasts.composing import Stationery
from shared.blasts.desk import Desk
from shared.blasts.long_runs import LongRuns
from shared.blasts.mailing import Mailings
from shared.blasts.messages import ChunkMessage
from shared.blasts.model import Blast, Totals
from shared.blasts.pacing import Pace
from shared.blasts.store import BlastStore
from shared.capture import own_pages
from shared.capture.own_pages import OwnDesk
from shared.fans import erasing
from shared.fans.audience import Audience
from shared.fans.changing import FanChanges
from shared.fans.erasing import FanEraser
from shared.fans.fences import FanFences
from shared.fans.folding import FanCounters
from shared.fans.mailboxes import MailboxIndex
from shared.fans.segment_counts import SegmentCounts
from shared.fans.store import FanStore
from shared.fans.suppressions import Suppressions
from shared.fans.tokens import BlastRef, FanRef, FanTokens
from shared.mail.outbox import Outbox
from shared.platform import keyring
from shared.platform.clients.http import HttpClient
from shared.platform.clients.resend import Resend
from shared.platform.ids import ArtistId, BlastId, Ids
from shared.platform.limits import Limits
from shared.platform.problems import RetryLater
from shared.platform.schedule import DueKind, Schedule
from shared.platform.secrets import SecretName
from shared.platform.signing import Signer
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Queue, Table
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables
from shared.releases.store import ReleaseStore
from tests.models.blasts.writes import Writes
from tests.models.releases.room import Killed
from tests.standins.process import StandIns

NOW = datetime(2027, 2, 1, 8, tzinfo=UTC)  # Far from other tests' slots on the same account.
RING = keyring.KeyRing(current="k1", keys={"k1": b"1" * 32})
KEYS = Keys(fan_id=b"f" * 32, mailbox=b"m" * 32)
ENOUGH = 400  # Events; a run that needs more does not come to an end.
_NUMBERS = itertools.count(1)


class _Key:
    def __init__(self, value: str) -> None:
        self._value = value

    def get(self, name: SecretName) -> str:
        del name
        return self._value


@dataclass(slots=True)
class _Mail:
    """The queues of a studio: real ones, and a note of what was sent, for the postman's round."""

    studio: "Studio"
    real: Queues

    def send(
        self, queue: Queue, message: Mapping[str, Any], *, delay: timedelta = timedelta(0)
    ) -> None:
        self.real.send(queue, message, delay=delay)
        self.studio.expect(queue, message, self.studio.now + delay)


@dataclass(slots=True)
class Studio:
    """An artist with fans, a blast, and the moments at which something happens to it."""

    account: StorageAccount
    provider: StandIns
    artist_id: ArtistId
    writes: Writes = field(default_factory=Writes)
    now: datetime = NOW
    hashes: dict[str, str] = field(default_factory=dict)
    coming: list[tuple[datetime, int, Queue, dict[str, Any]]] = field(default_factory=list)
    ids: Ids = field(default_factory=Ids)
    key: str = ""
    tag: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def artist(self) -> Artist:
        return Artist(
            artist_id=self.artist_id,
            clerk_user_id=f"user_{self.artist_id}",
            clerk_updated_at=1,
            email="ada@artist-mail.dev",
            sign_in=SignIn(),
            artist_name="Ada",
            slug=f"ada-{self.tag}",
            time_zone="UTC",
            age_checked_at=NOW,
            created_at=NOW,
            postal_address="1 Street, 10115 Berlin",
        )

    def tables(self) -> Tables:
        real, writes = Tables(self.account), self.writes

        class Counting:
            def table(self, name: Table) -> Any:
                return writes.through(real.table(name))

        return cast("Tables", Counting())

    def queues(self) -> Queues:
        real = Queues(self.account, correlation_id=lambda: "-")
        return cast("Queues", self.writes.through(_Mail(self, real)))

    def tokens(self) -> FanTokens:
        return FanTokens(lambda: Signer(RING))

    def changes(self) -> FanChanges:
        tables = self.tables()
        counters = FanCounters(tables, self.queues())
        return FanChanges(FanStore(tables), counters, MailboxIndex(tables), self.ids)

    def desk(self) -> Desk:
        """Return the desk as a process that has just started has it."""
        tables, queues = self.tables(), self.queues()
        counters, blasts = FanCounters(tables, queues), BlastStore(tables)
        audience = Audience(FanStore(tables), counters)
        resend = Resend(HttpClient(f"{self.provider.url}/resend", service="resend"), _Key(self.key))
        return Desk(
            blasts=blasts,
            ledger=Ledger(tables),
            long_runs=LongRuns(),
            pace=Pace(tables, told_rate=lambda: 1000.0),
            artists=ArtistStore(tables),
            releases=ReleaseStore(tables),
            audience=audience,
            counts=SegmentCounts(tables, queues, audience),
            suppressions=Suppressions(tables),
            fan_changes=self.changes(),
            tokens=self.tokens(),
            mailings=Mailings(blasts, base_url="https://artistos.example"),
            schedule=Schedule(tables),
            queues=queues,
            outbox=Outbox(queues),
            resend=cast("Resend", self.writes.through(resend)),
            audit=AuditTrail(tables),
            banners=Banners(tables),
            stationery=Stationery(
                public_base_url="https://artistos.example", mail_domain="artistos.dev"
            ),
            signer=lambda: Signer(RING),
            ids=self.ids,
            frontend="https://app.example",
        )

    def own_desk(self) -> OwnDesk:
        tables = self.tables()
        return OwnDesk(
            fans=FanStore(tables),
            changes=self.changes(),
            eraser=self.eraser(),
            tokens=self.tokens(),
            artists=ArtistStore(tables),
            limits=Limits(tables),
            on_left=lambda ref: feedback.note_left(ref, desk=self.desk()),
        )

    def eraser(self) -> FanEraser:
        tables = self.tables()
        return FanEraser(fans=FanStore(tables), changes=self.changes(), queues=self.queues())

    # What happens

    def expect(self, queue: Queue, message: Mapping[str, Any], at: datetime) -> None:
        """Note a message that will be delivered."""
        heapq.heappush(self.coming, (at, next(_NUMBERS), queue, dict(message)))

    def act(self, act: Callable[[], object], *, repeats: bool = True) -> bool:
        """Do what somebody outside does; tell whether it died. Whoever got no answer asks again."""
        try:
            act()
        except Killed:
            if repeats:
                act()
            return True
        return False

    def play(self, until: Callable[[], bool] = lambda: False) -> None:
        """Deliver everything that comes, each message twice, until nothing is left."""
        for _ in range(ENOUGH):
            if until() or not self._next():
                return
        raise AssertionError("It never came to an end.")

    def _next(self) -> bool:
        due = self._due_at()
        if self.coming and (due is None or self.coming[0][0] <= max(due, self.now)):
            at, _, queue, message = heapq.heappop(self.coming)
            self.now = max(self.now, at)
            self.act(lambda: self._deliver(queue, message))
            self.act(lambda: self._deliver(queue, message))
            return True
        if due is None:
            return False
        self.now = max(self.now, due) + timedelta(minutes=1)
        self.act(self._tick)
        return True

    def _deliver(self, queue: Queue, message: dict[str, Any]) -> None:
        with suppress(RetryLater):
            if queue is Queue.BLAST_STARTS:
                steps.take(message, desk=self.desk(), now=self.now)
            elif queue is Queue.BLAST_CHUNKS:
                chunks.send_chunk(_chunk_message(message), desk=self.desk(), now=self.now)
            elif queue is Queue.FAN_WALKS:
                self._look_after(message["fans"].split(","), looks=message["looks"])

    def _look_after(self, hashes: list[str], *, looks: int) -> None:
        def forget(artist_id: ArtistId, gone: Any) -> None:
            forgetting.forget_fans(artist_id, gone, desk=self.desk(), now=self.now)

        erasing.look_after(
            self.artist_id, hashes, looks=looks, eraser=self.eraser(), forget=[forget]
        )

    def _tick(self) -> None:
        for due in self._dues():
            if due.at <= self.now:
                works = {
                    DueKind.BLAST_SEND: dispatching.send_due,
                    DueKind.BLAST_WATCH: dispatching.watch_due,
                }
                works[due.kind](due, desk=self.desk(), now=self.now)

    def _dues(self) -> list[Any]:
        every = Schedule(Tables(self.account)).due(now=self.now + timedelta(days=30))
        return [each for each in every if each.facts.get("artist_id") == self.artist_id]

    def _due_at(self) -> datetime | None:
        return min((due.at for due in self._dues()), default=None)

    # What people do

    def blast(self) -> Blast:
        found = list(BlastStore(Tables(self.account)).every(self.artist_id))
        return found[0]

    def leave(self, fan: str, ref: BlastRef | None = None) -> None:
        token = self.tokens().fan(FanRef(self.artist_id, self.hashes[fan], ref))
        own_pages.leave(token, b"", desk=self.own_desk(), now=self.now)

    def erase(self, fan: str) -> None:
        token = self.tokens().fan(FanRef(self.artist_id, self.hashes[fan]))
        own_pages.erase(token, desk=self.own_desk())

    def hear(self, kind: str, fan: str, **details: object) -> None:
        """Take the provider's webhook about a fan's mail."""
        (mail,) = self.mails_to(fan)
        tags = {tag["name"]: tag["value"] for tag in mail["tags"]}
        members = {"to": mail["to"], "tags": tags, "email_id": mail["id"], **details}
        payload = {"type": kind, "created_at": NOW.isoformat(), "data": members}
        feedback.take(payload, mailbox_key=KEYS.mailbox, desk=self.desk(), now=self.now)

    # What came of it

    def mails_to(self, fan: str) -> list[dict[str, Any]]:
        answer = self.provider.control("GET", f"/resend/emails?to={fan}")
        return list(answer["items"])

    def copies(self) -> Counter[str]:
        return Counter({fan: len(self.mails_to(fan)) for fan in self.hashes})

    def totals(self) -> Totals:
        return reporting.totals_now(self.blast(), desk=self.desk())

    def letters(self) -> dict[str, str]:
        by_hash = {hashed: fan for fan, hashed in self.hashes.items()}
        return {
            by_hash.get(hashed, "erased"): chunk.letters[at]
            for chunk in Ledger(Tables(self.account)).chunks(self.blast().blast_id)
            for at, hashed in enumerate(chunk.hashes())
        }

    @property
    def is_at_rest(self) -> bool:
        """Tell whether nothing is scheduled and no permission stands."""
        run = Ledger(Tables(self.account)).run(self.blast().blast_id)
        return not self._dues() and run.go is None


def new_studio(
    account: StorageAccount, provider: StandIns, *, shards: Sequence[int], die_at: int
) -> Studio:
    """Return a studio with an artist, a fan in each shard that is named, and a draft."""
    studio = Studio(account, provider, ArtistId(Ids().make("art", now=NOW)))
    studio.key = provider.secret("resend-api-key")
    tables = Tables(account)
    ArtistStore(tables).add(studio.artist)
    FanFences(tables).open(studio.artist_id, epoch=1)
    studio.hashes = crowd.gather(
        studio.artist_id,
        crowd.addresses_in(studio.artist_id, shards, domain=f"{studio.tag}.dev", keys=KEYS),
        page_slug="ada",
        account=account,
        keys=KEYS,
        now=NOW - timedelta(days=1),
    )
    BlastStore(tables).add(
        Blast(
            blast_id=BlastId(studio.ids.make("bls", now=NOW)),
            artist_id=studio.artist_id,
            subject="News",
            body_markdown="It is **out**.",
            created_at=NOW,
            updated_at=NOW,
        )
    )
    studio.writes = Writes(die_at)
    return studio


def _chunk_message(message: Mapping[str, Any]) -> ChunkMessage:
    return ChunkMessage(
        artist_id=ArtistId(message["artist_id"]),
        blast_id=BlastId(message["blast_id"]),
        chunk=message["chunk"],
        attempt=message["attempt"],
    )
