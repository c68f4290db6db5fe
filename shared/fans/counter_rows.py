"""How counters are stored: each family as compressed JSON, cut into binary properties."""

import zlib
from collections.abc import Mapping
from typing import Final

import orjson

from shared.fans.counters import Counters, Counts, Family
from shared.platform.storage.rows import Row, Value

PIECE_BYTES: Final = 60 * 1024  # A binary property holds 64 KiB.
TOTALS: Final = ("totals0",)  # One count for each status: never more than one piece.
# Countries and regions share a property: both are few.
_STORED: Final = ("totals", "places", "cities", "days", "pages", "sources")


def values_of(counters: Counters) -> dict[str, Value | None]:
    """Return the properties of a counters' row, beside its time."""
    contents: dict[str, object] = {
        "totals": counters.totals,
        "places": [_listed(counters.countries), _listed(counters.regions)],
        "cities": _listed(counters.cities),
        "days": _listed(counters.days),
        "pages": _listed(counters.pages),
        "sources": _listed(counters.sources),
    }
    values: dict[str, Value | None] = {"fold": counters.fold}
    for name, content in contents.items():
        packed = zlib.compress(orjson.dumps(content), 6)
        for index in range(0, max(1, len(packed)), PIECE_BYTES):
            values[f"{name}{index // PIECE_BYTES}"] = packed[index : index + PIECE_BYTES]
    return values


def counters_from(row: Row | None) -> Counters:
    """Return the counters that a row holds, or empty ones where there is none."""
    if row is None:
        return Counters()
    found = {name: orjson.loads(zlib.decompress(_packed(row, name))) for name in _STORED}
    countries, regions = found["places"]
    return Counters(
        fold=row.need("fold", int),
        totals=tuple(found["totals"]),
        countries=_family(countries),
        regions=_family(regions),
        cities=_family(found["cities"]),
        days=_family(found["days"]),
        pages=_family(found["pages"]),
        sources=_family(found["sources"]),
    )


def totals_from(row: Row) -> Counts:
    """Return the counts by status of a row of which only `TOTALS` was read."""
    return tuple(orjson.loads(zlib.decompress(_packed(row, "totals"))))


def _packed(row: Row, name: str) -> bytes:
    pieces: list[bytes] = []
    while (piece := row.find(f"{name}{len(pieces)}", bytes)) is not None:
        pieces.append(piece)
    return b"".join(pieces)


def _listed(family: Mapping[tuple[str | None, ...], Counts]) -> list[list[object]]:
    return [[list(key), list(counts)] for key, counts in family.items()]


def _family(listed: list[tuple[list[str | None], list[int]]]) -> Family:
    return {tuple(key): tuple(counts) for key, counts in listed}
