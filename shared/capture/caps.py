"""How many confirmation mails an artist's page may cause; beyond that a mail waits.

200 in an hour, and in 24 hours the larger of 500 and 20 for each confirmation of the last seven
days (product.md): an artist whose fans confirm may grow, a page that strangers' addresses are
sprayed over may not. Counted in steps of ten minutes in one row of Limits.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import orjson

from shared.platform.ids import ArtistId
from shared.platform.limits import Limits, Values

HOURLY: Final = 200
DAILY: Final = 500
FOR_EACH_CONFIRMATION: Final = 20
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(hours=24)
_STEP_SECONDS: Final = 600

RecentConfirmations = Callable[[ArtistId, datetime], int]


class ArtistMailCap:
    """Permits for confirmation mails, by artist."""

    def __init__(self, limits: Limits, *, recent_confirmations: RecentConfirmations) -> None:
        self._limits = limits
        self._recent_confirmations = recent_confirmations

    def claim(self, artist_id: ArtistId, *, waited: bool, now: datetime) -> bool:
        """Claim one mail; where there is none left, the order counts as waiting.

        Args:
            waited: the order was counted as waiting before.
        """
        granted: list[bool] = []

        def decide(values: Values) -> Values | None:
            sent = _recent(values, now=now)
            granted.append(self._has_room(artist_id, sent, now=now))
            waiting = _waiting(values)
            if granted[-1]:
                step = str(int(now.timestamp()) // _STEP_SECONDS)
                sent = {**sent, step: sent.get(step, 0) + 1}
                waiting -= waited
            elif waited:
                return None
            else:
                waiting += 1
            return {"sent": orjson.dumps(sent).decode(), "waiting": max(0, waiting)}

        self._limits.change(_key(artist_id), decide, now=now)
        return granted[-1]

    def give_up(self, artist_id: ArtistId, *, now: datetime) -> None:
        """Count one order less that waits: it was dropped."""

        def decide(values: Values) -> Values | None:
            return {**values, "waiting": max(0, _waiting(values) - 1)}

        self._limits.change(_key(artist_id), decide, now=now)

    def _has_room(self, artist_id: ArtistId, sent: dict[str, int], *, now: datetime) -> bool:
        if _since(sent, now - _HOUR) >= HOURLY:
            return False
        today = _since(sent, now - _DAY)
        if today < DAILY:
            return True
        return today < FOR_EACH_CONFIRMATION * self._recent_confirmations(artist_id, now)


def _key(artist_id: ArtistId) -> str:
    return f"a|{artist_id}"


def _recent(values: Values, *, now: datetime) -> dict[str, int]:
    text = values.get("sent")
    sent: dict[str, int] = orjson.loads(text) if isinstance(text, str) else {}
    oldest = int((now - _DAY).timestamp()) // _STEP_SECONDS
    return {step: count for step, count in sent.items() if int(step) >= oldest}


def _since(sent: dict[str, int], moment: datetime) -> int:
    oldest = int(moment.timestamp()) // _STEP_SECONDS
    return sum(count for step, count in sent.items() if int(step) >= oldest)


def _waiting(values: Values) -> int:
    waiting = values.get("waiting")
    return waiting if isinstance(waiting, int) else 0
