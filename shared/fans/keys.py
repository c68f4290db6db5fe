"""The keys of a fan list's rows: shards, hashes, and keys that sort the newest first. Pure."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from shared.platform.ids import ArtistId, FanId
from shared.platform.keyed_hash import keyed_hash

SHARDS: Final = range(4)
HASH_CHARS: Final = 32  # 128 bits: no two addresses of a list ever meet.
OPEN: Final = "open"
LIVE: Final = "live"
STAT: Final = "0|stat"
PAD: Final = "0|pad"
PAD_TOO: Final = "0|pad2"
ERASE: Final = "0|erase"
COUNTERS: Final = ("0|", "0}")  # The range of everything that is counted and not a fan.
DATA_ROWS: Final = ("t|", "t}")
_DELTA: Final = "0|d|"
_FAN: Final = "fan|"
_DATA: Final = "t|"
_EXPIRY: Final = "x|"
_ID_PREFIX: Final = "fan_"
_LAST_MILLISECOND: Final = 9_999_999_999_999  # The year 2286: 13 digits sort as numbers do.
_BEHIND: Final = "|"


def fan_hash(artist_id: ArtistId, normalised_address: str, *, key: bytes) -> str:
    """Return the keyed hash that an address has at this artist, and at no other."""
    message = f"{artist_id}\n{normalised_address}".encode()
    return keyed_hash(key, message).hex()[:HASH_CHARS]


def fan_id(hashed: str) -> FanId:
    """Return the id that the outside knows a fan by."""
    return FanId(_ID_PREFIX + hashed)


def hash_of(identifier: str) -> str | None:
    """Return the hash in a fan's id, or None when the text is no such id."""
    hashed = identifier.removeprefix(_ID_PREFIX)
    return hashed if identifier.startswith(_ID_PREFIX) and is_hash(hashed) else None


def is_hash(text: str) -> bool:
    """Tell whether a text has the form of a fan's hash."""
    return len(text) == HASH_CHARS and all(letter in "0123456789abcdef" for letter in text)


def shard_of(hashed: str) -> int:
    """Return the shard of a fan: the top two bits of the hash."""
    return int(hashed[0], 16) >> 2


def partition(artist_id: str, shard: int) -> str:
    """Return the partition of one shard of an artist's list."""
    return f"{artist_id}|{shard}"


def home_of(artist_id: str, hashed: str) -> str:
    """Return the partition in which a fan's rows are."""
    return partition(artist_id, shard_of(hashed))


def fan_key(hashed: str) -> str:
    """Return the key of a fan's key row, which is also the fan's lock."""
    return _FAN + hashed


def data_key(hashed: str, *, signed_up_at: datetime) -> str:
    """Return the key of a fan's data row: it never changes, and the newest sorts first."""
    return f"{_DATA}{_inverse(signed_up_at)}|{hashed}"


def hash_in(row_key: str) -> str:
    """Return the hash at the end of a key row's, data row's or expiry row's key."""
    return row_key.rpartition("|")[2]


def time_in(data_row_key: str) -> datetime:
    """Return the moment of the first sign-up, to the millisecond, from a data row's key."""
    milliseconds = _LAST_MILLISECOND - int(data_row_key.split("|")[1])
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def first_key_until(moment: datetime) -> str:
    """Return where the data rows of sign-ups before `moment` begin."""
    return f"{_DATA}{_inverse(moment - timedelta(milliseconds=1))}"


def last_key_since(moment: datetime) -> str:
    """Return where the data rows of sign-ups at or after `moment` end."""
    return f"{_DATA}{_inverse(moment)}{_BEHIND}~"


def behind(row_key: str) -> str:
    """Return the smallest bound that leaves this row, and all before it, out."""
    return row_key + _BEHIND


def delta_key(random: str) -> str:
    """Return the key of a change that is not counted yet."""
    return _DELTA + random


def is_delta(row_key: str) -> bool:
    """Tell whether a row holds changes that are not counted yet."""
    return row_key.startswith(_DELTA)


def expiry_key(hashed: str, *, day: date) -> str:
    """Return the key under which a pending sign-up is found when its day has come."""
    return f"{_EXPIRY}{day.isoformat()}|{hashed}"


def expired_before(day: date) -> tuple[str, str]:
    """Return the range of what expires before `day`."""
    return _EXPIRY, f"{_EXPIRY}{day.isoformat()}"


def place_in_list(data_row_key: str) -> str:
    """Return the time part of a data row's key: 13 digits, smaller for later sign-ups."""
    return data_row_key.split("|")[1]


def between(first_place: str, last_place: str) -> tuple[str, str]:
    """Return the range of the data rows from one place in the list to another, both included."""
    return f"{_DATA}{first_place}", f"{_DATA}{last_place}{_BEHIND}~"


def _inverse(moment: datetime) -> str:
    milliseconds = int(moment.timestamp() * 1000)
    return f"{_LAST_MILLISECOND - milliseconds:013d}"
