"""Every way in which a fan's status may change, and who may be subscribed. Pure.

A use case loads the lock and the fan, asks one of these functions, and writes the step that it
gives in one transaction under the lock's ETag; None means that nothing is to change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.fans.keys import data_key
from shared.fans.model import (
    HISTORY_MAX,
    MAIL_PAUSE,
    PENDING_FOR,
    SOFT_BOUNCE_WINDOW,
    SOFT_BOUNCES_MAX,
    UNDO_FOR,
    Fan,
    FanStatus,
    HistoryEntry,
    How,
    Lock,
    SignUp,
    SignUpDoor,
    SoftBounce,
    Step,
)


def first_sign_up(hashed: str, sign_up: SignUp) -> tuple[Lock, Fan]:
    """Return the rows of an address that this list has never seen: always pending."""
    key = data_key(hashed, signed_up_at=sign_up.at)
    lock = Lock(hashed=hashed, status=FanStatus.PENDING, data_key=key, door=sign_up.door)
    return lock, _signed_up(hashed, sign_up)


def renewed(lock: Lock, sign_up: SignUp) -> Lock:
    """Return the lock of who left or was erased and signs up again: nothing is so before a mail.

    On the day of a mail about an earlier sign-up, that one stands: no other mail would go, and the
    fan confirms what the mail was sent for, whoever types the address in the meantime. Later it is
    replaced, and with it the link: a link never confirms what its mail did not ask about.
    """
    asked = lock.again is not None and lock.nonce is not None and lock.mailed_at is not None
    if asked and lock.mailed_at and sign_up.at - lock.mailed_at < MAIL_PAUSE:
        return lock
    return replace(lock, again=sign_up, nonce=None)


def expiring(lock: Lock, *, now: datetime) -> Lock:
    """Return the lock with the day on which what is unconfirmed goes; never an earlier one."""
    day = (now + PENDING_FOR).date()
    return replace(lock, expires=max(lock.expires or day, day))


def may_be_mailed(lock: Lock, *, now: datetime) -> bool:
    """Tell whether a day has passed since the last confirmation mail to this fan."""
    return lock.mailed_at is None or now - lock.mailed_at >= MAIL_PAUSE


def claimed(lock: Lock, *, nonce: str, now: datetime) -> Lock:
    """Return the lock with the claim to mail: the nonce is what the mail's link must name."""
    return expiring(replace(lock, nonce=nonce, mailed_at=now), now=now)


def may_opt_in_singly(lock: Lock, fan: Fan) -> bool:
    """Tell whether an artist's `double_opt_in: false` covers this sign-up.

    It covers the form on our own page and an address without history, and nothing else.
    """
    first = len(fan.history) == 1 and lock.nonce is None and lock.again is None
    return lock.status is FanStatus.PENDING and lock.door is SignUpDoor.FORM and first


def opted_in_singly(lock: Lock, fan: Fan, *, now: datetime) -> Step:
    """Return a first sign-up from the form as subscribed at once."""
    return _settled(lock, fan, _subscribed(fan, how=How.SINGLE_OPT_IN, now=now))


def confirmed(lock: Lock, fan: Fan | None, *, nonce: str, now: datetime) -> Step | None:
    """Return the fan as subscribed, or None where this nonce confirms nothing (any more)."""
    if lock.nonce != nonce or not lock.awaits_confirmation or lock.is_unreachable:
        return None
    if lock.again is not None:
        return _confirmed_again(lock, fan, lock.again, now=now)
    if fan is None:
        return None
    subscribed = replace(_subscribed(fan, how=How.CONFIRMED, now=now), confirmed_at=now)
    return _settled(lock, fan, subscribed)


def left(lock: Lock, fan: Fan | None, *, how: How, now: datetime) -> Step | None:
    """Return the fan as unsubscribed, with nothing waiting; None where that is so already.

    Who never confirmed goes on the day that was set for it, also after saying no: nobody has
    consented to that address being kept.
    """
    if lock.status not in {FanStatus.PENDING, FanStatus.SUBSCRIBED} or fan is None:
        return _without_again(lock, fan)
    gone = replace(_moved(fan, FanStatus.UNSUBSCRIBED, how=how, now=now), unsubscribed_at=now)
    settled = _settled(lock, fan, gone)
    if not _never_confirmed(gone) or settled.lock is None:
        return settled
    expires = lock.expires or (now + PENDING_FOR).date()
    return replace(settled, lock=replace(settled.lock, expires=expires))


