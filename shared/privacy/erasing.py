"""Erasing an account: room by room, in bounded steps, twice, and then the certificate.

1. When the grace is over the account row says `purging`; nothing leads back from there.
2. The fences of the fan list go, and what runs is stopped; then each room takes its own away, in a
   fixed order, a step of the queue at a time. The state of the erasure is written by its ETag after
   each room; a step that comes twice finds nothing left to delete.
3. What had read before the fence may still write where no fence row stands. So 65 minutes after
   the first sweep everything is looked at again, and only then is there a certificate: counts by
   store and times, chained by its hash to the one before. Whose it was is forgotten with that.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from shared.artists.model import Artist
from shared.fans.keys import SHARDS
from shared.fans.purging import FanPurge
from shared.mail.outbox import Outbox, Template
from shared.platform import telemetry
from shared.platform.envelopes import Envelopes
from shared.platform.ids import ArtistId, ErasureId
from shared.platform.problems import Problem, RetryLater
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.faults import AlreadyExists, Changed, Missing
from shared.platform.storage.names import Queue
from shared.platform.storage.queues import Queues
from shared.privacy import closing
from shared.privacy.closing import ClosingDesk, ErasureClass
from shared.privacy.erasure_store import ErasureStore
from shared.privacy.model import SECOND_SCAN_AFTER, Erasure, ErasureState

STEP_SECONDS: Final = 25.0
STUCK_AFTER: Final = timedelta(hours=1)
_TRANSACTIONS: Final = 20  # Of each shard in a step: 8,000 rows at most, in some seconds.
_BUSY: Final = timedelta(seconds=60)  # A step takes 25 seconds and one call of an eraser.
_LOOK_AGAIN: Final = timedelta(seconds=15)
_AWAY: Final = timedelta(minutes=5)  # How long a dependency that is away is given.
_WRITTEN_WITHIN: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one call of an eraser did. `finished` is False where more is left than a step takes."""

    deleted: int
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Eraser:
    """How a room takes away what it holds of an account. May be called again and again."""

    store: str
    run: Callable[[Erasure, datetime], Swept]


def whole(store: str, erase: Callable[[ArtistId], int]) -> Eraser:
    """Return the eraser of a room that takes everything away in one call."""

    def run(erasure: Erasure, now: datetime) -> Swept:
        del now
        return Swept(deleted=erase(erasure.artist_id) if erasure.artist_id else 0)

    return Eraser(store, run)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDesk:
    """What an erasure touches."""

    erasures: ErasureStore
    erasers: Sequence[Eraser]
    stops: Sequence[Callable[[ArtistId], None]]
    closing: ClosingDesk
    schedule: Schedule
    queues: Queues
    outbox: Outbox
    envelopes: Callable[[], Envelopes]


def fans_step(erasure: Erasure, *, purge: FanPurge) -> Swept:
    """Take a list away, some transactions of each shard; the rows are counted at the end."""
    artist_id = erasure.artist_id
    if artist_id is None:
        return Swept(deleted=0)
    with ThreadPoolExecutor(len(SHARDS), thread_name_prefix="purge-shard") as shards:
        step = partial(purge.step, artist_id, transactions=_TRANSACTIONS)
        # A copy each: the correlation id lives in the context, which one thread can be in.
        running = [shards.submit(copy_context().run, partial(step, shard)) for shard in SHARDS]
        steps = [one.result() for one in running]
    if not all(one.finished for one in steps):
        return Swept(deleted=0, finished=False)
    return Swept(deleted=purge.finish(artist_id))


def begin_due(due: Due, *, desk: ErasureDesk, now: datetime) -> None:
    """Begin the purge of an account whose grace is over. For the timer `dispatch`."""
    if due.facts.get("scan"):
        send_step(ErasureId(due.subject), desk=desk)
        desk.schedule.done(due)
        return
    artist = closing.begin_purge(ArtistId(due.subject), desk=desk.closing, now=now)
    if artist is not None:
        begin(artist, cause=ErasureClass(str(due.facts["class"])), desk=desk, now=now)
    desk.schedule.done(due)


def begin(artist: Artist, *, cause: ErasureClass, desk: ErasureDesk, now: datetime) -> Erasure:
    """Begin to erase an account that is being purged; begun already is fine.

    Raises:
        RetryLater: the account has no deletion.
    """
    if artist.deletion is None:
        raise RetryLater("account_not_closing")
    erasure_id = artist.deletion.erasure_id
    # The message goes first: it finds nothing, or the erasure.
    send_step(erasure_id, desk=desk, delay=_WRITTEN_WITHIN)
    wants_mail = artist.email is not None and cause is ErasureClass.STANDARD
    erasure = Erasure(
        erasure_id=erasure_id,
        erasure_class=cause.value,
        state=ErasureState.RUNNING,
        started_at=now,
        moved_at=now,
        artist_id=artist.artist_id,
        clerk_user_id=artist.clerk_user_id,
        farewell=desk.envelopes().seal((artist.email or "").encode(), purpose=bound(erasure_id))
        if wants_mail
        else None,
    )
    try:
        kept = desk.erasures.add(erasure)
    except AlreadyExists:
        return desk.erasures.find(erasure_id) or erasure
    telemetry.event("erasure_begun", erasure_id=erasure_id, kind=cause.value)
    return kept


