"""A list of confirmed fans, written straight into storage with the product's own rows.

Ten thousand sign-ups through the door take minutes; tests and benches of blasts need the list
alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from shared.fans import rows, transitions
from shared.fans.folding import FanCounters
from shared.fans.keys import LIVE, SHARDS, fan_hash, partition, shard_of
from shared.fans.model import Change, Fan, Lock, Place, SignUp, SignUpDoor, counted
from shared.platform import keyring
from shared.platform.addresses import EmailAddress, mailbox_hash
from shared.platform.ids import ArtistId, Ids
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.operations import Insert, Merge, Operation
from shared.platform.storage.queues import Queues
from shared.platform.storage.tables import Tables

_IN_A_TRANSACTION: Final = 48  # Two rows each, the fence, and one row of changes: 98.
LONDON: Final = Place("GB", "England", "London")
_APART: Final = timedelta(seconds=1)  # No two signed up at the same moment.


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys under which the running application hashes addresses."""

    fan_id: bytes
    mailbox: bytes

    @classmethod
    def of(cls, *, fan_id: str, mailbox: str) -> "Keys":
        """Return the keys as the vault spells them."""
        return cls(fan_id=keyring.decode_key(fan_id), mailbox=keyring.decode_key(mailbox))


def gather(
    artist_id: ArtistId,
    addresses: Sequence[str],
    *,
    page_slug: str,
    account: StorageAccount,
    keys: Keys,
    now: datetime,
    place: Place = LONDON,
    source: str | None = None,
) -> dict[str, str]:
    """Put these addresses on a list, confirmed, with one page, place and source; return hashes."""
    hashes: dict[str, str] = {}
    by_shard: dict[int, list[tuple[Lock, Fan]]] = defaultdict(list)
    for number, address in enumerate(addresses):
        signed_up_at = now - _APART * (len(addresses) - number)
        lock, fan = confirmed(
            artist_id, address, page_slug, keys=keys, at=signed_up_at, place=place, source=source
        )
        hashes[address] = lock.hashed
        by_shard[shard_of(lock.hashed)].append((lock, fan))
    fans, ids = Tables(account).table(Table.FANS), Ids()
    for shard, found in by_shard.items():
        for at in range(0, len(found), _IN_A_TRANSACTION):
            part = found[at : at + _IN_A_TRANSACTION]
            key = partition(artist_id, shard)
            fans.transact(key, _operations(artist_id, key, part, random=ids.token()))
    counters = FanCounters(Tables(account), Queues(account, correlation_id=lambda: "-"))
    for shard in SHARDS:
        counters.fold(artist_id, shard, now=now)
    return hashes


def addresses_in(
    artist_id: ArtistId, shards: Sequence[int], *, domain: str, keys: Keys
) -> list[str]:
    """Return an address that belongs into each of these shards, in their order."""
    tried = (f"fan-{number}@{domain}" for number in count())
    return [
        next(
            each for each in tried if shard_of(fan_hash(artist_id, each, key=keys.fan_id)) == shard
        )
        for shard in shards
    ]


def _operations(
    artist_id: ArtistId, place: str, part: Sequence[tuple[Lock, Fan]], *, random: str
) -> list[Operation]:
    changes: tuple[Change, ...] = tuple(counted(fan, by=1) for _, fan in part)
    written: list[Operation] = [
        Merge(rows.fence_row(place, LIVE), "*"),
        Insert(rows.delta_row(place, changes, random=random)),
    ]
    for lock, fan in part:
        written.append(Insert(rows.lock_row(artist_id, lock)))
        written.append(Insert(rows.fan_row(artist_id, fan)))
    return written


def confirmed(
    artist_id: ArtistId,
    address: str,
    page_slug: str,
    *,
    keys: Keys,
    at: datetime,
    place: Place = LONDON,
    source: str | None = None,
) -> tuple[Lock, Fan]:
    """Return the rows of a fan who signed up and confirmed at a moment."""
    parsed = EmailAddress.parse(address)
    hashed = fan_hash(artist_id, parsed.normalised, key=keys.fan_id)
    sign_up = SignUp(
        email=address,
        mail_to=parsed.mail_to,
        mailbox=mailbox_hash(parsed.normalised, key=keys.mailbox),
        place=place,
        page_slug=page_slug,
        source=source,
        release_id=None,
        notice_version="v1",
        at=at,
        door=SignUpDoor.FORM,
    )
    asked, fan = transitions.first_sign_up(hashed, sign_up)
    claimed = transitions.claimed(asked, nonce="of-a-crowd", now=at)
    step = transitions.confirmed(claimed, fan, nonce="of-a-crowd", now=at)
    if step is None or step.lock is None or step.fan is None:
        raise AssertionError("A first sign-up can be confirmed.")
    return step.lock, step.fan
