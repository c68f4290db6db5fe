"""Publishing a version of the policy, and telling every artist before it holds.

Policy, 10: artists are told at least 14 days before a material change takes effect. Each gets a
banner, which is certain, and a mail; the ledger (rows `notice|` + version under the artist's id)
says when. The change takes effect 14 days after the last of them was told, if that is later than
what was announced.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.artists.banners import Banners
from shared.artists.store import ArtistStore
from shared.mail.letters import Letter
from shared.mail.orders import Order, Skipped
from shared.mail.outbox import Outbox, Template
from shared.platform import telemetry
from shared.platform.ids import ArtistId
from shared.platform.problems import Conflict, Invalid
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from shared.privacy.model import NOTICE_PERIOD, Policy
from shared.privacy.policy_store import PolicyStore

BANNER_KIND: Final = "policy_change"
AT_ONCE: Final = 200  # Artists told by one step; the cursor is kept between two.
STEP_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 2.0  # As long as who publishes waits while the first artists are told.
STEPS_A_TICK: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeBoard:
    """What a notice touches."""

    policies: PolicyStore
    artists: ArtistStore
    banners: Banners
    outbox: Outbox
    ledger: "NoticeLedger"
    public_base_url: str


class NoticeLedger:
    """Who was told of which version, and when: rows of the table Policies under the artist."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.table(Table.POLICIES)

    def note(self, artist_id: ArtistId, version: str, *, now: datetime) -> None:
        """Note that an artist was told; the first time counts."""
        try:
            self._rows.insert(Row(artist_id, _key(version), {"noticed_at": now}))
        except AlreadyExists:
            return

    def noticed_at(self, artist_id: ArtistId, version: str) -> datetime | None:
        """Return when an artist was told, or None."""
        row = self._rows.get(artist_id, _key(version))
        return row.need("noticed_at", datetime) if row else None

    def erase(self, artist_id: ArtistId) -> int:
        """Take an artist's notices away, and count them."""
        rows = self._rows.query(partition=artist_id, select=[])
        return sum(self._rows.delete(artist_id, row.key) for row in list(rows))


def publish(policy: Policy, *, board: NoticeBoard, now: datetime) -> Policy:
    """Publish a version and tell the first artists; the hourly timer tells the rest.

    Raises:
        Invalid: `notice_too_short`: a material change needs 14 days.
        Conflict: there is such a version.
    """
    earliest = now + NOTICE_PERIOD if policy.material else now - timedelta(minutes=5)
    if policy.effective_at < earliest:
        raise Invalid.field(
            "effective_at",
            "A material change takes effect 14 days from now at the earliest."
            if policy.material
            else "A version takes effect now or later.",
            code="notice_too_short",
        )
    if board.policies.all().find(policy.version) is not None:
        raise _taken()
    try:
        added = board.policies.add(policy)
    except AlreadyExists:
        raise _taken() from None
    telemetry.event("policy_published", policy_version=policy.version)
    return tell_some(added, board=board, now=now, within=ANSWER_SECONDS)


def tell_everybody(*, board: NoticeBoard, now: datetime) -> int:
    """Tell who has not been told yet, of every version; return how many. For the hourly timer."""
    told = 0
    for policy in board.policies.all().versions:
        if policy.etag is None or policy.noticed_at is not None:
            continue
        for _ in range(STEPS_A_TICK):
            before = policy.told
            policy = tell_some(policy, board=board, now=now)  # noqa: PLW2901 - the next state of it
            told += policy.told - before
            if policy.noticed_at is not None:
                break
    return told


def tell_some(
    policy: Policy, *, board: NoticeBoard, now: datetime, within: float = STEP_SECONDS
) -> Policy:
    """Tell the next artists of a version; repeated after a crash, nobody is told twice.

    Args:
        within: seconds after which no further artist is begun with.
    """
    last, count, is_done = policy.noticed_until, 0, False
    end = time.monotonic() + within
    for artist_id in _open_accounts(board.artists, after=policy.noticed_until):
        if count == AT_ONCE or time.monotonic() >= end:
            break
        _tell(artist_id, policy, board=board, now=now)
        last, count = artist_id, count + 1
    else:
        is_done = True
    moved = replace(
        policy,
        noticed_until=last,
        noticed_at=now if is_done else None,
        told=policy.told + count,
    )
    try:
        kept = board.policies.replace(moved)
    except (Changed, Missing):
        telemetry.event("policy_notices_overtaken", policy_version=policy.version)
        return moved
    telemetry.event("policy_notices_given", policy_version=policy.version, count=count)
    return kept


def compose(order: Order, *, board: NoticeBoard, now: datetime) -> Letter | Skipped:
    """Return the mail that tells of a version."""
    artist = board.artists.by_id(ArtistId(order.text("artist_id")))
    policy = board.policies.all().find(order.text("version"))
    if artist is None or policy is None:
        return Skipped.SUBJECT_GONE
    if policy.is_in_force(now=now) and policy.material:
        return Skipped.STATE_MOVED_ON
    return Letter(
        template=Template.POLICY_CHANGE,
        to=artist.email,
        facts={
            "artist_name": artist.artist_name,
            "version": policy.version,
            "effective_at": day_text(policy.takes_effect()),
            "summary": policy.summary,
            "policy_url": f"{board.public_base_url}/privacy/{policy.version}",
        },
    )


def day_text(moment: datetime) -> str:
    """Return a day as people write it."""
    return f"{moment.day} {moment:%B %Y}"


def _tell(artist_id: ArtistId, policy: Policy, *, board: NoticeBoard, now: datetime) -> None:
    board.outbox.order(Template.POLICY_CHANGE, artist_id=artist_id, version=policy.version)
    board.banners.raise_banner(
        artist_id,
        kind=BANNER_KIND,
        text=f"Our privacy policy changes on {day_text(policy.takes_effect())}: {policy.summary}",
        link=f"{board.public_base_url}/privacy/{policy.version}",
        now=now,
        subject=policy.version,
    )
    board.ledger.note(artist_id, policy.version, now=now)


def _open_accounts(artists: ArtistStore, *, after: str | None) -> Iterator[ArtistId]:
    # Partitions come in their order, so that the last artist told is the place to go on from.
    for artist_id, _, _ in artists.profiles(after=after):
        yield artist_id


def _key(version: str) -> str:
    return f"notice|{version}"


def _taken() -> Conflict:
    return Conflict("This version is published; a version never changes.", code="version_taken")
