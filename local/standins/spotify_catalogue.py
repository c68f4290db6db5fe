"""Spotify's catalogue: any well-formed id is somebody, always the same."""

import hashlib
import re
from typing import Any

from starlette.responses import Response

from local.standins.wire import json_answer

_ID = re.compile(r"[0-9A-Za-z]{22}")
_FIRST = ("Quiet", "Paper", "Northern", "Velvet", "Distant", "Copper", "Slow", "Morning")
_SECOND = ("Harbour", "Lanterns", "Signals", "Orchard", "Static", "Tides", "Machines", "Letters")
_MOST_PER_PAGE = 10


def error(
    status: int,
    message: str,
    *,
    reason: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = {"status": status, "message": message} | ({"reason": reason} if reason else {})
    return json_answer({"error": body}, status, headers)


def answer(path: str, *, query: dict[str, str], extended: bool, for_user: bool) -> Response:
    """Answer one read of the Web API, as far as development mode still offers it."""
    parts = path.strip("/").split("/")
    if parts == ["me"]:
        return json_answer(_user()) if for_user else error(401, "Valid user token required")
    if parts == ["search"]:
        return _search(query, extended=extended)
    if len(parts) in {2, 3} and parts[0] in {"artists", "albums", "tracks"}:
        if not _ID.fullmatch(parts[1]):
            return error(400, "Invalid base62 id")
        if parts[1].startswith("0000"):
            return error(404, "Resource not found")
        return _resource(parts, query=query, extended=extended)
    return error(404, "Service not found")


def _resource(parts: list[str], *, query: dict[str, str], extended: bool) -> Response:
    kind, identifier, *rest = parts
    if kind == "artists" and rest == ["albums"]:
        return _albums_of(identifier, query=query)
    if rest:
        return error(403, "Forbidden: not available in development mode")
    makers = {
        "artists": lambda: _artist(identifier, extended=extended),
        "albums": lambda: _album(identifier, artist=_id("artist" + identifier)),
        "tracks": lambda: _track(identifier),
    }
    headers = {"etag": f'"{identifier}"', "cache-control": "public, max-age=3600"}
    return json_answer(makers[kind](), headers=headers)


def _number(seed: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6], "big") % below


def _id(seed: str) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    digest = hashlib.sha256(seed.encode()).digest()
    return "1" + "".join(alphabet[byte % 62] for byte in digest[:21])


def _name(seed: str) -> str:
    first, second = _number(seed, len(_FIRST)), _number(seed + "2", len(_SECOND))
    return f"{_FIRST[first]} {_SECOND[second]}"


def _identity(kind: str, identifier: str, name: str) -> dict[str, Any]:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{identifier}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{identifier}",
        "id": identifier,
        "name": name,
        "type": kind,
        "uri": f"spotify:{kind}:{identifier}",
    }


def _images(identifier: str) -> list[dict[str, Any]]:
    return [{"url": f"https://i.scdn.co/image/{identifier}", "height": 640, "width": 640}]


def _user() -> dict[str, Any]:
    user = _identity("user", "artistos-local", "")
    del user["name"]
    return user | {
        "account_id": "acc_artistos_local",
        "display_name": "Local Artist",
        "images": [],
    }


def _artist(identifier: str, *, extended: bool) -> dict[str, Any]:
    artist = _identity("artist", identifier, _name(identifier))
    artist |= {"images": _images(identifier), "genres": ["indie pop"]}
    if not extended:
        return artist
    followers = {"href": None, "total": 500 + _number(identifier, 40_000)}
    return artist | {"popularity": _number(identifier, 60), "followers": followers}


def _album(identifier: str, *, artist: str) -> dict[str, Any]:
    year, month = 2019 + _number(identifier, 7), 1 + _number(identifier + "m", 12)
    return _identity("album", identifier, _name("album" + identifier)) | {
        "album_type": "single",
        "artists": [_identity("artist", artist, _name(artist))],
        "images": _images(identifier),
        "release_date": f"{year}-{month:02}-15",
        "release_date_precision": "day",
        "total_tracks": 1 + _number(identifier, 3),
        "external_ids": {"upc": f"{_number(identifier, 10**12):012}"},
    }


def _track(identifier: str) -> dict[str, Any]:
    artist = _id("artist" + identifier)
    return _identity("track", identifier, _name("track" + identifier)) | {
        "artists": [_identity("artist", artist, _name(artist))],
        "album": _album(_id("album" + identifier), artist=artist),
        "duration_ms": 150_000 + _number(identifier, 90_000),
        "explicit": False,
        "external_ids": {"isrc": f"QZLCL26{_number(identifier, 10**5):05}"},
        "track_number": 1,
    }


def _page_bounds(query: dict[str, str]) -> tuple[int, int] | None:
    limit, offset = query.get("limit", "5"), query.get("offset", "0")
    if not limit.isdigit() or not offset.isdigit() or not 1 <= int(limit) <= _MOST_PER_PAGE:
        return None
    return int(limit), int(offset)


def _albums_of(artist: str, *, query: dict[str, str]) -> Response:
    if (bounds := _page_bounds(query)) is None:
        return error(400, "Invalid limit")
    limit, offset = bounds
    total = 3 + _number(artist, 9)
    numbers = range(offset, min(total, offset + limit))
    items = [_album(_id(f"{artist}/{number}"), artist=artist) for number in numbers]
    return json_answer({"items": items, "limit": limit, "offset": offset, "total": total})


def _search(query: dict[str, str], *, extended: bool) -> Response:
    if (bounds := _page_bounds(query)) is None or not query.get("q"):
        return error(400, "No search query" if bounds else "Invalid limit")
    limit, offset = bounds
    items = []
    for number in range(offset, min(3, offset + limit)):
        found = _artist(_id(f"{query['q']}/{number}"), extended=extended)
        items.append(found | {"name": query["q"] if number == 0 else found["name"]})
    return json_answer({"artists": {"items": items, "limit": limit, "offset": offset, "total": 3}})
