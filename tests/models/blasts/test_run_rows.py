"""A run's partition in a real table: what comes before a stop, and what after."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.blasts.chunk_store import Ledger, LostRace, Stopped
from shared.blasts.counting import counted
from shared.blasts.ledger import Chunk, Claim, claimed, cut
from shared.blasts.model import StopReason
from shared.blasts.pacing import SHARE, Pace
from shared.blasts.run import Go, Plan, Stop
from shared.platform.clients.resend import DEFAULT_RATE
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables
from tests.models.blasts.world import START, chunk_of

_NUMBERS = count(1)
STOP = Stop(reason=StopReason.CANCELLED, at=START)


@pytest.fixture(scope="module")
def tables(azurite: Emulator) -> Iterator[Tables]:
    account = StorageAccount.from_connection_string(azurite.connection_string)
    provision(azurite.connection_string, origins=["https://app.example.com"])
    yield Tables(account)
    account.close()


@pytest.fixture
def ledger(tables: Tables) -> Ledger:
    return Ledger(tables)


@pytest.fixture
def blast() -> str:
    return f"bls_{next(_NUMBERS)}"


def begun(ledger: Ledger, blast: str, fans: int = 4) -> Chunk:
    assert ledger.begin(blast, Go(at=START), Plan(frozen_at=START))
    plan = ledger.run(blast).plan
    assert plan is not None
    ledger.choose(blast, [chunk_of(fans)], replace(plan, chunks=1, chosen=fans, walked=True))
    chunk = ledger.chunk(blast, "000001")
    assert chunk is not None
    return chunk


def claim_of(chunk: Chunk, token: str) -> tuple[Chunk, Claim]:
    claim = Claim(token=token, listed=chunk.may_be_asked, appended=True, reasons={})
    return claimed(chunk, claim, now=START), claim


def test_a_run_begins_once_and_a_second_start_brings_back_no_permission(
    ledger: Ledger, blast: str
) -> None:
    begun(ledger, blast)
    assert ledger.stop(blast, STOP)
    assert not ledger.begin(blast, Go(at=START), Plan(frozen_at=START))
    run = ledger.run(blast)
    assert (run.go, run.stop) == (None, STOP)


def test_of_two_claims_one_wins_and_after_a_stop_none(ledger: Ledger, blast: str) -> None:
    chunk = begun(ledger, blast)
    held, _ = claim_of(chunk, "one")
    ledger.claim(blast, held)
    with pytest.raises(LostRace):
        ledger.claim(blast, claim_of(chunk, "two")[0])
    assert ledger.stop(blast, STOP)
    current = ledger.chunk(blast, "000001")
    assert current is not None
    assert current.token == "one"
    with pytest.raises(Stopped):
        ledger.claim(blast, claim_of(current, "three")[0])
    ledger.write(blast, replace(current, letters="aaaa"))
    assert counted(ledger.letters(blast)).accepted == 4


def test_a_stop_stops_the_walk_and_a_resume_is_had_once(ledger: Ledger, blast: str) -> None:
    begun(ledger, blast)
    assert ledger.stop(blast, STOP)
    assert not ledger.stop(blast, STOP)
    plan = ledger.run(blast).plan
    assert plan is not None
    with pytest.raises(Stopped):
        ledger.choose(blast, [replace(chunk_of(1), number="000002")], plan)
    assert ledger.permit(blast, Go(at=START))
    assert not ledger.permit(blast, Go(at=START))


def test_of_two_walks_one_writes(ledger: Ledger, blast: str) -> None:
    begun(ledger, blast)
    plan = ledger.run(blast).plan
    assert plan is not None
    ledger.choose(blast, [replace(chunk_of(1), number="000002")], plan)
    with pytest.raises(LostRace):
        ledger.choose(blast, [replace(chunk_of(1), number="000003")], plan)


def test_the_halves_of_a_cut_stand_together_or_not_at_all(ledger: Ledger, blast: str) -> None:
    chunk = begun(ledger, blast)
    held, claim = claim_of(chunk, "one")
    first, second = cut(ledger.claim(blast, held), claim)
    ledger.cut(blast, first, second)
    assert [each.number for each in ledger.chunks(blast)] == ["000001", "000001-1"]
    assert [each.number for each in ledger.outlines(blast)] == ["000001", "000001-1"]
    with pytest.raises(LostRace):
        ledger.cut(blast, first, second)
    assert ledger.delete(blast) == 4
    assert ledger.delete(blast) == 0


def test_slots_are_handed_out_once(tables: Tables) -> None:
    pace = Pace(tables, told_rate=lambda: 5.0)
    one, two = (pace.reserve(10, now=START) for _ in range(2))
    assert (one.first, one.end) == (START, two.first)


def test_a_rate_that_is_heard_where_chunks_are_sent_is_the_feed_s_elsewhere(
    tables: Tables,
) -> None:
    tables.table(Table.SCHEDULE).delete("pace", "resend")
    chunks, feed = (Pace(tables, told_rate=_deaf) for _ in range(2))
    assert feed.rate() == DEFAULT_RATE * SHARE
    for told in (10.0, 1.0):
        chunks.note_rate(told, now=START)
        assert feed.rate() == told * SHARE
        slots = feed.reserve(10, now=START)
        assert slots.gap == timedelta(seconds=1 / (told * SHARE))
    Pace(tables, told_rate=_deaf).note_rate(5.0, now=START)
    chunks.note_rate(1.0, now=START)  # It has just looked, and does not look at each call.
    assert feed.rate() == 5.0 * SHARE
    chunks.note_rate(1.0, now=START + timedelta(minutes=1))
    assert feed.rate() == 1.0 * SHARE
    assert feed.reserve(1, now=START).first > START  # The slots of before are still taken.


def _deaf() -> None:
    return None
