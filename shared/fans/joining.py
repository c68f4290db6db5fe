"""A sign-up's three calls: read the lock, send the message, one transaction of four rows.

They are the same three for everybody, so that neither the answer nor its time tells who is on the
list; only where another changed the same fan in between are there more. The message goes first: a
crash leaves one that finds nothing, never a fan whom nobody mails.
What is to follow (a mail, none, single opt-in) is the message's handler's to know.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.fans import keys, transitions
from shared.fans.model import FanStatus, Lock, SignUp
from shared.fans.store import FanStore, ListSealed, LockChanged
from shared.mail.outbox import Outbox, Template
from shared.platform import telemetry
from shared.platform.ids import ArtistId, FanId, Ids
from shared.platform.problems import NotFound, Unavailable

CONFIRMATION_DELAY: Final = timedelta(seconds=3)
# What the message says that the page saw: whether the sign-up is still to be waited for.
NOBODY: Final = "nobody"
_TRIES: Final = 3


def join(
    sign_up: SignUp, *, artist_id: ArtistId, hashed: str, fans: FanStore, outbox: Outbox, ids: Ids
) -> FanId:
    """Put a sign-up on an artist's list, or do as much work where it changes nothing.

    Raises:
        NotFound: the page is closed.
        Unavailable: others kept changing the same fan; repeating is safe.
    """
    joining = _Joining(
        sign_up=sign_up, artist_id=artist_id, hashed=hashed, fans=fans, outbox=outbox, ids=ids
    )
    lock, has_come = fans.lock(artist_id, hashed), False
    joining.order(lock)
    for tries_left in reversed(range(_TRIES)):
        try:
            joining.write(lock, has_come=has_come)
        except ListSealed:
            raise NotFound from None
        except LockChanged:
            seen, lock = lock, fans.lock(artist_id, hashed)
            has_come = _has_come(lock, sign_up, seen=seen, is_last_try=tries_left == 1)
            if not has_come and _is_awaited_anew(lock, seen=seen):
                joining.order(lock)
            continue
        # Who signed up is not told apart here either: the same event for each.
        telemetry.event("fan_sign_up_accepted", artist_id=artist_id)
        return keys.fan_id(hashed)
    raise Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joining:
    """One sign-up on its way to the list."""

    sign_up: SignUp
    artist_id: ArtistId
    hashed: str
    fans: FanStore
    outbox: Outbox
    ids: Ids

    def order(self, lock: Lock | None) -> None:
        self.outbox.order(
            Template.FAN_CONFIRMATION,
            delay=CONFIRMATION_DELAY,
            artist_id=self.artist_id,
            fan_id=keys.fan_id(self.hashed),
            nonce=self.ids.token(),
            asked_at=int(self.sign_up.at.timestamp()),
            seen=lock.status.value if lock else NOBODY,
        )

    def write(self, lock: Lock | None, *, has_come: bool) -> None:
        if lock is None:
            fresh, fan = transitions.first_sign_up(self.hashed, self.sign_up)
            self.fans.add(self.artist_id, fresh, fan, random=self.ids.token())
        elif _comes_again(lock) and not has_come:
            self.fans.renew(self.artist_id, transitions.renewed(lock, self.sign_up))
        else:
            self.fans.touch(self.artist_id, lock)


def _comes_again(lock: Lock) -> bool:
    return lock.status in {FanStatus.UNSUBSCRIBED, FanStatus.ERASED}


def _has_come(lock: Lock | None, sign_up: SignUp, *, seen: Lock | None, is_last_try: bool) -> bool:
    """Tell whether another sign-up of the same fan was faster, so that this one changes nothing.

    Of many at once each would overtake the others until some give up, and that answer would tell
    who has left apart from everybody else.
    """
    if lock is None or lock.again is None:
        return False
    is_new = lock.again != (seen.again if seen else None)
    return is_last_try or is_new or transitions.renewed(lock, sign_up) == lock


def _is_awaited_anew(lock: Lock | None, *, seen: Lock | None) -> bool:
    """Tell whether this sign-up now comes as another kind of newcomer than its order says.

    The order may have looked before this late write, for something else, and be gone.
    """
    if lock is None:
        return seen is not None
    is_waited_for = seen is not None and seen.status is lock.status and lock.again is not None
    return _comes_again(lock) and not is_waited_for
