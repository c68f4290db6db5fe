"""The watch ends: for blasts and ledgers that are gone, and it finishes what a deletion began."""

from contextlib import suppress
from datetime import timedelta

import pytest

from shared.blasts import drafting, forgetting, reporting, stopping, watching
from shared.blasts.chunk_rows import chunk_key
from shared.blasts.chunk_store import Ledger
from shared.blasts.model import LEDGER_KEPT_FOR, BlastState
from shared.blasts.store import BlastStore
from shared.platform import etags
from shared.platform.schedule import DueKind
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables
from tests.models.blasts.acting import send
from tests.models.blasts.studio import Studio, new_studio
from tests.models.blasts.writes import Writes
from tests.models.releases.room import Killed
from tests.standins.process import StandIns


@pytest.fixture
def studio(account: StorageAccount, provider: StandIns) -> Studio:
    return new_studio(account, provider, shards=(0, 3), die_at=0)


def test_fans_ids_go_though_a_deletion_dies_at_any_write(studio: Studio) -> None:
    send(studio)
    studio.play()
    blast = studio.blast()
    ledger = Ledger(Tables(studio.account))
    assert list(ledger.chunks(blast.blast_id))
    studio.writes = Writes(die_at=3)  # The look is ordered and the blast is gone.
    with suppress(Killed):
        match = etags.strong(blast.version)
        drafting.delete(blast, if_match=match, desk=studio.desk(), now=studio.now)
    assert studio.writes.has_killed
    assert list(BlastStore(Tables(studio.account)).every(studio.artist_id)) == []
    studio.play()
    assert list(ledger.chunks(blast.blast_id)) == []
    assert ledger.run(blast.blast_id).plan is None


def test_a_run_of_ninety_days_ends_with_its_ledger_and_nobody_watches_it(studio: Studio) -> None:
    send(studio)
    studio.play(until=lambda: studio.totals().chosen == 2)
    studio.coming.clear()
    studio.now += LEDGER_KEPT_FOR + timedelta(days=2)
    forgetting.retire_ledgers(desk=studio.desk(), now=studio.now)
    blast = studio.blast()
    assert blast.state is BlastState.SENT
    assert blast.totals
    assert blast.totals.pending == 2
    studio.play()
    assert studio.is_at_rest


def test_counts_that_were_kept_outlive_a_deletion_that_dies_in_the_middle(studio: Studio) -> None:
    send(studio)
    studio.play()
    whole = studio.totals()
    desk = studio.desk()
    reporting.keep_totals(studio.blast(), desk=desk, now=studio.now)
    rows = Tables(studio.account).table(Table.BLAST_CHUNKS)
    first, *_ = desk.ledger.chunks(studio.blast().blast_id)
    rows.delete(studio.blast().blast_id, chunk_key(first.number))
    for _ in range(2):  # The night that died, and the next one.
        assert reporting.totals_now(studio.blast(), desk=desk) == whole
        studio.now += LEDGER_KEPT_FOR + timedelta(days=2)
        forgetting.retire_ledgers(desk=desk, now=studio.now)
    assert list(desk.ledger.chunks(studio.blast().blast_id)) == []
    assert studio.blast().totals == whole


def test_a_night_without_time_leaves_ledgers_to_the_next(studio: Studio) -> None:
    send(studio)
    studio.play()
    studio.now += LEDGER_KEPT_FOR + timedelta(days=2)
    assert forgetting.retire_ledgers(desk=studio.desk(), now=studio.now, within=0) == 0
    assert list(studio.desk().ledger.chunks(studio.blast().blast_id))


def test_a_run_that_is_about_to_begin_keeps_its_watch(studio: Studio) -> None:
    send(studio)
    desk = studio.desk()
    begun = desk.blasts.replace(studio.blast().started(now=studio.now))
    for later, kept in ((timedelta(0), True), (LEDGER_KEPT_FOR + timedelta(days=1), False)):
        next_at = studio.now + later
        stopping.watch(begun, desk=desk, at=next_at)
        watching.watch(begun, begun.blast_id, next_at=next_at, desk=desk, now=next_at)
        found = desk.schedule.version(DueKind.BLAST_WATCH, begun.blast_id, at=next_at)
        assert (found is not None) is kept
