"""A sign-up's three calls: read the lock, send the message, one transaction of four rows.

They are the same three for everybody, so that neither the answer nor its time tells who is on the
list. The message goes first: a crash leaves one that finds nothing, never a fan whom nobody mails.
What is to follow (a mail, none, single opt-in) is the message's handler's to know.
"""

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
    lock = fans.lock(artist_id, hashed)
    outbox.order(
        Template.FAN_CONFIRMATION,
        delay=CONFIRMATION_DELAY,
        artist_id=artist_id,
        fan_id=keys.fan_id(hashed),
        nonce=ids.token(),
        asked_at=int(sign_up.at.timestamp()),
        seen=lock.status.value if lock else NOBODY,
    )
    for attempt in range(_TRIES):
        if attempt:
            lock = fans.lock(artist_id, hashed)
        try:
            _write(lock, sign_up, artist_id=artist_id, hashed=hashed, fans=fans, ids=ids)
        except ListSealed:
            raise NotFound from None
        except LockChanged:
            continue
        # Who signed up is not told apart here either: the same event for each.
        telemetry.event("fan_sign_up_accepted", artist_id=artist_id)
        return keys.fan_id(hashed)
    raise Unavailable


def _write(
    lock: Lock | None,
    sign_up: SignUp,
    *,
    artist_id: ArtistId,
    hashed: str,
    fans: FanStore,
    ids: Ids,
) -> None:
    if lock is None:
        fresh, fan = transitions.first_sign_up(hashed, sign_up)
        fans.add(artist_id, fresh, fan, random=ids.token())
    elif lock.status in {FanStatus.UNSUBSCRIBED, FanStatus.ERASED}:
        fans.renew(artist_id, transitions.renewed(lock, sign_up))
    else:
        fans.touch(artist_id, lock)