def came_back(lock: Lock, fan: Fan | None, *, now: datetime) -> Step | None:
    """Return the fan as before an unsubscribe of the last seven days, or None where none is.

    Only who was subscribed comes back so; a sign-up that was never confirmed does not.
    """
    if lock.status is not FanStatus.UNSUBSCRIBED or fan is None or fan.unsubscribed_at is None:
        return None
    if fan.since is None or now - fan.unsubscribed_at > UNDO_FOR:
        return None
    if _status_before_last(fan) is not FanStatus.SUBSCRIBED:
        return None
    return _settled(lock, fan, _subscribed(fan, how=How.UNDONE, now=now))


def refused_mail(lock: Lock, fan: Fan | None, *, how: How, now: datetime) -> Step | None:
    """Return the fan as bounced or complained; a complaint stands over a bounce, never under."""
    status = FanStatus.COMPLAINED if how is How.COMPLAINT else FanStatus.BOUNCED
    if fan is None or lock.status in {status, FanStatus.COMPLAINED}:
        return _without_again(lock, fan)
    return _settled(lock, fan, _moved(fan, status, how=how, now=now))


def soft_bounced(lock: Lock, fan: Fan | None, bounce: SoftBounce, *, now: datetime) -> Step | None:
    """Return the lock with one more soft bounce; three mails within 30 days refuse for good.

    Several bounces of one mail are one, and the order in which they are told does not matter.
    """
    if fan is None or any(bounce.is_of_the_mail_of(each) for each in lock.soft_bounces):
        return None
    bounces = sorted((*lock.soft_bounces, bounce), key=lambda each: each.at)
    runs = zip(bounces, bounces[SOFT_BOUNCES_MAX - 1 :], strict=False)
    if any(last.at - first.at < SOFT_BOUNCE_WINDOW for first, last in runs):
        return refused_mail(lock, fan, how=How.HARD_BOUNCE, now=now)
    kept = tuple(bounces[-SOFT_BOUNCES_MAX:])
    return Step(before=lock, lock=replace(lock, soft_bounces=kept), was=fan, fan=fan)


def refuses(step: Step | None) -> bool:
    """Tell whether by this step a fan's mailbox takes no mail any more."""
    if step is None or step.fan is None or step.was is None:
        return False
    return step.fan.status is FanStatus.BOUNCED and step.was.status is not FanStatus.BOUNCED


def corrected(lock: Lock, fan: Fan, said: Mapping[str, str | None], *, now: datetime) -> Step:
    """Return the fan at the place that the fan says; no guess overwrites it again.

    Args:
        said: country, region, city; what is left out stays.
    """
    place = replace(fan.place, **said)
    entry = HistoryEntry(fan.status, now, How.CORRECTED)
    moved = replace(fan, place=place, place_corrected=True, history=_with(fan.history, entry))
    return Step(before=lock, lock=lock, was=fan, fan=moved)


def erased(lock: Lock, fan: Fan | None) -> Step | None:
    """Return the marker that stays of an erased fan, or None where nothing else is there."""
    marker = Lock(hashed=lock.hashed, status=FanStatus.ERASED, etag=lock.etag)
    if lock == marker and fan is None:
        return None
    return Step(before=lock, lock=marker, was=fan, fan=None)


def expired(lock: Lock, fan: Fan | None, *, now: datetime) -> Step | None:
    """Return what is left when nobody confirmed in 30 days: of a first sign-up, nothing.

    They count from the sign-up, or from the last mail that asked about it. Of who said no a marker
    stays, as of who was erased: the next sign-up is to be confirmed, whatever the artist chose.
    """
    signed_up_at = lock.again.at if lock.again else fan.subscribed_at if fan else None
    moments = [moment for moment in (signed_up_at, lock.mailed_at) if moment is not None]
    if lock.awaits_confirmation and moments and now - max(moments) < PENDING_FOR:
        return None
    if lock.status is FanStatus.PENDING:
        return Step(before=lock, lock=None, was=fan, fan=None)
    if fan is not None and _never_confirmed(fan):
        return erased(lock, fan)
    return _without_again(lock, fan)


