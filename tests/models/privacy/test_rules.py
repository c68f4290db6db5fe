"""The dates, chains and rounds that promises rest on."""

import threading
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.platform import checkup
from shared.platform.checkup import Finding
from shared.platform.ids import ErasureId
from shared.privacy import pages
from shared.privacy.model import (
    Erasure,
    ErasureState,
    Policies,
    Policy,
    chained,
    due_date,
)
from shared.privacy.policy_store import shipped
from shared.retention import nightly
from shared.retention.nightly import Step

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def policy(version: str, *, effective_at: datetime, material: bool = True) -> Policy:
    return Policy(
        version=version,
        effective_at=effective_at,
        published_at=NOW,
        material=material,
        summary="s",
        body="b",
    )


def test_a_request_of_the_end_of_january_is_due_on_the_last_day_of_february() -> None:
    assert due_date(datetime(2027, 1, 31, 9, tzinfo=UTC)) == datetime(2027, 2, 28, 9, tzinfo=UTC)


def test_a_long_month_gives_no_more_than_thirty_days() -> None:
    assert due_date(datetime(2026, 12, 5, tzinfo=UTC)) == datetime(2027, 1, 4, tzinfo=UTC)


@given(st.integers(min_value=0, max_value=5000 * 24 * 60))
def test_an_answer_is_due_within_thirty_days_and_within_a_month(minutes: int) -> None:
    received = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = due_date(received)
    assert timedelta(days=28) <= due - received <= timedelta(days=30)


def test_a_material_change_waits_until_the_last_artist_has_had_fourteen_days() -> None:
    later = policy("2", effective_at=NOW + timedelta(days=14))
    versions = Policies(versions=(shipped(), later))
    after = NOW + timedelta(days=100)
    assert versions.in_force(now=after).version == shipped().version
    told_late = Policy(
        **{
            **{name: getattr(later, name) for name in Policy.__slots__},
            "noticed_at": NOW + timedelta(days=3),
        }
    )
    assert told_late.takes_effect() == NOW + timedelta(days=17)
    assert not told_late.is_in_force(now=NOW + timedelta(days=16))
    assert told_late.is_in_force(now=NOW + timedelta(days=17))


def test_a_change_that_is_not_material_holds_on_its_day() -> None:
    small = policy("2", effective_at=NOW, material=False)
    versions = Policies(versions=(shipped(), small))
    assert versions.in_force(now=NOW).version == "2"
    assert versions.upcoming(now=NOW - timedelta(days=1)) == [small]


def test_a_certificate_depends_on_the_one_before_it() -> None:
    members = {"id": "era_1", "stores": [["fans", 3, 3, 0]]}
    first = chained(members, previous_hash="0" * 64)
    assert first == chained(dict(reversed(members.items())), previous_hash="0" * 64)
    assert first != chained(members, previous_hash="1" * 64)
    assert first != chained({**members, "id": "era_2"}, previous_hash="0" * 64)


def test_the_second_scan_counts_what_it_finds_as_residue() -> None:
    erasure = Erasure(
        erasure_id=ErasureId("era_1"),
        erasure_class="standard",
        state=ErasureState.RUNNING,
        started_at=NOW,
    )
    swept = erasure.counting("fans", deleted=3).counting("fans", deleted=2)
    assert [(one.found, one.deleted, one.residue) for one in swept.stores] == [(5, 5, 0)]


def test_the_shipped_policy_becomes_a_page_with_its_headings_and_lists() -> None:
    before, after = pages.policy_html(shipped().body)
    assert "<h2>1. Who We Are</h2>" in before
    assert "<h3>Artist account data</h3>" in before
    assert before.rstrip().endswith("to operate the Service:</p>")
    assert "<h2>6. Your Rights</h2>" in after
    assert after.count("<li>") == 6 + 5  # Rights and retention.


def test_a_published_policy_brings_no_html_of_its_own() -> None:
    before, _ = pages.policy_html("# T\n\n<script>x</script> [a](javascript:alert(1))")
    assert "<script>" not in before
    assert 'href="javascript' not in before


def test_one_room_that_fails_does_not_keep_the_others_from_growing_old() -> None:
    def fails(_: datetime) -> int:
        raise OSError

    done = nightly.age(
        [Step("first", lambda _: 2), Step("broken", fails), Step("last", lambda _: 1)], now=NOW
    )
    assert done.counts == {"first": 2, "last": 1}
    assert done.failed == ("broken",)


def test_a_night_without_time_leaves_its_steps_for_the_next() -> None:
    done = nightly.age([Step("first", lambda _: 2)], now=NOW, within=0)
    assert done.left_out == ("first",)


def test_a_deep_look_ends_although_something_hangs() -> None:
    def breaks() -> dict[str, object]:
        raise OSError

    hangs = threading.Event()
    found = checkup.examine(
        {"well": dict, "hangs": lambda: {"x": hangs.wait(30)}, "broken": breaks},
        within=0.2,
    )
    hangs.set()
    assert found["well"] == Finding("ok", {})
    assert found["hangs"].state == "timed_out"
    assert found["broken"] == Finding("failed", {"error": "OSError"})
