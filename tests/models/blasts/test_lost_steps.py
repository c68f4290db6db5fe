"""A step that dies between its cursor and its successor's message is made up for in minutes."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared.blasts import feeding
from shared.blasts.model import BlastState
from shared.blasts.run import Plan
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables
from tests.models.blasts.acting import cancel, resume, send
from tests.models.blasts.studio import NOW, Studio, new_studio
from tests.models.blasts.writes import Writes
from tests.standins.process import StandIns

BEFORE_ANY_LOOK = timedelta(minutes=5)


def _studio(account: StorageAccount, provider: StandIns, *, die_at: int) -> Studio:
    # Other studios have reserved slots; these tests want theirs at once.
    Tables(account).table(Table.SCHEDULE).delete("pace", "resend")
    return new_studio(account, provider, shards=(0,), die_at=die_at)


def _is_chosen(studio: Studio) -> bool:
    return studio.totals().chosen == 1


def _is_sent(studio: Studio) -> bool:
    return studio.blast().state is BlastState.SENT


def test_a_redelivered_start_waits_until_the_first_step_is_overdue_and_for_no_other() -> None:
    plan = Plan(frozen_at=NOW, walked=True, step=1, next_at=NOW)
    waits = feeding.turn_of(plan, None, now=NOW)
    assert (waits.runs, waits.again_in) == (False, feeding.DEAD_AFTER)
    assert feeding.turn_of(plan, None, now=NOW + feeding.DEAD_AFTER).runs
    later = feeding.turn_of(replace(plan, step=2), None, now=NOW)
    assert (later.runs, later.again_in) == (False, None)


def test_a_start_that_dies_anywhere_needs_no_watch(
    account: StorageAccount, provider: StandIns
) -> None:
    for die_at in range(3, 16):
        studio = _studio(account, provider, die_at=die_at)
        studio.act(partial(send, studio), repeats=False)
        studio.play(until=partial(_is_sent, studio))
        assert studio.writes.has_killed
        assert studio.now - NOW < BEFORE_ANY_LOOK
        assert set(studio.copies().values()) == {1}


def test_a_resumed_step_that_dies_anywhere_needs_no_watch(
    account: StorageAccount, provider: StandIns
) -> None:
    for die_at in range(6, 10):
        studio = _studio(account, provider, die_at=0)
        send(studio)
        studio.play(until=partial(_is_chosen, studio))
        cancel(studio)
        resumed_at = studio.now
        studio.coming.clear()
        studio.writes = Writes(die_at)
        resume(studio)
        studio.play(until=partial(_is_sent, studio))
        assert studio.writes.has_killed
        assert studio.now - resumed_at < BEFORE_ANY_LOOK
        assert set(studio.copies().values()) == {1}
