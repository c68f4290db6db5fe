"""How a fan's rows are written and read. Absent properties are None; texts in JSON hold lists."""

from datetime import date, datetime
from typing import Any

import orjson

from shared.fans.keys import OPEN, delta_key, fan_key, hash_in, home_of, time_in
from shared.fans.model import (
    Change,
    Fan,
    FanStatus,
    HistoryEntry,
    How,
    Lock,
    Place,
    SignUp,
    SignUpDoor,
    SoftBounce,
)
from shared.platform.ids import BlastId
from shared.platform.storage.rows import Row, Value


def fence_row(shard: str, key: str = OPEN) -> Row:
    """Return what a transaction merges to assert that a fence stands."""
    return Row(shard, key)


def lock_row(artist_id: str, lock: Lock) -> Row:
    """Return the key row of a lock."""
    values: dict[str, Value | None] = {
        "status": lock.status.value,
        "data_key": lock.data_key,
        "door": lock.door.value if lock.door else None,
        "nonce": lock.nonce,
        "mailed_at": lock.mailed_at,
        "again": _sign_up_text(lock.again) if lock.again else None,
        "expires": lock.expires.isoformat() if lock.expires else None,
        "soft_bounces": _bounces_text(lock.soft_bounces),
    }
    return Row(home_of(artist_id, lock.hashed), fan_key(lock.hashed), values, lock.etag)


def again_row(artist_id: str, lock: Lock) -> Row:
    """Return what a renewed sign-up changes of a lock."""
    values: dict[str, Value | None] = {
        "again": _sign_up_text(lock.again) if lock.again else None,
        # A merge takes nothing away: empty is the same as not there.
        "nonce": lock.nonce or "",
    }
    return Row(home_of(artist_id, lock.hashed), fan_key(lock.hashed), values)


def lock_from(row: Row) -> Lock:
    """Return the lock that a key row holds."""
    door, again = row.find("door", str), row.find("again", str)
    expires, bounces = row.find("expires", str), row.find("soft_bounces", str)
    return Lock(
        hashed=hash_in(row.key),
        status=FanStatus(row.need("status", str)),
        data_key=row.find("data_key", str),
        door=SignUpDoor(door) if door else None,
        nonce=row.find("nonce", str) or None,
        mailed_at=row.find("mailed_at", datetime),
        again=_sign_up_from(again) if again else None,
        expires=date.fromisoformat(expires) if expires else None,
        soft_bounces=_bounces_from(bounces or "[]"),
        etag=row.etag,
    )


def fan_row(artist_id: str, fan: Fan) -> Row:
    """Return the data row of a fan."""
    values: dict[str, Value | None] = {
        "email": fan.email,
        "mail_to": fan.mail_to,
        "mailbox": fan.mailbox,
        "status": fan.status.value,
        "country": fan.place.country,
        "region": fan.place.region,
        "city": fan.place.city,
        "place_corrected": fan.place_corrected or None,
        "page_slug": fan.page_slug,
        "source": fan.source,
        "release_id": fan.release_id,
        "notice_version": fan.notice_version,
        "confirmed_at": fan.confirmed_at,
        "unsubscribed_at": fan.unsubscribed_at,
        "since": fan.since,
        "left_at": fan.left_at,
        "history": _history_text(fan.history),
    }
    return Row(home_of(artist_id, fan.hashed), fan.data_key, values)


def fan_from(row: Row) -> Fan:
    """Return the fan that a data row holds."""
    return Fan(
        hashed=hash_in(row.key),
        data_key=row.key,
        email=row.need("email", str),
        mail_to=row.find("mail_to", str),
        mailbox=row.need("mailbox", str),
        status=FanStatus(row.need("status", str)),
        place=place_from(row),
        subscribed_at=time_in(row.key),
        page_slug=row.need("page_slug", str),
        notice_version=row.need("notice_version", str),
        history=_history_from(row.need("history", str)),
        source=row.find("source", str),
        release_id=row.find("release_id", str),
        place_corrected=row.find("place_corrected", bool) or False,
        confirmed_at=row.find("confirmed_at", datetime),
        unsubscribed_at=row.find("unsubscribed_at", datetime),
        since=row.find("since", datetime),
        left_at=row.find("left_at", datetime),
    )


def place_from(row: Row) -> Place:
    """Return the place in a data row."""
    return Place(row.find("country", str), row.find("region", str), row.find("city", str))


def delta_row(shard: str, changes: tuple[Change, ...], *, random: str) -> Row:
    """Return a row of changes that are not counted yet: no identity is in it."""
    listed = [
        [
            change.by,
            change.day.isoformat(),
            change.place.country,
            change.place.region,
            change.place.city,
            change.page_slug,
            change.source,
            change.status,
        ]
        for change in changes
    ]
    return Row(shard, delta_key(random), {"changes": orjson.dumps(listed).decode()})


def changes_from(row: Row) -> list[Change]:
    """Return the changes that a delta row holds."""
    return [
        Change(
            by,
            date.fromisoformat(day),
            Place(country, region, city),
            page,
            source,
            FanStatus(status),
        )
        for by, day, country, region, city, page, source, status in orjson.loads(
            row.need("changes", str)
        )
    ]


def _history_text(history: tuple[HistoryEntry, ...]) -> str:
    listed = [
        [each.status, each.at.isoformat(), each.how, *filter(None, [each.notice_version])]
        for each in history
    ]
    return orjson.dumps(listed).decode()


def _history_from(text: str) -> tuple[HistoryEntry, ...]:
    return tuple(
        HistoryEntry(FanStatus(status), datetime.fromisoformat(at), How(how), *notice)
        for status, at, how, *notice in orjson.loads(text)
    )


def _sign_up_text(sign_up: SignUp) -> str:
    members = {
        "email": sign_up.email,
        "mail_to": sign_up.mail_to,
        "mailbox": sign_up.mailbox,
        "place": [sign_up.place.country, sign_up.place.region, sign_up.place.city],
        "page_slug": sign_up.page_slug,
        "source": sign_up.source,
        "release_id": sign_up.release_id,
        "notice_version": sign_up.notice_version,
        "at": sign_up.at.isoformat(),
        "door": sign_up.door,
    }
    return orjson.dumps(members).decode()


def _sign_up_from(text: str) -> SignUp:
    members: dict[str, Any] = orjson.loads(text)
    return SignUp(
        email=members["email"],
        mail_to=members["mail_to"],
        mailbox=members["mailbox"],
        place=Place(*members["place"]),
        page_slug=members["page_slug"],
        source=members["source"],
        release_id=members["release_id"],
        notice_version=members["notice_version"],
        at=datetime.fromisoformat(members["at"]),
        door=SignUpDoor(members["door"]),
    )


def _bounces_text(bounces: tuple[SoftBounce, ...]) -> str | None:
    if not bounces:
        return None
    return orjson.dumps([[each.blast_id, each.at.isoformat()] for each in bounces]).decode()


def _bounces_from(text: str) -> tuple[SoftBounce, ...]:
    # Before a bounce was kept with its blast, its moment stood alone.
    pairs = [("", each) if isinstance(each, str) else each for each in orjson.loads(text)]
    return tuple(SoftBounce(BlastId(blast), datetime.fromisoformat(at)) for blast, at in pairs)
