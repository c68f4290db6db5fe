"""The watch sends lost chunks' messages again: those that are lost, and at the provider's pace."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from shared.blasts import watching
from shared.blasts.chunk_rows import Outline
from shared.blasts.chunk_store import Ledger
from shared.blasts.pacing import Pace
from shared.blasts.run import Plan
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Queue
from shared.platform.storage.tables import Tables
from tests.models.blasts.acting import send
from tests.models.blasts.studio import NOW, Studio, new_studio
from tests.standins.process import StandIns

MINUTE = timedelta(minutes=1)
PLAN = Plan(frozen_at=NOW, walked=True, cursor="000002", fed_until=NOW)


@pytest.mark.parametrize(
    ("number", "claimed", "doubt", "after", "lost"),
    [
        ("000001", None, None, 9 * MINUTE, False),
        ("000001", None, None, 10 * MINUTE, True),
        ("000003", None, None, 60 * MINUTE, False),
        ("000001", NOW - 5 * MINUTE, None, 5 * MINUTE, True),
        ("000001", NOW, NOW, 60 * MINUTE, False),
        ("000001", NOW, NOW, 7 * 60 * MINUTE, True),
    ],
    ids=["its slot", "no slot is left", "not given away", "claimed", "in doubt", "long in doubt"],
)
def test_a_message_is_lost_when_nothing_can_bring_it_any_more(
    number: str, claimed: datetime | None, doubt: datetime | None, after: timedelta, *, lost: bool
) -> None:
    outline = Outline(
        number=number,
        letters="sp",
        fates="--",
        claimed_at=claimed,
        waits_until=None,
        oldest_doubt_at=doubt,
    )
    assert watching.is_lost(outline, PLAN, now=NOW + after) is lost


def test_a_chunk_that_the_provider_asked_to_wait_is_not_lost_before_its_time() -> None:
    hour = 60 * MINUTE
    asked_to_wait = Outline(
        number="000001",
        letters="pp",
        fates="--",
        claimed_at=NOW,
        waits_until=NOW + hour,
        oldest_doubt_at=None,
    )
    assert not watching.is_lost(asked_to_wait, PLAN, now=NOW + hour)
    assert watching.is_lost(asked_to_wait, PLAN, now=NOW + hour + 10 * MINUTE)


def _plan(studio: Studio) -> Plan:
    plan = Ledger(Tables(studio.account)).run(studio.blast().blast_id).plan
    assert plan
    return plan


def test_a_look_gives_lost_chunks_away_one_slot_after_the_other(
    account: StorageAccount, provider: StandIns
) -> None:
    studio = new_studio(account, provider, shards=(0, 1, 2, 3), die_at=0)
    send(studio)
    studio.play(until=lambda: studio.totals().chosen == 4 and bool(_plan(studio).cursor))
    fed_until = _plan(studio).fed_until
    assert fed_until
    blast = studio.blast()

    def given_away() -> list[timedelta]:
        studio.coming.clear()
        pace = Pace(Tables(account), told_rate=lambda: 1.0)
        pace.note_rate(1.0, now=studio.now)
        desk = replace(studio.desk(), pace=pace)
        watching.watch(blast, blast.blast_id, next_at=studio.now, desk=desk, now=studio.now)
        return sorted(at - studio.now for at, _, to, _ in studio.coming if to is Queue.BLAST_CHUNKS)

    assert given_away() == []
    studio.now = fed_until + 10 * MINUTE
    waits = given_away()
    assert len(waits) == 4
    assert all(later - sooner >= timedelta(seconds=1) for sooner, later in pairwise(waits))
    studio.play()
    assert set(studio.copies().values()) == {1}
