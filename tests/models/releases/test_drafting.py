"""What may be said of a release, and how it is kept."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.campaigns.facts import Splits
from shared.platform import etags
from shared.platform.cursors import Cursors
from shared.platform.keyring import KeyRing
from shared.platform.problems import Conflict, Invalid, NotFound, StalePrecondition
from shared.platform.signing import Signer
from shared.releases import drafting, readiness, showcase
from shared.releases.model import FanCounts
from shared.releases.schemas import ReleaseRequest
from tests.models.releases.room import Room, as_json, later


def said(**fields: Any) -> ReleaseRequest:
    return ReleaseRequest.model_validate_json(
        as_json({"title": "First Light", "kind": "single", **fields})
    )


def split(name: str, percent: object) -> dict[str, object]:
    return {"name": name, "role": "writer", "percent": percent}


@pytest.mark.parametrize(
    "fields",
    [
        {"royalty_splits": [split("A", "99.99")]},
        {"royalty_splits": [split("A", "50"), split("B", "50.01")]},
        {"royalty_splits": [split("A", "100.001")]},
        {"royalty_splits": [split("A", "-1"), split("B", "101")]},
        {"royalty_splits": [split("A", 100)]},
        {"royalty_splits": [split("A", "1e2")]},
        {"royalty_splits": [split("A", "NaN")]},
        {"royalty_splits": [split("A", "\u0661\u0660\u0660")]},
        {"royalty_splits": [split("A", "50"), split("a", "50")]},
        {"royalty_splits": [split(f"P{i}", "0") for i in range(100)] + [split("Q", "100")]},
        {"collaborators": [{"name": f"P{i}", "role": "drums"} for i in range(101)]},
        {"mood_tags": [f"mood {i}" for i in range(11)]},
        {"isrc": "US-S1Z-99-0000"},
        {"upc": "123456789013"},
        {"upc": "12345"},
        {"language": "english please"},
        {"release_date": "2026-02-30"},
        {"release_date": 20261201},
        {"title": " "},
        {"title": "a\x00b"},
        {"title": "a\nb"},
        {"kind": "mixtape"},
        {"explicit": "true"},
        {"monthly_listeners": -1},
        {"monthly_listeners": 1.5},
        {"links": ["javascript:alert(1)"]},
        {"links": ["https://user:secret@host.example/"]},
        {"links": [{"label": "x", "url": "https://[::1"}]},
        {"notes": "x" * 10_001},
        {"surprise": 1},
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        said(**fields)


def test_codes_and_tags_are_kept_in_their_own_form() -> None:
    request = said(
        isrc="us-s1z-99-00001",
        upc="0123456789012",
        language="ZH-hant-tw",
        mood_tags=["Bright", "bright", "calm"],
        links=["https://www.open.example/1"],
    )
    assert (request.isrc, request.language) == ("USS1Z9900001", "zh-Hant-TW")
    assert request.mood_tags == ["Bright", "calm"]
    assert request.links[0].label == "open.example"


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=20))
def test_splits_are_taken_exactly_when_they_sum_to_a_hundred(points: list[int]) -> None:
    splits = [split(f"P{i}", f"{p // 100}.{p % 100:02}") for i, p in enumerate(points)]
    if sum(points) == 10_000:
        assert len(said(royalty_splits=splits).royalty_splits) == len(points)
    else:
        with pytest.raises(ValidationError):
            said(royalty_splits=splits)


@given(st.integers(0, 9_999))
def test_a_remainder_makes_any_share_whole(points: int) -> None:
    rest = 10_000 - points
    splits = [
        split("A", f"{points // 100}.{points % 100:02}"),
        split("B", f"{rest // 100}.{rest % 100:02}"),
    ]
    assert len(said(royalty_splits=splits).royalty_splits) == 2


def test_the_largest_release_fits_its_row(room: Room) -> None:
    def name(i: int) -> str:
        return "\U0001f3b5" * 97 + f"{i:03}"

    role = '"' * 40
    splits = [{"name": name(i), "role": role, "percent": "1.00"} for i in range(100)]
    people = [{"name": name(i), "role": role} for i in range(100)]
    release = room.release(
        royalty_splits=splits,
        collaborators=people,
        notes="\U0001f3b5" * 10_000,
        links=[{"label": "x" * 60, "url": "https://e.example/" + "x" * 2000}] * 10,
        mood_tags=[f"{i}" + "\U0001f3b5" * 39 for i in range(10)],
        title="\U0001f3b5" * 200,
    )
    assert room.read(release.release_id) == release
    assert len(release.royalty_splits) == 100


def test_the_state_follows_from_the_date_until_it_is_said(room: Room) -> None:
    assert room.release().state.value == "draft"
    release = room.release(release_date="2027-01-15")
    assert release.state.value == "scheduled"
    tentative = room.release(release_date="2027-01-15", state="draft")
    assert room.change(tentative.release_id, release_date="2027-01-16").state.value == "draft"
    assert room.change(tentative.release_id, state="scheduled").state.value == "scheduled"
    with pytest.raises(Invalid):
        room.release(state="scheduled")
    assert room.change(release.release_id, release_date=None).state.value == "draft"
    assert room.change(release.release_id, release_date="2027-02-01").state.value == "scheduled"


def test_a_release_is_out_when_the_artist_says_so_with_a_link_and_stays_out(room: Room) -> None:
    release = room.release(release_date="2026-11-24")
    with pytest.raises(Invalid):
        room.change(release.release_id, state="live")
    live = room.change(release.release_id, state="live", links=["https://a.example/1"])
    assert live.state.value == "live"
    assert room.told == [("2026-11-24", "live")]
    with pytest.raises(Conflict) as back:
        room.change(release.release_id, state="draft")
    assert back.value.code == "invalid_state"


def test_only_a_new_day_or_state_is_news(room: Room) -> None:
    release = room.release(release_date="2027-01-15")
    room.change(release.release_id, notes="x", title="Other")
    assert room.told == []
    room.change(release.release_id, release_date="2027-01-16")
    assert room.told == [("2027-01-16", "scheduled")]
    assert later(room, room.now + timedelta(days=1)).due() == []


@pytest.mark.parametrize("day", ["1899-12-31", "2032-01-01"])
def test_a_date_out_of_bounds_is_refused(room: Room, day: str) -> None:
    with pytest.raises(Invalid) as refused:
        room.release(release_date=day)
    assert [error.field for error in refused.value.errors] == ["release_date"]


def test_a_change_to_another_version_is_refused(room: Room) -> None:
    release = room.release()
    fresh = etags.strong(release.version)
    changed = room.change(release.release_id, if_match=fresh, notes="x")
    assert changed.notes == "x"
    with pytest.raises(StalePrecondition):
        room.change(release.release_id, if_match=fresh, notes="y")
    assert room.change(release.release_id, notes=None).notes is None


def test_what_is_not_there_and_what_is_no_id_are_the_same(room: Room) -> None:
    for missing in ("rel_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "rel_' or 1 eq 1", "../", "owner"):
        with pytest.raises(NotFound):
            room.change(missing, notes="x")


def test_repeating_a_creation_with_the_same_ids_makes_one_release(room: Room) -> None:
    from shared.platform.ids import Ids, SeededRandomness

    made = []
    for _ in range(2):
        room.ids = Ids(SeededRandomness(b"seed"))
        made.append(room.release())
    assert made[0].release_id == made[1].release_id
    assert len(list(room.stores.releases.every(room.artist_id))) == 1


def test_the_list_is_newest_first_and_its_cursor_is_its_own(room: Room) -> None:
    ids = [later(room, room.now + timedelta(minutes=i)).release().release_id for i in range(5)]
    cursors = Cursors(Signer(KeyRing("k1", {"k1": b"x" * 32})))
    seen: list[str] = []
    cursor = None
    while True:
        page = drafting.page(
            artist_id=room.artist_id,
            releases=room.stores.releases,
            cursors=cursors,
            cursor=cursor,
            limit=2,
        )
        seen += [release.release_id for release in page.releases]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ids[::-1]
    with pytest.raises(Invalid):
        drafting.page(
            artist_id=room.artist_id,
            releases=room.stores.releases,
            cursors=cursors,
            cursor="k1-e30.AAAA",
            limit=2,
        )


def test_readiness_speaks_of_the_artist_s_own_day_and_names_what_waits(room: Room) -> None:
    release = room.release(
        release_date="2027-01-15", collaborators=[{"name": "A", "role": "producer"}]
    )
    facts = readiness.campaign_facts(release, artist=room.artist, fans=FanCounts(), now=room.now)
    assert facts.today == date(2026, 11, 25)
    assert facts.splits is Splits.MISSING
    missing = readiness.missing(
        release, artist=room.artist, count_fans=lambda _: FanCounts(), now=room.now
    )
    fields = {one.field: one for one in missing}
    assert {"audio", "artwork", "royalty_splits", "sender_address"} <= fields.keys()
    assert fields["audio"].blocks


def test_the_dial_turns_eight_weeks_unless_it_is_told_otherwise(room: Room) -> None:
    release = room.release()

    def dial(first: date | None, last: date | None) -> int:
        return len(
            readiness.dial(
                release,
                artist=room.artist,
                count_fans=lambda _: FanCounts(),
                between=(first, last),
                now=room.now,
            )
        )

    assert dial(None, None) == 56
    assert dial(date(2026, 12, 1), date(2026, 12, 10)) == 10
    assert dial(None, date(2026, 11, 20)) == 0
    for first, last in [
        (date(2026, 12, 2), date(2026, 12, 1)),
        (date(2026, 1, 1), date(2030, 1, 1)),
        (date(9999, 12, 31), None),
    ]:
        with pytest.raises(Invalid):
            dial(first, last)


def test_the_page_shows_the_next_release_else_the_last_one(room: Room) -> None:
    today = room.now.date()

    def shown() -> str | None:
        found = showcase.latest(room.artist_id, releases=room.stores.releases, today=today)
        return found.title if found else None

    room.release(title="a draft")
    assert shown() is None
    room.release(title="old", release_date="2020-01-01", state="live", links=["https://a.example"])
    assert shown() == "old"
    room.release(title="far", release_date="2027-05-01")
    room.release(title="next", release_date="2027-01-15")
    assert shown() == "next"