def _never_confirmed(fan: Fan) -> bool:
    """Tell whether nobody ever said yes for this address: it waits, or said no before a yes."""
    return fan.since is None and fan.status in {FanStatus.PENDING, FanStatus.UNSUBSCRIBED}


def _signed_up(hashed: str, sign_up: SignUp) -> Fan:
    return Fan(
        hashed=hashed,
        data_key=data_key(hashed, signed_up_at=sign_up.at),
        email=sign_up.email,
        mail_to=sign_up.mail_to,
        mailbox=sign_up.mailbox,
        status=FanStatus.PENDING,
        place=sign_up.place,
        subscribed_at=sign_up.at,
        page_slug=sign_up.page_slug,
        notice_version=sign_up.notice_version,
        source=sign_up.source,
        release_id=sign_up.release_id,
        history=(_asked(sign_up),),
    )


def _asked(sign_up: SignUp) -> HistoryEntry:
    """Return the entry of a sign-up: the consent that a confirmation makes good, and its words."""
    how = How.FORM if sign_up.door is SignUpDoor.FORM else How.JSON
    return HistoryEntry(FanStatus.PENDING, sign_up.at, how, sign_up.notice_version)


def _confirmed_again(lock: Lock, fan: Fan | None, again: SignUp, *, now: datetime) -> Step:
    lock = replace(lock, door=again.door)
    if fan is None:
        fresh = _subscribed(_signed_up(lock.hashed, again), how=How.CONFIRMED, now=now)
        return _settled(lock, None, replace(fresh, confirmed_at=now))
    renewed_fan = replace(
        fan,
        email=again.email,
        mail_to=again.mail_to,
        mailbox=again.mailbox,
        place=fan.place if fan.place_corrected else again.place,
        page_slug=again.page_slug,
        source=again.source,
        release_id=again.release_id,
        notice_version=again.notice_version,
        confirmed_at=now,
        history=_with(fan.history, _asked(again)),
    )
    return _settled(lock, fan, _subscribed(renewed_fan, how=How.CONFIRMED, now=now))


def _settled(lock: Lock, was: Fan | None, fan: Fan) -> Step:
    """Return a step after which nothing waits for a confirmation."""
    settled = Lock(
        hashed=lock.hashed,
        status=fan.status,
        data_key=fan.data_key,
        door=lock.door,
        mailed_at=lock.mailed_at,
        soft_bounces=lock.soft_bounces,
        etag=lock.etag,
    )
    return Step(before=lock, lock=settled, was=was, fan=fan)


def _without_again(lock: Lock, fan: Fan | None) -> Step | None:
    expires = lock.expires if fan is not None and _never_confirmed(fan) else None
    emptied = replace(lock, again=None, nonce=None, expires=expires)
    if emptied == lock:
        return None
    if lock.status is FanStatus.ERASED:
        emptied = replace(emptied, mailed_at=None)
    return Step(before=lock, lock=emptied, was=fan, fan=fan)


def _subscribed(fan: Fan, *, how: How, now: datetime) -> Fan:
    return replace(_moved(fan, FanStatus.SUBSCRIBED, how=how, now=now), since=now)


def _moved(fan: Fan, status: FanStatus, *, how: How, now: datetime) -> Fan:
    leaves = fan.status is FanStatus.SUBSCRIBED and status is not FanStatus.SUBSCRIBED
    return replace(
        fan,
        status=status,
        left_at=now if leaves else fan.left_at,
        history=_with(fan.history, HistoryEntry(status, now, how)),
    )


def _with(history: Sequence[HistoryEntry], entry: HistoryEntry) -> tuple[HistoryEntry, ...]:
    """Return the history with one more entry: the first and the last ones stay.

    Of corrections in a row the last one stands, so that they push out no change of the status.
    """
    are_corrections = history and entry.how is history[-1].how is How.CORRECTED
    entries = (*(history[:-1] if are_corrections else history), entry)
    if len(entries) <= HISTORY_MAX:
        return entries
    return (entries[0], *entries[-(HISTORY_MAX - 1) :])


def _status_before_last(fan: Fan) -> FanStatus | None:
    states = [entry.status for entry in fan.history if entry.how is not How.CORRECTED]
    return states[-2] if len(states) > 1 else None
