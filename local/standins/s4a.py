"""The Spotify for Artists provider: streams by day and by song, and the artist's CSV exports."""

import hashlib
from datetime import date, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.standins.wire import json_answer
from local.standins.world import World

_COMPLETE_AFTER_DAYS = 2
_LONGEST_RANGE_DAYS = 731
_COLUMNS = (
    "listeners", "monthly_listeners", "monthly_active_listeners", "super_listeners", "streams",
    "playlist_adds", "saves", "followers",
)  # fmt: skip
_CSV_HEADS = {
    "audience": ("date", *_COLUMNS),
    "audience_before_super_listeners": (
        "date", "listeners", "monthly_listeners", "monthly_active_listeners", "streams",
        "playlist_adds", "saves", "followers",
    ),
    "audience_oldest": ("date", "listeners", "streams", "followers"),
    "song": ("date", "streams"),
    "songs": ("song", "listeners", "streams", "saves", "release_date"),
    "playlists": ("title", "author", "listeners", "streams", "date_added"),
}  # fmt: skip


class SpotifyForArtists:
    """Numbers for any artist; the same day has the same numbers for ever."""

    def __init__(self, world: World) -> None:
        self._world = world

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/artists/{artist_id}/timeline", self.timeline),
                Route("/v1/artists/{artist_id}/songs", self.songs),
            ]
        )

    async def timeline(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        bounds = _days(request)
        if bounds is None:
            return _error(400, "invalid_range", "from and to must be days, at most two years.")
        first, last = bounds
        complete = self._today() - timedelta(days=_COMPLETE_AFTER_DAYS)
        artist = request.path_params["artist_id"]
        shown = [first + timedelta(days=n) for n in range((min(last, complete) - first).days + 1)]
        return json_answer(
            {
                "artist_id": artist,
                "timezone": "UTC",
                "complete_until": complete.isoformat(),
                "rows": [day_of(artist, day) for day in shown],
            }
        )

    async def songs(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        lengths = {"28d": 28, "1y": 365}
        period = request.query_params.get("period", "28d")
        if period not in lengths:
            return _error(400, "invalid_period", "period is 28d or 1y.")
        last = self._today() - timedelta(days=_COMPLETE_AFTER_DAYS)
        first = last - timedelta(days=lengths[period] - 1)
        span = {"from": first.isoformat(), "to": last.isoformat()}
        artist = request.path_params["artist_id"]
        return json_answer({"period": span, "rows": songs_of(artist, days=lengths[period])})

    def csv(self, kind: str, *, days: int = 28, bom: bool = True, crlf: bool = True) -> bytes:
        """Return an export as the artist downloads it.

        Raises:
            KeyError: there is no such kind of export.
        """
        head = _CSV_HEADS[kind]
        rows = [[_cell(row.get(name)) for name in head] for row in self._csv_rows(kind, days)]
        shown = list(head) if kind in {"songs", "playlists"} else [_spaced(name) for name in head]
        lines = [",".join(cells) for cells in [shown, *rows]]
        text = ("\r\n" if crlf else "\n").join([*lines, ""])
        return text.encode("utf-8-sig" if bom else "utf-8")

    def _csv_rows(self, kind: str, days: int) -> list[dict[str, Any]]:
        if kind == "songs":
            return songs_of("csv", days=days)
        if kind == "playlists":
            return [
                {"title": "Evening, slowly", "author": "a listener", "listeners": 41,
                 "streams": 66, "date_added": "2026-03-02"},
                {"title": "Radio", "author": "Spotify", "listeners": 12, "streams": 15,
                 "date_added": "n/a"},
            ]  # fmt: skip
        last = self._today() - timedelta(days=_COMPLETE_AFTER_DAYS)
        return [day_of("csv", last - timedelta(days=n)) for n in reversed(range(days))]

    def _today(self) -> date:
        return self._world.clock.now().date()

    def _refused(self, request: Request) -> Response | None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer != self._world.vault.value("spotify-for-artists-token"):
            return _error(401, "unauthorized", "The token is not valid.")
        if request.path_params["artist_id"].startswith("0000"):
            return _error(404, "unknown_artist", "There is no such artist.")
        return None


def day_of(artist: str, day: date) -> dict[str, Any]:
    """Return one day's numbers of an artist."""
    slow = day.toordinal() - 735_000
    listeners = 40 + _number(f"{artist}{day}", 80) + (25 if day.weekday() >= 4 else 0)
    numbers = (
        listeners,
        1200 + slow % 900,
        500 + slow % 400,
        20 + slow % 60,
        listeners + _number(f"{day}{artist}", 90),
        _number(f"adds{artist}{day}", 12),
        _number(f"saves{artist}{day}", 9),
        300 + slow // 2,
    )
    return {"date": day.isoformat()} | dict(zip(_COLUMNS, numbers, strict=True))


def songs_of(artist: str, *, days: int) -> list[dict[str, Any]]:
    names = ("Harbour Lights", "Paper Lanterns", "Slow Signals")
    return [
        {
            "song": name,
            "listeners": (3 + _number(artist + name, 20)) * days,
            "streams": (5 + _number(name + artist, 40)) * days,
            "saves": _number("saves" + name + artist, 4) * days,
            "release_date": f"202{3 + index}-05-1{index}",
        }
        for index, name in enumerate(names)
    ]


def _days(request: Request) -> tuple[date, date] | None:
    try:
        first = date.fromisoformat(request.query_params["from"])
        last = date.fromisoformat(request.query_params["to"])
    except (KeyError, ValueError):
        return None
    return (first, last) if 0 <= (last - first).days <= _LONGEST_RANGE_DAYS else None


def _number(seed: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") % below


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> str:
    text = str(value)
    return f'"{text}"' if "," in text else text


def _error(status: int, code: str, message: str) -> Response:
    return json_answer({"error": {"code": code, "message": message}}, status)
