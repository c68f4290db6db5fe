"""The third mail that softly bounces within thirty days ends it: mails are counted, not events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from shared.fans import transitions
from shared.fans.model import Fan, FanStatus, Lock, SoftBounce
from shared.fans.rows import lock_from, lock_row
from shared.platform.ids import BlastId
from shared.platform.storage.rows import Row
from tests.models.fans.test_transitions import HASHED, sign_up

START = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def bounce(mail: str, after: timedelta) -> SoftBounce:
    return SoftBounce(BlastId(mail), START + after)


def after_all(bounces: Sequence[SoftBounce]) -> tuple[Lock, Fan]:
    lock, fan = transitions.first_sign_up(HASHED, sign_up(START))
    for each in bounces:
        step = transitions.soft_bounced(lock, fan, each, now=START)
        if step is not None:
            assert step.lock is not None
            assert step.fan is not None
            lock, fan = step.lock, step.fan
    return lock, fan


@pytest.mark.parametrize(
    ("last", "status"),
    [(30 * DAY - INSTANT, FanStatus.BOUNCED), (30 * DAY, FanStatus.PENDING)],
)
def test_three_mails_within_thirty_days_end_it_in_whatever_order_they_are_told(
    last: timedelta, status: FanStatus
) -> None:
    for told in permutations([bounce("a", 0 * DAY), bounce("b", DAY), bounce("c", last)]):
        assert after_all(told)[1].status is status


def test_one_mail_that_is_told_of_again_and_again_is_one() -> None:
    minutes = [bounce("a", timedelta(minutes=at)) for at in (3, 0, 9, 6, 3)]
    lock, fan = after_all([*minutes, bounce("b", DAY), *minutes])
    assert fan.status is FanStatus.PENDING
    assert [each.blast_id for each in lock.soft_bounces] == ["a", "b"]


def test_long_ago_is_forgotten_for_what_is_new() -> None:
    lock, fan = after_all([bounce(str(at), 15 * at * DAY) for at in (1, 0, 2, 3, 5, 4)])
    assert fan.status is FanStatus.PENDING
    assert [each.blast_id for each in lock.soft_bounces] == ["3", "4", "5"]


def test_a_lock_keeps_mails_and_moments_and_reads_what_had_moments_only() -> None:
    lock, fan = after_all([bounce("a", DAY), bounce("b", 2 * DAY)])
    assert lock_from(lock_row("art_1", lock)).soft_bounces == lock.soft_bounces
    row = lock_row("art_1", lock)
    before = {**row.values, "soft_bounces": f'["{START.isoformat()}"]'}
    old = lock_from(Row(row.partition, row.key, before))
    assert old.soft_bounces == (SoftBounce(BlastId(""), START),)
    assert transitions.soft_bounced(old, fan, bounce("a", 0 * DAY), now=START) is None


def test_an_erased_fan_s_marker_keeps_no_bounce() -> None:
    lock = Lock(hashed=HASHED, status=FanStatus.ERASED)
    assert transitions.soft_bounced(lock, None, bounce("a", DAY), now=START) is None
