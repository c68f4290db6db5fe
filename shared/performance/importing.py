"""Importing a Spotify for Artists CSV export: its kind is found by its headers, never by its name.

Headers and habits of these files (a byte order mark glued to `date`, semicolons after Excel, blank
or `-` for "not shown") are those of several public parsers of 2025 and 2026, read on 2026-11-23.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.performance.model import Metric, Point, Source, oldest_kept
from shared.performance.store import PerformanceStore, StoredTable
from shared.platform.ids import ArtistId, ReleaseId
from shared.platform.problems import Invalid, NotFound, TooLarge
from shared.releases.store import ReleaseStore

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 100_000
SKIPPED_SHOWN = 100
PERIODS = {"28d": "28d", "1y": "1y", "all": "all"}
_PERIOD_IN_NAME = {"28day": "28d", "1year": "1y", "all": "all"}


class Kind(StrEnum):
    AUDIENCE_TIMELINE = "audience_timeline"
    SONG_TIMELINE = "song_timeline"
    SONGS = "songs"
    PLAYLISTS = "playlists"


_REQUIRED: dict[Kind, frozenset[str]] = {
    Kind.AUDIENCE_TIMELINE: frozenset({"date", "listeners", "streams", "followers"}),
    Kind.SONGS: frozenset({"song", "listeners", "streams", "saves", "release_date"}),
    Kind.PLAYLISTS: frozenset({"title", "author", "listeners", "streams", "date_added"}),
    Kind.SONG_TIMELINE: frozenset({"date", "streams"}),
}
_METRICS = {metric.value: metric for metric in Metric}
# How an export says that it shows no number; anything else that is none is told to the artist.
_NOT_SHOWN = re.compile(r"|-|n/a|<\s?[\d,.]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A row that was not taken, by its line in the file, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import found."""

    kind: Kind
    accepted: int
    skipped: tuple[Skipped, ...]
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as the artist sent it, and what they say of it."""

    content: bytes
    release_id: ReleaseId | None
    period: str | None
    filename: str | None


@dataclass(slots=True)
class _Reading:
    points: list[Point]
    table: list[dict[str, str | int | None]]
    skipped: list[Skipped]


def read_export(
    upload: Upload,
    *,
    artist_id: ArtistId,
    performance: PerformanceStore,
    releases: ReleaseStore,
    store: bool,
    now: datetime,
) -> Imported:
    """Read an export and, unless it is a preview, keep its numbers. Repeating changes nothing.

    Raises:
        Invalid: not an export that we know; says which columns were seen.
        NotFound: the release is not there.
        TooLarge: more than 5 MiB, or 100,000 rows.
    """
    rows = _rows(_text(upload.content))
    header = [_name(cell) for cell in next(rows, (0, []))[1]]
    kind = _kind(header)
    period = _period(kind, upload)
    if kind is Kind.SONG_TIMELINE and upload.release_id is None:
        raise Invalid.field("release_id", "A song's timeline needs the release that it is about.")
    if upload.release_id is not None and releases.find(artist_id, upload.release_id) is None:
        raise NotFound
    reading = _read(kind, header, rows, today=now.date())
    accepted = len({point.day for point in reading.points}) or len(reading.table)
    if store:
        _keep(reading, kind, upload, artist_id, performance, period=period, now=now)
    known = {*_METRICS, *_REQUIRED[kind], "date"}
    return Imported(
        kind=kind,
        accepted=accepted,
        skipped=tuple(reading.skipped[:SKIPPED_SHOWN]),
        ignored_columns=tuple(name for name in header if name not in known),
    )


def _keep(
    reading: _Reading,
    kind: Kind,
    upload: Upload,
    artist_id: ArtistId,
    performance: PerformanceStore,
    *,
    period: str,
    now: datetime,
) -> None:
    release_id = upload.release_id if kind is Kind.SONG_TIMELINE else None
    if reading.points:
        performance.put(artist_id, release_id, reading.points)
    if reading.table:
        performance.put_table(
            artist_id,
            None,
            StoredTable(
                kind=kind.value, day=now.date(), period=period, rows=tuple(reading.table[:500])
            ),
        )


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise TooLarge("An export may have 5 MiB at most.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text.", code="unknown_export") from None
    if "\0" in text:
        raise Invalid("The file is not a text table.", code="unknown_export")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    count = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                if count > MAX_ROWS:
                    raise TooLarge("An export may have 100,000 rows at most.")
                yield reader.line_num, cells
    except csv.Error:
        raise Invalid("The file's quoting is broken.", code="unknown_export") from None


def _name(cell: str) -> str:
    return re.sub(r"\s+", "_", cell.replace("\ufeff", "").strip().lower())


def _kind(header: list[str]) -> Kind:
    seen = set(header)
    for kind, required in _REQUIRED.items():
        if required <= seen:
            return kind
    columns = ", ".join(name[:40] for name in header[:20]) or "none"
    raise Invalid(
        f"This is not an export that we know. Its columns are: {columns}.", code="unknown_export"
    )


def _period(kind: Kind, upload: Upload) -> str:
    if upload.period is not None:
        if upload.period not in PERIODS:
            raise Invalid.field("period", "One of 28d, 1y, all.")
        return upload.period
    found = re.search(r"(28day|1year|all)\.csv$", upload.filename or "")
    if found:
        return _PERIOD_IN_NAME[found.group(1)]
    if kind in {Kind.SONGS, Kind.PLAYLISTS}:
        raise Invalid.field("period", "Say which period the table is about: 28d, 1y or all.")
    return "all"


def _read(
    kind: Kind, header: list[str], rows: Iterator[tuple[int, list[str]]], *, today: date
) -> _Reading:
    reading = _Reading([], [], [])
    seen: set[str] = set()
    take = _take_day if "date" in _REQUIRED[kind] else _take_title
    for line, cells in rows:
        if len(cells) != len(header):
            reading.skipped.append(Skipped(line=line, reason="wrong_number_of_cells"))
            continue
        reason = take(dict(zip(header, cells, strict=True)), reading, seen, today)
        if reason is not None:
            reading.skipped.append(Skipped(line=line, reason=reason))
    return reading


_Take = Callable[[Mapping[str, str], _Reading, set[str], date], str | None]


def _take_day(
    cells: Mapping[str, str], reading: _Reading, seen: set[str], today: date
) -> str | None:
    try:
        day = date.fromisoformat(cells["date"].strip())
    except ValueError:
        return "no_date"
    if day.isoformat() in seen:
        return "day_twice"
    seen.add(day.isoformat())
    if day < oldest_kept(today):
        return "older_than_12_months"
    if day > today:
        return "in_the_future"
    unread = []
    for name, metric in _METRICS.items():
        value = _number(cells.get(name, ""))
        if value is not None:
            reading.points.append(Point(day=day, metric=metric, value=value, source=Source.CSV))
        elif not _NOT_SHOWN.fullmatch(cells.get(name, "").strip()):
            unread.append(name)
    # The line's other numbers are taken; these are named, and not made into zeros.
    return f"no_number:{','.join(unread)}" if unread else None


def _take_title(
    cells: Mapping[str, str], reading: _Reading, seen: set[str], today: date
) -> str | None:
    del today
    title = (cells.get("song") or cells.get("title") or "").strip()
    identity = f"{title}|{cells.get('author', '')}"
    if not title:
        return "no_title"
    if identity in seen:
        return "title_twice"
    seen.add(identity)
    added = cells.get("date_added") or cells.get("release_date") or ""
    reading.table.append(
        {
            "title": title[:200],
            "author": cells.get("author", "").strip()[:200] or None,
            "listeners": _number(cells.get("listeners", "")),
            "streams": _number(cells.get("streams", "")),
            "saves": _number(cells.get("saves", "")),
            "date": added.strip() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", added.strip()) else None,
        }
    )
    return None


def _number(cell: str) -> int | None:
    """Return a count, or None where the export shows none: never a zero that nobody measured."""
    text = cell.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
