"""Fans of a list that nobody has: rows as the product writes them, drawn from a seed."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import orjson

from shared.fans import keys, model, rows
from shared.fans.counter_rows import values_of
from shared.fans.counters import Counters, with_changes
from shared.fans.model import Fan, FanStatus, HistoryEntry, How, Place
from shared.platform.ids import ArtistId
from shared.platform.storage.rows import Row, encode

ARTIST: Final = ArtistId("art_01J00000000000000000000000")
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_CITIES: Final = 200
_STATUSES: Final = (FanStatus.SUBSCRIBED,) * 8 + (FanStatus.PENDING, FanStatus.UNSUBSCRIBED)


def fan(number: int, *, shard: int) -> Fan:
    """Return one fan of a shard; higher numbers signed up earlier."""
    drawn = hashlib.sha256(f"{shard}/{number}".encode()).hexdigest()
    at = _BEGAN + timedelta(days=300) - timedelta(seconds=7 * number + shard)
    hashed = f"{shard * 4:x}{drawn[:31]}"
    city = int(drawn[:8], 16) % _CITIES
    place = Place(("DE", "FR", "GB", "US")[city % 4], f"Region {city // 8}", f"Città {city}")
    status = _STATUSES[number % len(_STATUSES)]
    joined = HistoryEntry(FanStatus.PENDING, at, How.FORM)
    return Fan(
        hashed=hashed,
        data_key=keys.data_key(hashed, signed_up_at=at),
        email=f"fan.{hashed[1:13]}@fan-mail.dev",
        mail_to=None,
        mailbox=drawn[32:],
        status=status,
        place=place,
        subscribed_at=at,
        page_slug="the-band",
        notice_version="v1",
        history=(joined, HistoryEntry(status, at + timedelta(minutes=3), How.CONFIRMED)),
        source=(None, "poster", "instagram")[number % 3],
        confirmed_at=at + timedelta(minutes=3),
        since=at + timedelta(minutes=3),
    )


def entity(number: int, *, shard: int) -> dict[str, Any]:
    """Return a fan's data row as the table service sends it."""
    row = rows.fan_row(ARTIST, fan(number, shard=shard))
    sent: dict[str, Any] = orjson.loads(encode(row))
    return {"odata.etag": 'W/"1"', **sent, "Timestamp": "2026-11-28T12:00:00.0000000Z"}


@cache
def counted(fans: int) -> Counters:
    """Return a shard's counters after so many fans."""
    changes = (model.counted(fan(number, shard=0), by=1) for number in range(fans))
    return with_changes(Counters(fold=1), changes)


def counters(fans: int) -> dict[str, Any]:
    """Return a shard's counters after so many fans, as the table service sends them."""
    row = Row(keys.partition(ARTIST, 0), keys.STAT, values_of(counted(fans)))
    sent: dict[str, Any] = orjson.loads(encode(row))
    return {"odata.etag": 'W/"1"', **sent}
