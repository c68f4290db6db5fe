"""One chunk, one call: read, look who may be mailed, claim, ask, write what came of it.

Five storage operations, four where the suppressions were read just now. `docs/SENDING.md`
gives the steps; the rules between them are pure (`ledger`, `answers`).
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.blasts import answers, braking
from shared.blasts import ledger as rules
from shared.blasts.answers import Outcome, Verdict
from shared.blasts.chunk_store import LostRace, Stopped
from shared.blasts.desk import Desk
from shared.blasts.ledger import Chunk, Claim, Letter
from shared.blasts.mailing import Mailing, Recipient
from shared.blasts.messages import ChunkMessage
from shared.fans.audience import Recipient as Fan
from shared.fans.model import FanStatus
from shared.fans.selection import Selection
from shared.fans.suppressions import Refusal
from shared.platform import telemetry
from shared.platform.clients.http import ServiceAway
from shared.platform.clients.resend import Sending

HELD_FOR: Final = timedelta(seconds=90)  # A younger claim is left to its owner: it saves calls.
CALL_WITHIN_SECONDS: Final = 60.0  # Of the claim: a later call could follow another's.
CUT_DELAY: Final = timedelta(seconds=5)
MOST_IN_RANGE: Final = 2000  # Rows between a chunk's ends; beyond these it is read as a sparse one.
_ERASED_ID: Final = "0" * 32
_BY_STATUS: Final[Mapping[FanStatus, Letter]] = {
    FanStatus.BOUNCED: Letter.BOUNCED,
    FanStatus.COMPLAINED: Letter.COMPLAINED,
    FanStatus.ERASED: Letter.ERASED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The last look before a call: whom a chunk may ask, where they are, and why not the others."""

    addresses: Mapping[int, str]
    reasons: Mapping[int, Letter]


def send_chunk(message: ChunkMessage, *, desk: Desk, now: datetime) -> None:
    """Ask the provider for one chunk, where it may and needs to be asked.

    Raises:
        RetryLater: storage or the log of suppressions is contended; the message comes again.
    """
    chunk = desk.ledger.chunk(message.blast_id, message.chunk)
    if chunk is None or not chunk.is_open:
        _skipped(message, "nothing_to_do")
    elif chunk.doubt_is_old(now):
        _write_or_leave(message, rules.doubt_given_up(chunk), desk=desk)
    elif message.attempt == 0 and (left := held_for(chunk, now=now)) is not None:
        message.send(desk.queues, delay=left)
        _skipped(message, "held_by_another")
    else:
        _ask(message, chunk, desk=desk, now=now)


def _ask(message: ChunkMessage, chunk: Chunk, *, desk: Desk, now: datetime) -> None:
    began = time.monotonic()
    mailing = desk.mailings.of(message.artist_id, message.blast_id)
    if mailing is None:
        _skipped(message, "blast_gone")
        return
    look = look_at(chunk, mailing, desk=desk)
    listed = rules.to_be_asked(chunk, frozenset(look.addresses))
    if not listed:
        _write_or_leave(message, rules.closed_without_call(chunk, look.reasons), desk=desk)
        return
    claim = Claim(
        token=desk.ids.token(),
        listed=listed,
        appended=rules.appends(chunk, listed),
        reasons=look.reasons,
    )
    try:
        held = desk.ledger.claim(message.blast_id, rules.claimed(chunk, claim, now=now))
    except (Stopped, LostRace) as lost:
        _skipped(message, "stopped" if isinstance(lost, Stopped) else "claimed_by_another")
        return
    sending = _call(held, claim, look, mailing, desk=desk, began=began)
    verdict = answers.with_growing_wait(_judged(sending, held, claim), held.first_tried_at, now)
    _settle(message, held, claim, verdict, desk=desk, now=now)
    if isinstance(sending, Sending) and sending.rate is not None:
        desk.pace.note_rate(sending.rate, now=now)


