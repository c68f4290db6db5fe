"""What a listing of a table asks for, and where its next page begins. Pure."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import orjson

from shared.platform.storage.filters import Filter, every, ge
from shared.platform.storage.filters import eq as equals
from shared.platform.storage.filters import lt as less

MAX_PAGE: Final = 1000


def selection(names: Sequence[str]) -> str:
    """Return the properties to read, the keys with them."""
    return ",".join(dict.fromkeys(["PartitionKey", "RowKey", *names]))


def conditions(
    partition: str | None, *, first: str | None, last: str | None, where: Filter | None
) -> Filter | None:
    """Return the conditions of a range of a partition (or of all) together, or None."""
    parts = [
        equals("PartitionKey", partition) if partition is not None else None,
        ge("RowKey", first) if first is not None else None,
        less("RowKey", last) if last is not None else None,
        where,
    ]
    given = [part for part in parts if part is not None]
    return every(*given) if given else None


def parameters(where: Filter | None, *, select: Sequence[str] | None, limit: int | None) -> str:
    """Return the query of a listing.

    Raises:
        ValueError: a limit outside the range.
    """
    if limit is not None and not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"A page has 1 to {MAX_PAGE} rows.")
    pairs = {
        "$filter": where.odata if where else None,
        "$select": selection(select) if select is not None else None,
        "$top": str(limit) if limit is not None else None,
    }
    given = {name: value for name, value in pairs.items() if value is not None}
    return urlencode(given, quote_via=quote)


def token_of(headers: Mapping[str, str]) -> str | None:
    """Return what continues a listing, or None at its end."""
    partition = headers.get("x-ms-continuation-NextPartitionKey")
    if partition is None:
        return None
    key = headers.get("x-ms-continuation-NextRowKey")
    return base64.urlsafe_b64encode(orjson.dumps([partition, key])).decode()


def continuation(token: str) -> str:
    """Return what a token adds to the query of a listing; nothing for an empty one.

    Raises:
        ValueError: no page gave this token.
    """
    if not token:
        return ""
    try:
        partition, key = orjson.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise ValueError("No page gave this token.") from error
    keys = {"NextPartitionKey": partition} | ({"NextRowKey": key} if key is not None else {})
    return "&" + urlencode(keys, quote_via=quote)
