"""The schedule's rows of a blast: whoever writes the same minute, a scheduled blast goes out."""

from datetime import timedelta

import pytest

from shared.blasts.model import BlastState
from shared.platform.problems import Conflict
from shared.platform.storage.account import StorageAccount
from tests.models.blasts.acting import Meanwhile, cancel, send
from tests.models.blasts.studio import NOW, Studio, new_studio
from tests.models.blasts.writes import Writes
from tests.standins.process import StandIns

AT = NOW + timedelta(hours=1, seconds=10)


@pytest.fixture
def studio(account: StorageAccount, provider: StandIns) -> Studio:
    return new_studio(account, provider, shards=(0,), die_at=0)


def _goes_out_at(studio: Studio, minute: str) -> None:
    studio.play()
    assert studio.blast().state is BlastState.SENT
    assert set(studio.copies().values()) == {1}
    started_at = studio.blast().started_at
    assert started_at
    assert f"{started_at:%H:%M}" == minute


def test_a_cancel_takes_no_row_of_a_send_that_came_after_it(studio: Studio) -> None:
    send(studio, at=AT)

    def sent_again() -> None:
        studio.writes = Writes()
        send(studio, at=AT)

    # The cancel has written the draft, and is about to take the row away.
    studio.writes = Meanwhile(sent_again, before=2)
    cancel(studio)
    assert studio.blast().state is BlastState.SCHEDULED
    _goes_out_at(studio, "09:01")


def test_a_cancelled_send_leaves_no_row(studio: Studio) -> None:
    send(studio, at=AT)
    cancel(studio)
    assert studio.is_at_rest


@pytest.mark.parametrize("seconds", [-9, 40])
def test_a_send_that_lost_within_the_minute_holds_nothing_up(studio: Studio, seconds: int) -> None:
    read_by_both = studio.blast()
    send(studio, at=AT, blast=read_by_both)
    with pytest.raises(Conflict):
        send(studio, at=AT + timedelta(seconds=seconds), blast=read_by_both)
    _goes_out_at(studio, "09:01")


def test_a_send_that_lost_for_another_minute_starts_nothing_early(studio: Studio) -> None:
    read_by_both = studio.blast()
    send(studio, at=AT, blast=read_by_both)
    with pytest.raises(Conflict):
        send(studio, at=NOW + timedelta(minutes=5), blast=read_by_both)
    _goes_out_at(studio, "09:01")
    assert studio.is_at_rest