def held_for(chunk: Chunk, *, now: datetime) -> timedelta | None:
    """Return how long another run's claim is still left alone, or None when none is.

    Who asks again in doubt need not wait: the run that was in doubt sent that message as its last.
    """
    if Letter.ASKED not in chunk.letters or chunk.claimed_at is None:
        return None
    left = chunk.claimed_at + HELD_FOR - now
    return left if timedelta(0) < left <= HELD_FOR else None


def look_at(chunk: Chunk, mailing: Mailing, *, desk: Desk) -> Look:
    """Return who of a chunk may be mailed just now. Two operations, the log's tail included."""
    desk.suppressions.refresh()
    hashes = chunk.hashes()
    fans = None if chunk.sparse else _fans_of_range(chunk, mailing, desk=desk)
    if fans is None:
        fans = _fans_among_others(chunk, mailing, desk=desk)
    addresses: dict[int, str] = {}
    reasons: dict[int, Letter] = {}
    for position, hashed in enumerate(hashes):
        fan = fans.get(hashed)
        reason = _reason_against(fan, mailing.frozen_at, desk=desk)
        if fan is not None and reason is None:
            addresses[position] = fan.address
        else:
            reasons[position] = reason or Letter.ERASED
    return Look(addresses=addresses, reasons=reasons)


def _fans_of_range(chunk: Chunk, mailing: Mailing, *, desk: Desk) -> dict[str, Fan] | None:
    """Return a chunk's fans, or None when too many others stand between them.

    A list that is dense may have such a place: a flood of sign-ups that nobody confirmed.
    """
    wanted = frozenset(chunk.hashes())
    fans: dict[str, Fan] = {}
    for number, fan in enumerate(_between(chunk, mailing, segment=None, desk=desk)):
        if number >= MOST_IN_RANGE:
            return None
        if fan.hashed in wanted:
            fans[fan.hashed] = fan
    return fans


def _fans_among_others(chunk: Chunk, mailing: Mailing, *, desk: Desk) -> dict[str, Fan]:
    """Return a chunk's fans: who fits and is subscribed, and by key whoever of it does not."""
    found = _between(chunk, mailing, segment=mailing.segment, desk=desk)
    fans = {fan.hashed: fan for fan in found}
    missing = [each for each in chunk.hashes() if each not in fans and each != _ERASED_ID]
    return fans | {fan.hashed: fan for fan in desk.audience.by_hash(mailing.artist_id, missing)}


def _between(
    chunk: Chunk, mailing: Mailing, *, segment: Selection | None, desk: Desk
) -> Iterator[Fan]:
    return desk.audience.recipients(
        mailing.artist_id,
        chunk.shard,
        first_place=chunk.first,
        last_place=chunk.last,
        segment=segment,
    )


def _reason_against(fan: Fan | None, frozen_at: datetime, *, desk: Desk) -> Letter | None:
    if fan is None:
        return Letter.ERASED
    refusal = desk.suppressions.reason(fan.mailbox)
    if refusal is not None:
        return Letter.COMPLAINED if refusal is Refusal.COMPLAINT else Letter.BOUNCED
    if fan.may_be_mailed(frozen_at=frozen_at):
        return None
    # Who left and came back after the audience was frozen left all the same.
    return _BY_STATUS.get(fan.status, Letter.UNSUBSCRIBED)


def _call(
    chunk: Chunk, claim: Claim, look: Look, mailing: Mailing, *, desk: Desk, began: float
) -> Sending | Verdict:
    """Ask the provider, and return its answer, or what its lack means."""
    hashes = chunk.hashes()
    recipients = [
        Recipient(position=at, hashed=hashes[at], address=look.addresses[at])
        for at in sorted(claim.listed)
    ]
    body = mailing.batch(
        recipients, chunk=chunk.number, generation=chunk.generation, tokens=desk.tokens
    )
    if time.monotonic() - began > CALL_WITHIN_SECONDS:
        return answers.NOT_SENT
    key = f"blast/{mailing.blast_id}/{chunk.number}/{chunk.generation}"
    try:
        return desk.resend.send_batch(body, count=len(recipients), idempotency_key=key)
    except ServiceAway as away:
        return answers.NO_ANSWER if away.sent else answers.NOT_SENT


