"""Feedback: what becomes of mails, told by webhooks or by a fan who leaves.

In this order: the suppression log, the fan's transaction, the letter. Each may be repeated, so a
webhook that fails half-way is simply sent again, and one that comes twice or late changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.blasts import braking, events
from shared.blasts import ledger as rules
from shared.blasts.chunk_store import LostRace
from shared.blasts.counting import counted
from shared.blasts.desk import Desk
from shared.blasts.events import MailEvent, Place
from shared.blasts.ledger import Chunk, Fate
from shared.blasts.model import BlastState, StopReason
from shared.fans import transitions
from shared.fans.model import Fan, How, Lock, SoftBounce, Step
from shared.fans.suppressions import Refusal
from shared.fans.tokens import FanRef
from shared.platform import telemetry
from shared.platform.addresses import EmailAddress, mailbox_hash
from shared.platform.ids import BlastId
from shared.platform.problems import Invalid, Unavailable

_TRIES: Final = 8
_NOBODY: Final = bytes(rules.ID_BYTES)
_COUNTS_FOR_BRAKES: Final = frozenset({Fate.BOUNCED, Fate.FAILED, Fate.SUPPRESSED, Fate.COMPLAINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The chunk that an event is about, and the fan's hash; None when the fan was erased."""

    chunk: Chunk
    hashed: str | None


def take(payload: Mapping[str, object], *, mailbox_key: bytes, desk: Desk, now: datetime) -> str:
    """Take one webhook of the provider, and return what it came to. Its signature was verified.

    Raises:
        Unavailable: others kept writing the same rows; the provider sends it again.
        RetryLater: the suppression log is contended; the same.
    """
    event = events.read(payload, now=now)
    if event is None:
        return _ignored("not_about_a_mail")
    if event.refusal is not None and event.address is not None:
        _suppress(event.address, event.refusal, mailbox_key=mailbox_key, desk=desk)
    if event.place is None:
        return _ignored("not_of_a_blast")
    found = find(event.place, desk=desk)
    if found is None:
        return _ignored("ledger_gone")
    if found.hashed is not None:
        _tell_fan(event, event.place, found.hashed, desk=desk, now=now)
    _raise_letter(event.place, event.fate, found.chunk, desk=desk)
    telemetry.event(
        "mail_event_taken", blast_id=event.place.blast_id, event_type=event.fate.name.lower()
    )
    if event.is_over_quota or event.fate in _COUNTS_FOR_BRAKES:
        _brake(event, event.place, desk=desk, now=now)
    return "taken"


def note_left(ref: FanRef, *, desk: Desk) -> None:
    """Count a fan who left by the link in a blast's mail; the fan's transaction has been written.

    Raises:
        Unavailable: others kept writing the same row; the next click counts it.
    """
    if ref.blast is None:
        return
    place = Place(
        artist_id=ref.artist_id,
        blast_id=BlastId(ref.blast.blast_id),
        chunk=ref.blast.chunk,
        position=ref.blast.position,
    )
    found = find(place, desk=desk)
    if found is not None and found.hashed in {None, ref.hashed}:
        _raise_letter(place, Fate.UNSUBSCRIBED, found.chunk, desk=desk)


def find(place: Place, *, desk: Desk) -> Found | None:
    """Return the chunk and the fan that tags name, or None when the ledger is gone. One read."""
    chunk = desk.ledger.chunk(place.blast_id, place.chunk)
    if chunk is None or place.position >= len(chunk.letters):
        return None
    hashed = chunk.id_at(place.position)
    return Found(chunk=chunk, hashed=None if hashed == _NOBODY else hashed.hex())


def _suppress(address: str, refusal: Refusal, *, mailbox_key: bytes, desk: Desk) -> None:
    try:
        normalised = EmailAddress.parse(address).normalised
    except Invalid:
        _ignored("address_malformed")
        return
    desk.suppressions.append(mailbox_hash(normalised, key=mailbox_key), refusal)


def _tell_fan(event: MailEvent, place: Place, hashed: str, *, desk: Desk, now: datetime) -> None:
    if event.refusal is None and not event.is_soft_bounce:
        return

    def judge(lock: Lock, fan: Fan | None) -> Step | None:
        step = judged(event, place.blast_id, lock, fan, now=now)
        if event.refusal is None and fan is not None and transitions.refuses(step):
            # The third soft bounce is as good as a hard one, at every artist; the log comes first.
            desk.suppressions.append(fan.mailbox, Refusal.HARD_BOUNCE)
        return step

    desk.fan_changes.change(place.artist_id, hashed, judge)


def judged(
    event: MailEvent, blast_id: BlastId, lock: Lock, fan: Fan | None, *, now: datetime
) -> Step | None:
    """Return what an event changes of a fan: a refusal at once, soft bounces at the third mail."""
    if event.refusal is not None:
        complained = event.refusal is Refusal.COMPLAINT
        how = How.COMPLAINT if complained else How.HARD_BOUNCE
        return transitions.refused_mail(lock, fan, how=how, now=now)
    return transitions.soft_bounced(lock, fan, SoftBounce(blast_id, event.at), now=now)


def _raise_letter(place: Place, fate: Fate, chunk: Chunk, *, desk: Desk) -> None:
    current: Chunk | None = chunk
    for _ in range(_TRIES):
        if current is None:
            return
        after = rules.proved(current, place.position, fate)
        if after == current:
            return
        try:
            desk.ledger.write(place.blast_id, after)
        except LostRace:
            current = desk.ledger.chunk(place.blast_id, place.chunk)
            continue
        return
    raise Unavailable


def _brake(event: MailEvent, place: Place, *, desk: Desk, now: datetime) -> None:
    run = desk.ledger.run(place.blast_id)
    if run.go is None:
        return
    blast = desk.blasts.find(place.artist_id, place.blast_id)
    if blast is None or blast.state is not BlastState.SENDING:
        return
    if event.is_over_quota:
        if event.at >= run.go.at:  # One from before a resume comes late, and stops nothing.
            braking.pause(blast, StopReason.QUOTA, desk=desk, now=now)
        return
    chunks = run.plan.chunks if run.plan else 0
    if desk.long_runs.is_due(place.blast_id, chunks, now=now):
        totals = counted(desk.ledger.letters(place.blast_id))
        braking.brake(blast, run, totals, desk=desk, now=now)
        desk.long_runs.note(place.blast_id, now=now)


def _ignored(reason: str) -> str:
    telemetry.event("mail_event_ignored", reason=reason)
    return reason
