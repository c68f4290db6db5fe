"""Closing an account, undoing that, and the step from which nothing leads back.

An account row says in which state the account is; everything else follows it. The order of a
closing, and what a crash after each step leaves:

1. two rows in Schedule, first, so that nothing is ever forgotten: the purge at the end of the
   grace, and a look in two minutes. Either finds an open account and does nothing;
2. the order of the mail: it finds no deletion and is skipped;
3. the account row, by its ETag: closing, with the next epoch. From here the account is closed;
4. `settle`: the fan list takes no sign-ups, what runs is stopped, other sessions end. Every part
   may be repeated: by a repeated `DELETE /api/me`, or by the look in two minutes.

A restore is the same the other way round: the look, the account row with the next epoch, `settle`.
`settle` does what the account row says at that moment, so late steps of one never undo the other:
the epoch decides in the fences, and the account row whether a purge may begin.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.artists.audit import Actor, AuditTrail
from shared.artists.model import AccountState, Artist, Deletion
from shared.artists.store import ArtistStore
from shared.mail.outbox import Outbox, Template
from shared.platform import telemetry
from shared.platform.clients.clerk import Clerk
from shared.platform.ids import ArtistId, ErasureId, Ids
from shared.platform.problems import Conflict, NotFound, RetryLater, Unavailable
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.faults import Changed, Missing

PROMISE = timedelta(days=30)  # From the artist's act until nothing is left.
LOOK_AFTER = timedelta(minutes=2)  # No request runs as long.
_WRITTEN_WITHIN = timedelta(seconds=10)
_TRIES = 5

StopWork = Callable[[ArtistId], None]


class FanList(Protocol):
    """The fences of fan lists."""

    def open(self, artist_id: ArtistId, *, epoch: int) -> None: ...
    def close(self, artist_id: ArtistId, *, epoch: int) -> None: ...


class ErasureClass(StrEnum):
    """How fast an erasure is: within the promise, or at once and before all others."""

    STANDARD = "standard"
    IMMEDIATE = "immediate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingDesk:
    """What a closing touches."""

    artists: ArtistStore
    schedule: Schedule
    fan_list: FanList
    stops: Sequence[StopWork]  # What else runs for an account; each may be called again.
    clerk: Clerk
    audit: AuditTrail
    outbox: Outbox
    grace: timedelta


def close(
    artist: Artist, *, session_id: str, desk: ClosingDesk, now: datetime, ids: Ids
) -> Deletion:
    """Close an account for the grace before its purge. Asking again answers the same deletion.

    Raises:
        NotFound: the account is gone.
    """
    for _ in range(_TRIES):
        if artist.deletion is not None:
            # Two requests at once leave one deletion in the account; Schedule must name that one.
            _schedule(artist, artist.deletion, desk=desk, cause=ErasureClass.STANDARD)
            done = settle(artist.artist_id, desk=desk, ids=ids, keep_session=session_id)
            _look_no_more(artist.artist_id, artist.deletion.requested_at, desk=desk, done=done)
            return artist.deletion
        deletion = _deletion(grace=desk.grace, now=now, ids=ids)
        _schedule(artist, deletion, desk=desk, cause=ErasureClass.STANDARD)
        _look_later(artist.artist_id, desk=desk, now=now)
        desk.outbox.order(
            Template.DELETION_SCHEDULED,
            delay=_WRITTEN_WITHIN,
            artist_id=artist.artist_id,
            erasure_id=deletion.erasure_id,
        )
        artist = _written(artist, artist.closing(deletion), desk=desk)
    raise Unavailable


def close_at_once(
    artist: Artist, *, cause: ErasureClass, desk: ClosingDesk, now: datetime, ids: Ids
) -> Deletion:
    """Close an account whose purge begins now: nobody could restore, or nobody may.

    An account in its grace loses the rest of it; the deletion keeps its id and its deadline.

    Raises:
        NotFound: the account is gone.
    """
    for _ in range(_TRIES):
        held = artist.deletion
        if held is not None and (held.purge_after <= now or artist.state is AccountState.PURGING):
            _schedule(artist, held, desk=desk, cause=cause)
            done = settle(artist.artist_id, desk=desk, ids=ids)
            _look_no_more(artist.artist_id, now, desk=desk, done=done)
            return held
        deletion = _deletion(grace=timedelta(0), now=now, ids=ids, held=held)
        _schedule(artist, deletion, desk=desk, cause=cause)
        _look_later(artist.artist_id, desk=desk, now=now)
        artist = _written(artist, artist.closing(deletion), desk=desk)
        if held is not None:
            desk.schedule.remove(DueKind.PURGE, artist.artist_id, at=held.purge_after)
    raise Unavailable


def restore(artist: Artist, *, desk: ClosingDesk, now: datetime, ids: Ids) -> Artist:
    """Undo a deletion whose purge has not begun. Restoring an open account changes nothing.

    Raises:
        Conflict: the purge has begun.
        NotFound: the account is gone.
    """
    for _ in range(_TRIES):
        if artist.state is AccountState.PURGING:
            raise Conflict(
                "The account is being erased: it cannot be restored any more.", code="invalid_state"
            )
        if artist.is_open:
            done = settle(artist.artist_id, desk=desk, ids=ids)
            _look_no_more(artist.artist_id, now, desk=desk, done=done)
            return artist
        left = artist.deletion
        _look_later(artist.artist_id, desk=desk, now=now)
        artist = _written(artist, artist.restored(), desk=desk)
        if artist.is_open and left is not None:
            desk.schedule.remove(DueKind.PURGE, artist.artist_id, at=left.purge_after)
            desk.audit.record(
                artist.artist_id, "deletion_undone", now=now, ids=ids, erasure_id=left.erasure_id
            )
    raise Unavailable


def begin_purge(artist_id: ArtistId, *, desk: ClosingDesk, now: datetime) -> Artist | None:
    """Take the step from which no restore leads back, and return the account to erase.

    The account row decides, not the row of Schedule that called: None when the account is gone,
    was restored, or has a grace that is not over.

    Raises:
        RetryLater: the account is being changed just now.
    """
    for _ in range(_TRIES):
        artist = desk.artists.by_id(artist_id)
        deletion = artist.deletion if artist else None
        if artist is None or deletion is None or deletion.purge_after > now:
            telemetry.event("purge_found_nothing", artist_id=artist_id)
            return None
        if artist.state is AccountState.PURGING:
            return artist
        try:
            return desk.artists.replace(artist.purging())
        except (Changed, Missing):
            continue
    raise RetryLater("account_contended")


def look_again(due: Due, *, desk: ClosingDesk, ids: Ids) -> None:
    """Do what a request that died left undone; what cannot be done now stays due."""
    if settle(ArtistId(due.subject), desk=desk, ids=ids):
        desk.schedule.done(due)


def settle(
    artist_id: ArtistId, *, desk: ClosingDesk, ids: Ids, keep_session: str | None = None
) -> bool:
    """Make everything follow the account row, and tell whether all of it does now.

    Without a session to keep, all of them end: who asked is not known after a crash.
    """
    artist = desk.artists.by_id(artist_id)
    if artist is None or artist.state is AccountState.PURGING:
        return True
    if artist.is_open:
        desk.fan_list.open(artist_id, epoch=artist.epoch)
        return True
    desk.fan_list.close(artist_id, epoch=artist.epoch)
    for stop in desk.stops:
        stop(artist_id)
    if artist.deletion is not None:
        _record(artist_id, artist.deletion, desk=desk, ids=ids)
    ended = _end_sessions(artist, desk=desk, keep_session=keep_session)
    telemetry.event("account_closed", artist_id=artist_id)
    return ended


def _record(artist_id: ArtistId, deletion: Deletion, *, desk: ClosingDesk, ids: Ids) -> None:
    has_grace = deletion.purge_after > deletion.requested_at
    desk.audit.record(
        artist_id,
        "account_closed",
        now=deletion.requested_at,
        ids=ids,
        once=deletion.erasure_id,
        actor=Actor.ARTIST if has_grace else Actor.SYSTEM,
        erasure_id=deletion.erasure_id,
    )


def _end_sessions(artist: Artist, *, desk: ClosingDesk, keep_session: str | None) -> bool:
    try:
        ended = desk.clerk.revoke_sessions(artist.clerk_user_id, except_session=keep_session)
    except (Unavailable, RetryLater):
        # The account is closed all the same; the look in two minutes tries again.
        telemetry.event("sessions_not_revoked", artist_id=artist.artist_id, reason="clerk_away")
        return False
    telemetry.event("sessions_revoked", artist_id=artist.artist_id, count=ended)
    return True


def _deletion(
    *, grace: timedelta, now: datetime, ids: Ids, held: Deletion | None = None
) -> Deletion:
    asked_at = held.requested_at if held else now
    return Deletion(
        requested_at=asked_at,
        purge_after=now + grace,
        purge_deadline=asked_at + PROMISE,
        erasure_id=held.erasure_id if held else ErasureId(ids.make("era", now=now)),
    )


def _schedule(
    artist: Artist, deletion: Deletion, *, desk: ClosingDesk, cause: ErasureClass
) -> None:
    desk.schedule.put(
        DueKind.PURGE,
        artist.artist_id,
        at=deletion.purge_after,
        facts={"erasure_id": deletion.erasure_id, "class": cause.value},
    )


def _look_later(artist_id: ArtistId, *, desk: ClosingDesk, now: datetime) -> None:
    desk.schedule.put(DueKind.CLOSING, artist_id, at=now + LOOK_AFTER, facts={})


def _look_no_more(
    artist_id: ArtistId, asked_at: datetime, *, desk: ClosingDesk, done: bool
) -> None:
    if done:
        desk.schedule.remove(DueKind.CLOSING, artist_id, at=asked_at + LOOK_AFTER)


def _written(before: Artist, after: Artist, *, desk: ClosingDesk) -> Artist:
    """Return the account as it is stored, ours or what somebody else wrote in between."""
    try:
        return desk.artists.replace(after)
    except (Changed, Missing):
        found = desk.artists.by_id(before.artist_id)
        if found is None:
            raise NotFound from None
        return found
