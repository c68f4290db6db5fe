"""What the timer `dispatch` does with what has come due."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.dispatching import dispatch
from shared.platform.schedule import Due, DueKind, Schedule
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables

LONG_AGO = datetime(2001, 1, 1, 9, tzinfo=UTC)  # Before anything that another test puts down.


@pytest.fixture
def schedule(azurite: Emulator) -> Iterator[Schedule]:
    provision(azurite.connection_string, origins=["https://app.example.com"])
    account = StorageAccount.from_connection_string(azurite.connection_string)
    yield Schedule(Tables(account))
    account.close()


def test_a_reminder_that_is_due_waits_for_its_own_timer_and_fills_no_log(
    schedule: Schedule, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for kind in (DueKind.REMINDER, DueKind.GO_LIVE):
        schedule.put(kind, "art_1", at=LONG_AGO, facts={})
    asked: list[DueKind] = []

    def go_live(due: Due, *, now: datetime) -> None:
        assert now == LONG_AGO
        asked.append(due.kind)
        schedule.done(due)

    dispatch(schedule, {DueKind.GO_LIVE: go_live}, now=LONG_AGO)

    assert asked == [DueKind.GO_LIVE]
    assert [due.kind for due in schedule.due(now=LONG_AGO)] == [DueKind.REMINDER]
    assert "due_done" in caplog.text
    assert "reminder" not in caplog.text
    schedule.remove(DueKind.REMINDER, "art_1", at=LONG_AGO)