def _judged(sending: Sending | Verdict, chunk: Chunk, claim: Claim) -> Verdict:
    if isinstance(sending, Verdict):
        return sending
    asked_before = not claim.appended or len(chunk.doubt) > 1
    return answers.judged(sending, claim.listed, asked_before=asked_before)


def _settle(
    message: ChunkMessage,
    chunk: Chunk,
    claim: Claim,
    verdict: Verdict,
    *,
    desk: Desk,
    now: datetime,
) -> None:
    telemetry.event(
        "blast_chunk_answered",
        blast_id=message.blast_id,
        chunk=message.chunk,
        outcome=verdict.outcome.name.lower(),
        recipients=len(claim.listed),
        generation=chunk.generation,
    )
    if verdict.outcome is Outcome.UNKNOWN:
        _ask_again_in_doubt(message, desk=desk)
        return
    if verdict.outcome is Outcome.ANOTHER_TAKEN and claim.appended and len(chunk.doubt) == 1:
        telemetry.alarm("blast_key_was_used", blast_id=message.blast_id, chunk=message.chunk)
    after = _recorded(message, chunk, claim, verdict, desk=desk, now=now)
    if verdict.stop is not None:
        _pause(message, verdict, desk=desk, now=now)
    elif verdict.outcome is Outcome.NOTHING_DONE and after is not None and after.is_open:
        message.send(desk.queues, delay=_with_jitter(verdict.wait or answers.USUAL_WAIT, desk))


def _recorded(
    message: ChunkMessage,
    chunk: Chunk,
    claim: Claim,
    verdict: Verdict,
    *,
    desk: Desk,
    now: datetime,
) -> Chunk | None:
    """Write the outcome onto the row as it is now, while the claim is still this run's."""
    cuts = verdict.outcome is Outcome.REFUSED_WHOLE and len(claim.listed) > 1
    current: Chunk | None = chunk
    while current is not None and current.token == claim.token:
        after = answers.applied(current, claim, verdict, now=now)
        try:
            if cuts:
                _cut(message, after, claim, desk=desk)
            else:
                desk.ledger.write(message.blast_id, after)
        except LostRace:
            current = desk.ledger.chunk(message.blast_id, message.chunk)
            continue
        return after
    _skipped(message, "claim_lost")
    return None


def _cut(message: ChunkMessage, chunk: Chunk, claim: Claim, *, desk: Desk) -> None:
    first, second = rules.cut(chunk, claim)
    for half in (first, second):
        ChunkMessage(
            artist_id=message.artist_id, blast_id=message.blast_id, chunk=half.number
        ).send(desk.queues, delay=CUT_DELAY)
    try:
        desk.ledger.cut(message.blast_id, first, second)
    except Stopped:
        # Nothing was taken, so nothing is in doubt; a resume asks the whole list again.
        desk.ledger.write(message.blast_id, chunk)


def _ask_again_in_doubt(message: ChunkMessage, *, desk: Desk) -> None:
    wait = answers.wait_in_doubt(message.attempt)
    if wait is not None:
        again = ChunkMessage(
            artist_id=message.artist_id,
            blast_id=message.blast_id,
            chunk=message.chunk,
            attempt=message.attempt + 1,
        )
        again.send(desk.queues, delay=wait)


def _pause(message: ChunkMessage, verdict: Verdict, *, desk: Desk, now: datetime) -> None:
    blast = desk.blasts.find(message.artist_id, message.blast_id)
    if blast is not None and verdict.stop is not None:
        braking.pause(blast, verdict.stop, desk=desk, now=now)


def _write_or_leave(message: ChunkMessage, chunk: Chunk, *, desk: Desk) -> None:
    try:
        desk.ledger.write(message.blast_id, chunk)
    except LostRace:
        _skipped(message, "written_by_another")


def _with_jitter(wait: timedelta, desk: Desk) -> timedelta:
    return wait * (1 + desk.ids.draw(1)[0] / 510)


def _skipped(message: ChunkMessage, reason: str) -> None:
    telemetry.event(
        "blast_chunk_skipped", blast_id=message.blast_id, chunk=message.chunk, reason=reason
    )