def step(erasure_id: str, *, desk: ErasureDesk, now: datetime) -> None:
    """Do one bounded step of an erasure, and order the next. For the queue `erasures`."""
    erasure = desk.erasures.find(erasure_id)
    if erasure is None or erasure.state is ErasureState.FINISHED:
        telemetry.event("erasure_step_skipped", erasure_id=erasure_id, reason="gone_or_finished")
        return
    if erasure.swept_at is not None and now < erasure.swept_at + SECOND_SCAN_AFTER:
        telemetry.event("erasure_step_skipped", erasure_id=erasure_id, reason="scan_not_due")
        return
    # A claim from further ahead was made under a clock that has been set back: it binds nobody.
    if erasure.busy_until is not None and now < erasure.busy_until <= now + _BUSY:
        send_step(erasure.erasure_id, desk=desk, delay=_LOOK_AGAIN)
        telemetry.event("erasure_step_skipped", erasure_id=erasure_id, reason="another_run")
        return
    try:
        claimed = desk.erasures.replace(replace(erasure, busy_until=now + _BUSY))
        moved = _swept_on(claimed, desk=desk, now=now)
    except (Changed, Missing):
        telemetry.event("erasure_step_skipped", erasure_id=erasure_id, reason="another_run")
        return
    except (RetryLater, Problem) as away:
        # Clerk or storage is away. The certificate waits, and the erasure never ends up as poison.
        telemetry.alarm("erasure_waits", erasure_id=erasure_id, error=type(away).__name__)
        send_step(erasure.erasure_id, desk=desk, delay=_AWAY)
        return
    if moved.step == len(desk.erasers):
        _concluded(replace(moved, busy_until=None), desk=desk, now=now)
        return
    _kept_if_first(replace(moved, busy_until=None), desk=desk)
    send_step(erasure.erasure_id, desk=desk)


def put_back(*, desk: ErasureDesk, now: datetime) -> int:
    """Order a step of every erasure that has stood still; return how many. For the retention."""
    stuck = [one for one in desk.erasures.unfinished() if _is_stuck(one, now=now)]
    for erasure in stuck:
        send_step(erasure.erasure_id, desk=desk)
    return len(stuck)


def purge_overdue(artist_ids: Sequence[ArtistId], *, desk: ErasureDesk, now: datetime) -> int:
    """Begin the purges whose row in the schedule was lost; return how many."""
    begun = 0
    for artist_id in artist_ids:
        artist = closing.begin_purge(artist_id, desk=desk.closing, now=now)
        if artist is None or artist.deletion is None:
            continue
        if desk.erasures.find(artist.deletion.erasure_id) is None:
            begin(artist, cause=ErasureClass.STANDARD, desk=desk, now=now)
            begun += 1
    return begun


def send_step(erasure_id: ErasureId, *, desk: ErasureDesk, delay: timedelta = timedelta(0)) -> None:
    """Order a step; one too many finds nothing to do."""
    desk.queues.send(Queue.ERASURES, {"erasure_id": erasure_id}, delay=delay)


def bound(erasure_id: str) -> str:
    """Return what the envelope of the last mail's address belongs to."""
    return f"erasure|{erasure_id}"


def _swept_on(erasure: Erasure, *, desk: ErasureDesk, now: datetime) -> Erasure:
    if erasure.step == 0 and erasure.artist_id is not None:
        for stop in desk.stops:
            stop(erasure.artist_id)
    end = time.monotonic() + STEP_SECONDS
    while erasure.step < len(desk.erasers) and time.monotonic() < end:
        eraser = desk.erasers[erasure.step]
        swept = eraser.run(erasure, now)
        erasure = erasure.counting(eraser.store, deleted=swept.deleted)
        following = erasure.step + 1 if swept.finished else erasure.step
        erasure = desk.erasures.replace(replace(erasure, step=following, moved_at=now))
        if not swept.finished:
            break
    return erasure


def _concluded(erasure: Erasure, *, desk: ErasureDesk, now: datetime) -> None:
    if erasure.state is ErasureState.RUNNING:
        at = now + SECOND_SCAN_AFTER + timedelta(minutes=1)
        desk.schedule.put(DueKind.PURGE, erasure.erasure_id, at=at, facts={"scan": True})
        moved = replace(erasure, state=ErasureState.SWEPT, swept_at=now, step=0)
        _kept_if_first(moved, desk=desk)
        telemetry.event("erasure_swept", erasure_id=erasure.erasure_id)
        return
    if erasure.farewell is not None:
        desk.outbox.announce(Template.DELETION_DONE, erasure_id=erasure.erasure_id)
    finished = replace(
        erasure,
        state=ErasureState.FINISHED,
        finished_at=now,
        artist_id=None,
        clerk_user_id=None,
    )
    try:
        desk.erasures.certify(finished)
    except Changed:
        # Another erasure took the chain's head at this moment, or another run this step.
        send_step(erasure.erasure_id, desk=desk, delay=_WRITTEN_WITHIN)
        return
    telemetry.event("erasure_finished", erasure_id=erasure.erasure_id)


def _kept_if_first(erasure: Erasure, *, desk: ErasureDesk) -> None:
    try:
        desk.erasures.replace(erasure)
    except (Changed, Missing):
        telemetry.event("erasure_step_skipped", erasure_id=erasure.erasure_id, reason="another_run")


def _is_stuck(erasure: Erasure, *, now: datetime) -> bool:
    waits_for_scan = erasure.swept_at is not None and erasure.step == 0
    since = erasure.swept_at if waits_for_scan else erasure.moved_at
    pause = SECOND_SCAN_AFTER + STUCK_AFTER if waits_for_scan else STUCK_AFTER
    return since is None or now > since + pause
