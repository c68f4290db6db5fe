"""A resume writes the rows of the ledger that have somebody to ask, and no others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.blasts import ledger, stopping
from shared.blasts.chunk_store import Ledger
from shared.blasts.ledger import Asked, Chunk
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables
from tests.models.blasts.acting import send
from tests.models.blasts.studio import Studio, new_studio
from tests.models.blasts.world import START, chunk_of
from tests.standins.process import StandIns

TRIED = replace(chunk_of(3), first_tried_at=START, claimed_at=START)


def test_a_row_in_which_all_is_done_stays_as_it_is() -> None:
    for letters in ("aaa", "aub", "fe?"):
        done = replace(TRIED, letters=letters)
        assert ledger.resumed(done) == done


def test_a_row_with_somebody_to_ask_counts_its_tries_anew() -> None:
    for before, after in (("arr", "app"), ("apu", "apu")):
        again = ledger.resumed(replace(TRIED, letters=before))
        assert (again.letters, again.first_tried_at) == (after, None)


def test_a_row_in_doubt_keeps_when_it_was_first_tried() -> None:
    doubt = (Asked(positions=frozenset({1}), at=START + timedelta(minutes=1)),)
    again = ledger.resumed(replace(TRIED, letters="asa", doubt=doubt))
    assert (again.first_tried_at, again.doubt) == (START, doubt)


class _Overtaken(Ledger):
    """A ledger in which a webhook writes a row after all have been read."""

    def chunks(self, blast_id: str, *, shard: int | None = None) -> Iterator[Chunk]:
        found = list(super().chunks(blast_id, shard=shard))
        self.write(blast_id, replace(found[2], waits_until=START))
        return iter(found)


def test_rows_that_failed_in_passing_are_pending_again_though_one_is_written_meanwhile(
    account: StorageAccount, provider: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = new_studio(account, provider, shards=(0, 1, 2, 3), die_at=0)
    send(studio)
    studio.play(until=lambda: studio.totals().chosen == 4)
    desk, blast = studio.desk(), studio.blast()
    stopped = stopping.cancel(blast, desk=desk, now=studio.now)
    for chunk in _chunks(studio):
        failed = replace(chunk, letters="r", first_tried_at=START)
        desk.ledger.write(blast.blast_id, failed)
    monkeypatch.setattr(stopping, "MOST_AT_ONCE", 3)
    overtaken = replace(desk, ledger=_Overtaken(Tables(account)))
    stopping.resume(stopped, desk=overtaken, now=studio.now)
    assert [(each.letters, each.first_tried_at) for each in _chunks(studio)] == [("p", None)] * 4
    assert [each.waits_until for each in _chunks(studio)] == [None, None, START, None]


def _chunks(studio: Studio) -> list[Chunk]:
    return list(studio.desk().ledger.chunks(studio.blast().blast_id))
