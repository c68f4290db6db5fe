"""The watch's row in the schedule: one for each running blast, and never none."""

from datetime import timedelta

import pytest

from shared.blasts import dispatching, looks, watching
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables
from tests.models.blasts.acting import Meanwhile, cancel, resume, send
from tests.models.blasts.studio import NOW, Studio, new_studio
from tests.models.blasts.writes import Writes
from tests.models.releases.room import Killed
from tests.standins.process import StandIns

MINUTE = timedelta(minutes=1)


@pytest.fixture
def studio(account: StorageAccount, provider: StandIns) -> Studio:
    """Return a studio whose blast is cancelled before anybody was asked."""
    studio = new_studio(account, provider, shards=(0,), die_at=0)
    send(studio)
    studio.play(until=lambda: studio.totals().chosen == 1)
    cancel(studio)
    return studio


def _rows(studio: Studio) -> list[Due]:
    every = Schedule(Tables(studio.account)).due(now=NOW + timedelta(days=1))
    return [
        due
        for due in every
        if due.kind is DueKind.BLAST_WATCH and due.facts["artist_id"] == studio.artist_id
    ]


def _ticks(studio: Studio, *, die_at: int | None = None) -> None:
    studio.writes = Writes(die_at)
    try:
        for due in _rows(studio):
            if due.at <= studio.now:
                dispatching.watch_due(due, desk=studio.desk(), now=studio.now)
    except Killed:
        pass
    studio.writes = Writes()


@pytest.mark.parametrize("seconds", [0, 20, 59])
def test_a_look_takes_no_row_of_a_resume_that_came_while_it_looked(
    studio: Studio, seconds: int
) -> None:
    (due,) = _rows(studio)
    studio.now = due.at + timedelta(seconds=seconds)
    _ticks(studio)
    blast = studio.blast()

    def resumed() -> None:
        studio.writes = Writes()
        resume(studio)

    # It has read that the run is at rest, and is about to take the next row away.
    studio.writes = Meanwhile(resumed, before=1)
    next_at = looks.next_look(blast.blast_id, now=studio.now)
    watching.watch(blast, blast.blast_id, next_at=next_at, desk=studio.desk(), now=studio.now)
    assert len(_rows(studio)) == 1
    studio.play()
    assert set(studio.copies().values()) == {1}
    assert studio.is_at_rest


def test_ticks_that_die_and_resumes_leave_one_row(studio: Studio) -> None:
    resume(studio)
    for die_at in (1, 2, 3, None):
        studio.now = max(min(due.at for due in _rows(studio)), studio.now + MINUTE)
        _ticks(studio, die_at=die_at)
    for _ in range(4):
        studio.now = max(min(due.at for due in _rows(studio)), studio.now + MINUTE)
        _ticks(studio)
    (row,) = _rows(studio)
    assert 5 * MINUTE <= row.at - studio.now < 15 * MINUTE


def test_looks_of_one_blast_are_ten_minutes_apart_and_a_resume_s_is_beside_them() -> None:
    for number in range(40):
        blast_id = f"bls_{number}"
        first = looks.next_look(blast_id, now=NOW)
        assert 5 * MINUTE <= first - NOW < 15 * MINUTE
        assert looks.next_look(blast_id, now=first + 2 * MINUTE) == first + 10 * MINUTE
        minutes = {first + at * 10 * MINUTE for at in range(5)}
        assert looks.beside_looks(blast_id, now=NOW) not in minutes
