"""What a run promises beside its letters: its segment, its brakes, what it waits for. Real code."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local import crowd
from shared.artists.banners import Banners
from shared.blasts import starting, stopping
from shared.blasts.chunk_store import Ledger
from shared.blasts.model import BlastState, StopReason
from shared.blasts.starting import SendOrder
from shared.blasts.store import BlastStore
from shared.fans import transitions
from shared.fans.audience import Audience
from shared.fans.folding import FanCounters
from shared.fans.keys import SHARDS
from shared.fans.model import Fan, Lock, Place, Step
from shared.fans.segment_counts import SegmentCounts, count_id
from shared.fans.selection import Selection
from shared.fans.store import FanStore
from shared.platform.problems import Conflict
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables
from tests.models.blasts.studio import KEYS, NOW, Studio, new_studio
from tests.standins.process import StandIns

PARIS = Place("FR", "Île-de-France", "Paris")
BATCH = {"service": "resend", "path": "/emails/batch"}


@pytest.fixture
def calm(provider: StandIns) -> Iterator[StandIns]:
    yield provider
    provider.control("DELETE", "/faults")
    provider.control("POST", "/config", {"resend_quota_exceeded": None})


def _send(studio: Studio, fans: int) -> None:
    order = SendOrder(expected_recipients=fans)
    starting.send(studio.blast(), order, artist=studio.artist, desk=studio.desk(), now=studio.now)


def _resume(studio: Studio) -> None:
    stopping.resume(studio.blast(), desk=studio.desk(), now=studio.now)


def _meant_for(studio: Studio, segment: Selection) -> None:
    BlastStore(Tables(studio.account)).replace(replace(studio.blast(), segment=segment))


def _stop_reason(studio: Studio) -> StopReason | None:
    stop = Ledger(Tables(studio.account)).run(studio.blast().blast_id).stop
    return stop.reason if stop else None


def _moves_to_rome(lock: Lock, fan: Fan | None) -> Step | None:
    said = {"country": "IT", "region": "Lazio", "city": "Rome"}
    return transitions.corrected(lock, fan, said, now=NOW) if fan else None


@pytest.mark.parametrize(
    ("segment", "of_them"),
    [
        (Selection(city="Paris", region="Île-de-France", country="FR"), {"place": PARIS}),
        (Selection(page_slug="tour"), {"page_slug": "tour"}),
        (Selection(source="poster"), {"source": "poster"}),
        (
            Selection(source="poster", page_slug="ada", country="FR"),
            {"place": PARIS, "source": "poster"},
        ),
    ],
    ids=["a place", "a page", "a source", "several at once"],
)
def test_a_segment_gets_it_and_nobody_else(
    account: StorageAccount, calm: StandIns, segment: Selection, of_them: dict[str, object]
) -> None:
    studio = new_studio(account, calm, shards=(0, 0, 1, 3), die_at=0)
    others = set(studio.hashes)
    addresses = crowd.addresses_in(
        studio.artist_id, (0, 0, 2), domain=f"{studio.tag}.fr", keys=KEYS
    )
    group: dict[str, Any] = {"page_slug": "ada", **of_them}
    meant = crowd.gather(studio.artist_id, addresses, account=account, keys=KEYS, now=NOW, **group)
    studio.hashes |= meant
    _meant_for(studio, segment)
    _send(studio, len(meant))
    studio.play(until=lambda: len(studio.letters()) == len(meant))
    # Who was chosen and fits no longer gets it all the same: the segment was of the start.
    moved = addresses[0]
    studio.changes().change(studio.artist_id, meant[moved], _moves_to_rome)
    studio.play()
    copies = studio.copies()
    assert {fan for fan in copies if copies[fan] == 1} == set(meant)
    assert not any(copies[fan] for fan in others)
    assert (studio.totals().chosen, studio.totals().accepted) == (len(meant), len(meant))


def test_a_send_waits_for_a_count_that_only_a_walk_can_make(
    account: StorageAccount, calm: StandIns
) -> None:
    studio = new_studio(account, calm, shards=(0, 1, 2), die_at=0)
    several = Selection(country="GB", page_slug="ada")
    _meant_for(studio, several)
    tables, queues = studio.tables(), studio.queues()
    at_once_none = Audience(FanStore(tables), FanCounters(tables, queues), counted_at_once=0)
    counts = SegmentCounts(tables, queues, at_once_none)
    desk = replace(studio.desk(), counts=counts)
    order = SendOrder(expected_recipients=3)

    def send() -> None:
        starting.send(studio.blast(), order, artist=studio.artist, desk=desk, now=studio.now)

    with pytest.raises(Conflict) as refused:
        send()
    assert refused.value.code == "count_pending"
    assert studio.blast().state is BlastState.DRAFT
    for _ in SHARDS:
        counts.step(studio.artist_id, count_id(several), now=studio.now)
    send()
    studio.coming = [each for each in studio.coming if "walk" not in each[3]]  # Walked above.
    studio.play()
    assert set(studio.copies().values()) == {1}


def test_bounces_warn_and_then_stop_a_run_and_a_resume_counts_anew(
    account: StorageAccount, calm: StandIns
) -> None:
    studio = new_studio(account, calm, shards=(0,) * 60 + (3,) * 3, die_at=0)
    first, later = list(studio.hashes)[:60], list(studio.hashes)[60:]
    _send(studio, len(studio.hashes))
    studio.play(until=lambda: "a" in studio.letters().values())
    assert studio.totals().pending == len(later)

    def bounce(fan: str) -> None:
        studio.hear("email.bounced", fan, bounce={"type": "Permanent"})

    bounce(first[0])
    assert _banners(studio) == []
    bounce(first[1])
    assert _banners(studio) == ["blast_near_brakes"]
    assert studio.blast().state is BlastState.SENDING
    bounce(first[2])
    assert (studio.blast().state, _stop_reason(studio)) == (BlastState.PAUSED, StopReason.BOUNCES)
    studio.play()
    assert not any(studio.mails_to(fan) for fan in later)
    _resume(studio)
    bounce(first[3])  # One of none since the resume: that is no rate.
    studio.play()
    assert set(studio.copies().values()) == {1}
    assert studio.blast().state is BlastState.SENT


def _banners(studio: Studio) -> list[str]:
    return [each.kind for each in Banners(Tables(studio.account)).shown(studio.artist_id)]


def test_a_quota_pauses_everything_and_a_resume_goes_on(
    account: StorageAccount, calm: StandIns
) -> None:
    studio = new_studio(account, calm, shards=(0, 3), die_at=0)
    calm.control("POST", "/config", {"resend_quota_exceeded": "daily"})
    _send(studio, 2)
    studio.play()
    assert (studio.blast().state, _stop_reason(studio)) == (BlastState.PAUSED, StopReason.QUOTA)
    assert (studio.totals().pending, set(studio.copies().values())) == (2, {0})
    calm.control("POST", "/config", {"resend_quota_exceeded": None})
    _resume(studio)
    studio.play()
    assert set(studio.copies().values()) == {1}


def test_what_was_only_put_off_for_a_day_fails_in_passing_and_a_resume_asks_again(
    account: StorageAccount, calm: StandIns
) -> None:
    studio = new_studio(account, calm, shards=(0, 0), die_at=0)
    calm.control("POST", "/faults", {**BATCH, "status": 429, "times": 1000})
    _send(studio, 2)
    studio.play(until=lambda: _was_tried(studio))
    assert set(studio.letters().values()) == {"p"}
    studio.now += timedelta(hours=24, minutes=1)
    studio.play()
    assert set(studio.letters().values()) == {"r"}
    assert (studio.blast().state, studio.totals().failed) == (BlastState.FAILED, 2)
    calm.control("DELETE", "/faults")
    _resume(studio)
    studio.play()
    assert (studio.blast().state, set(studio.copies().values())) == (BlastState.SENT, {1})


def _was_tried(studio: Studio) -> bool:
    chunks = Ledger(Tables(studio.account)).chunks(studio.blast().blast_id)
    return any(chunk.first_tried_at and "s" not in chunk.letters for chunk in chunks)
