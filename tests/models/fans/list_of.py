"""One artist's list in a real table, and everything that works on it."""

from datetime import UTC, datetime
from itertools import count

from shared.fans import aging, joining, keys
from shared.fans.changing import FanChanges
from shared.fans.erasing import FanEraser
from shared.fans.fences import FanFences
from shared.fans.folding import FanCounters
from shared.fans.mailboxes import MailboxIndex
from shared.fans.model import Place, SignUp, SignUpDoor
from shared.fans.purging import FanPurge
from shared.fans.store import FanStore
from shared.mail.outbox import Outbox
from shared.platform.ids import ArtistId, Ids
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
IDS = Ids()
_NUMBERS = count(1)


class ListOf:
    """One artist's list and everything that works on it."""

    def __init__(self, account: StorageAccount) -> None:
        self.artist = ArtistId(f"art_{next(_NUMBERS)}")
        self.tables = Tables(account)
        queues = self.queues = Queues(account, correlation_id=lambda: "-")
        self.fans = FanStore(self.tables)
        self.fences = FanFences(self.tables)
        self.counters = FanCounters(self.tables, queues)
        self.index = MailboxIndex(self.tables)
        self.changes = FanChanges(self.fans, self.counters, self.index, IDS)
        self.eraser = FanEraser(fans=self.fans, changes=self.changes, queues=queues)
        self.purge = FanPurge(self.tables, fences=self.fences, index=self.index)
        self.outbox = Outbox(queues)

    def join(self, name: str, *, at: datetime = NOW) -> str:
        hashed = keys.fan_hash(self.artist, name, key=b"k" * 32)
        sign_up = SignUp(
            email=f"{name}@example.com",
            mail_to=None,
            mailbox=hashed[::-1],
            place=Place("DE", "Berlin", "Berlin"),
            page_slug="ada",
            source=None,
            release_id=None,
            notice_version="v1",
            at=at,
            door=SignUpDoor.FORM,
        )
        joining.join(
            sign_up,
            artist_id=self.artist,
            hashed=hashed,
            fans=self.fans,
            outbox=self.outbox,
            ids=IDS,
        )
        return hashed

    def expire(self, *, at: datetime) -> int:
        return aging.expire_unconfirmed(self.artist, fans=self.fans, changes=self.changes, now=at)

    def rows(self) -> int:
        return self.purge.residue(self.artist)
