"""A list as a file: what programs read from it, and a list too long for an answer."""

import csv
import io
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from shared.fans import keys
from shared.fans.counter_rows import counters_from, values_of
from shared.fans.counters import with_changes
from shared.fans.model import Change, FanStatus, Place
from shared.platform.ids import ArtistId
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.rows import Row
from shared.platform.storage.tables import Tables
from tests.stored import Stored
from tests.world import Artist, World

pytestmark = pytest.mark.stack

TOO_LONG = 50_001
SLOW = 14  # Seconds that a file takes: longer than an erasure takes to have it begun anew.
ODD_SOURCES = (
    "=HYPERLINK(0)",
    "+49 30",
    "-1",
    "@gig",
    'say "hi", twice',
    "semi;colon",
    "Zoë \u05d0 \U0001f3b8",
    "'quoted",
    "  padded  ",
    "0012",
    "NULL",
    "1e5",
    "TRUE",
)


@pytest.fixture(scope="module")
def artist(stack: World) -> Artist:
    artist = stack.artist("Many Tongues")
    for number, source in enumerate(ODD_SOURCES):
        network = {"address": f"81.2.69.{142 + number % 4}"}
        joined = stack.sign_up(artist, f"odd-{number}@fan-mail.dev", source=source, **network)
        assert joined.status == 202
    stack.idle()
    return artist


def safe(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def in_lines(artist: Artist) -> list[dict[str, Any]]:
    file = artist.get("/api/fans/export.csv?format=jsonl")
    assert file.status == 200
    return [json.loads(line) for line in file.body.splitlines()]


def test_every_program_reads_every_cell_as_it_was_given(artist: Artist) -> None:
    artist.sign_in_again()
    file = artist.get("/api/fans/export.csv")
    assert file.status == 200
    lines = in_lines(artist)
    assert {line["source"] for line in lines} == {source.strip() for source in ODD_SOURCES}
    as_cells = [
        {name: "" if value is None else safe(value) for name, value in line.items()}
        for line in lines
    ]
    text = file.body.decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == as_cells
    read = pd.read_csv(io.BytesIO(file.body), dtype=str, keep_default_na=False)
    assert read.to_dict("records") == as_cells
    assert "\n" not in text.replace("\r\n", "")


def test_the_list_shows_what_the_export_holds(artist: Artist) -> None:
    shown = artist.get("/api/fans?limit=200")["items"]
    lines = in_lines(artist)
    assert [
        {name: fan[name] for name in line if name != "notice_version"}
        for fan, line in zip(shown, lines, strict=True)
    ] == [
        {name: value for name, value in line.items() if name != "notice_version"} for line in lines
    ]


@pytest.fixture
def long_list(stack: World) -> Artist:
    """An artist whose counters tell of more fans than go into an answer."""
    artist = stack.artist("Beloved")
    fan = f"one-of-many-{secrets.token_hex(3)}@fan-mail.dev"  # A mailbox has three mails a day.
    stack.sign_up(artist, fan)
    stack.until(lambda: stack.mails(fan), "the mail to a fan who signed up")
    _count_more(stack, artist, TOO_LONG)
    return artist


def test_a_list_too_long_for_an_answer_is_built_by_the_queue(
    stack: World, long_list: Artist
) -> None:
    asked = long_list.get("/api/fans/export.csv")
    assert asked.status == 303
    place = str(asked.headers["Location"])
    again = long_list.get("/api/fans/export.csv")
    assert again.headers["Location"] == place, "the same list is built once"
    lines = long_list.get("/api/fans/export.csv?format=jsonl")
    assert (lines.status, lines.headers["Location"] == place) == (303, False)
    assert long_list.get(place)["progress_percent"] in range(101)
    stack.idle()
    for where, begins in ((place, b"\xef\xbb\xbfemail,"), (str(lines.headers["Location"]), b"{")):
        built = long_list.get(where)
        assert (built["state"], built["progress_percent"]) == ("ready", 100)
        link = stack.call("GET", built["url"])
        body = stack.call("GET", str(link.headers["Location"])).body
        assert body.startswith(begins)
        assert b"one-of-many-" in body


def test_an_erasure_begins_the_export_under_way_anew_and_a_repeat_takes_none_away(
    stack: World, long_list: Artist
) -> None:
    (fan,) = long_list.fans()
    erase = stack.mails(fan)[0].link("unsubscribe").replace("unsubscribe", "erase")
    stack.faults(service="blobs", path="/exports/", method="PUT", delay_seconds=SLOW, times=1)
    place = str(long_list.get("/api/fans/export.csv").headers["Location"])
    stack.until(lambda: not stack.control("GET", "/faults")["items"], "the file that is slow")
    assert stack.form(erase).status == 200
    # The one begun anew is there before the slow one, which must not be written over it.
    stack.until(lambda: long_list.get(place)["state"] == "ready", "the file begun anew")
    stack.idle()
    built = long_list.get(place)
    assert built["state"] == "ready"
    link = stack.call("GET", built["url"])
    assert fan.encode() not in stack.call("GET", str(link.headers["Location"])).body
    assert stack.form(erase).status == 200
    stack.idle()
    assert long_list.get(place)["state"] == "ready", "who is gone takes nothing from anybody"


def test_a_file_that_is_nobody_s_goes_at_night_and_the_one_that_is_somebody_s_stays(
    stack: World, long_list: Artist
) -> None:
    place = str(long_list.get("/api/fans/export.csv").headers["Location"])
    stack.until(lambda: long_list.get(place)["state"] == "ready", "the file")
    own = f"{long_list.id}/{place.rpartition('/')[2]}."
    strays = {f"exports/{own}7.csv", f"exports/{long_list.id}/exp_01JZZZZZZZZZZZZZZZZZZZZZZZ.1.csv"}
    stored = Stored(stack.account)
    for stray in strays:  # As builders leave them that died where nobody comes again.
        stored.put_blob(stray, b"fan,who,was,erased")
    stack.timer("retention")
    left = {name for name, _ in stored.blobs()}
    assert not left & strays
    assert f"exports/{own}1.csv" in left


def _count_more(stack: World, artist: Artist, fans: int) -> None:
    """Add fans to the counters of a shard, and to nothing else."""
    account = StorageAccount.from_connection_string(stack.account)
    rows = Tables(account).table(Table.FANS)
    place = keys.partition(ArtistId(artist.id), 0)
    change = Change(1, datetime.now(UTC).date(), Place(), artist.slug, None, FanStatus.PENDING)
    counted = with_changes(counters_from(rows.get(place, keys.STAT)), [change] * fans)
    rows.upsert(Row(place, keys.STAT, values_of(counted)))
    account.close()
