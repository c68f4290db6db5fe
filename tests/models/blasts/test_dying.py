"""A process that dies between any two writes: after redelivery all is as if it had not.

The real code runs over a real table service and asks a provider that keeps its keys. Each story is
told once for every write of it, with the death before that write; every message comes twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from shared.blasts import starting, stopping
from shared.blasts.chunk_store import Ledger
from shared.blasts.model import BlastState
from shared.blasts.starting import SendOrder
from shared.fans.model import FanStatus
from shared.fans.store import FanStore
from shared.fans.tokens import BlastRef
from shared.platform.problems import Conflict
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.tables import Tables
from tests.models.blasts.studio import Studio, new_studio
from tests.models.blasts.writes import Writes
from tests.standins.process import StandIns

SHARDS = (0, 0, 3, 3)  # Two chunks, and each can be cut.
FANS = len(SHARDS)
FAULT = {"service": "resend", "path": "/emails/batch", "times": 1}


@dataclass(frozen=True, slots=True)
class Deaths:
    """One studio for each write of a story, until the story has no such write."""

    account: StorageAccount
    provider: StandIns

    def of(self, story: Callable[[Studio], None], *, most: int = 100) -> Iterator[Studio]:
        """Tell a story with a death before its first write, its second, and so on.

        After `most` it goes on as another story does, which tells of those writes.
        """
        for die_at in range(1, most + 1):
            studio = new_studio(self.account, self.provider, shards=SHARDS, die_at=die_at)
            story(studio)
            yield studio
            if not studio.writes.has_killed:
                assert die_at > 2, "The story wrote nothing that could be cut short."
                return


@pytest.fixture
def deaths(account: StorageAccount, provider: StandIns) -> Iterator[Deaths]:
    yield Deaths(account, provider)
    provider.control("DELETE", "/faults")


def _send(studio: Studio) -> None:
    at = studio.now  # A repeated request keeps the moment of the first.

    def send() -> None:
        order = SendOrder(expected_recipients=FANS)
        starting.send(studio.blast(), order, artist=studio.artist, desk=studio.desk(), now=at)

    studio.act(send)


def _sent_already(studio: Studio) -> None:
    """Send a blast to its end, and only then begin to count the writes."""
    die, studio.writes = studio.writes, Writes()
    _send(studio)
    studio.play()
    assert set(studio.copies().values()) == {1}
    studio.writes = die


def _everybody_has_it_once(studio: Studio) -> None:
    assert set(studio.copies().values()) == {1}
    assert (studio.totals().accepted, studio.totals().chosen) == (FANS, FANS)
    assert studio.blast().state is BlastState.SENT
    assert studio.is_at_rest


def test_send_start_walk_feed_chunk_and_outcome(deaths: Deaths) -> None:
    def story(studio: Studio) -> None:
        _send(studio)
        studio.play()

    for studio in deaths.of(story):
        _everybody_has_it_once(studio)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 500, "after_accept": True}, id="taken, and the answer lost"),
        pytest.param({"status": 422}, id="refused whole, and cut in two"),
        pytest.param({"status": 429, "headers": {"retry-after": "2"}}, id="put off"),
    ],
)
def test_the_outcome_of_a_call_that_goes_wrong(deaths: Deaths, fault: dict[str, object]) -> None:
    def story(studio: Studio) -> None:
        die, studio.writes = studio.writes, Writes()
        _send(studio)
        studio.play(until=lambda: _is_chosen(studio))
        studio.provider.control("POST", "/faults", {**FAULT, **fault})
        studio.writes = die
        studio.play()
        studio.provider.control("DELETE", "/faults")

    for studio in deaths.of(story):  # To the end: the second asking comes late.
        _everybody_has_it_once(studio)


def test_a_cancel_and_a_resume(deaths: Deaths) -> None:
    def story(studio: Studio) -> None:
        die, studio.writes = studio.writes, Writes()
        _send(studio)
        studio.play(until=lambda: "a" in studio.letters().values())
        studio.writes = die
        studio.act(lambda: _cancel(studio))
        studio.act(lambda: _resume(studio))
        studio.play()

    for studio in deaths.of(story, most=12):
        _everybody_has_it_once(studio)


def test_a_cancel_that_nobody_repeats(deaths: Deaths) -> None:
    def story(studio: Studio) -> None:
        die, studio.writes = studio.writes, Writes()
        _send(studio)
        studio.play(until=lambda: _is_chosen(studio))
        studio.writes = die
        studio.act(lambda: _cancel(studio), repeats=False)
        studio.play()

    for studio in deaths.of(story, most=8):
        cancelled = studio.blast().state is BlastState.CANCELLED
        assert cancelled or studio.blast().state is BlastState.SENT
        assert set(studio.copies().values()) == ({0} if cancelled else {1})
        assert studio.totals().chosen == FANS
        assert studio.is_at_rest


@pytest.mark.parametrize(
    ("kind", "details", "status"),
    [
        ("email.bounced", {"bounce": {"type": "Permanent"}}, FanStatus.BOUNCED),
        ("email.complained", {}, FanStatus.COMPLAINED),
    ],
)
def test_a_webhook_that_comes_again(
    deaths: Deaths, kind: str, details: dict[str, object], status: FanStatus
) -> None:
    def story(studio: Studio) -> None:
        _sent_already(studio)
        fan = min(studio.hashes)
        studio.act(lambda: studio.hear(kind, fan, **details))
        studio.hear(kind, fan, **details)

    for studio in deaths.of(story):
        assert _status(studio, min(studio.hashes)) is status
        totals = studio.totals()
        assert (totals.accepted, totals.mail_bounced + totals.mail_complained) == (FANS, 1)
        suppressions = studio.desk().suppressions
        suppressions.refresh()
        lock = FanStore(Tables(studio.account)).lock(
            studio.artist_id, studio.hashes[min(studio.hashes)]
        )
        fan = lock and FanStore(Tables(studio.account)).fan(studio.artist_id, lock)
        assert fan
        assert suppressions.reason(fan.mailbox) is not None


def test_leaving_by_a_blast_s_link(deaths: Deaths) -> None:
    def story(studio: Studio) -> None:
        _sent_already(studio)
        fan = min(studio.hashes)
        link = studio.mails_to(fan)[0]["headers"]["List-Unsubscribe"].strip("<>")
        ref = studio.tokens().read_fan(link.split("/")[-2]).blast
        assert isinstance(ref, BlastRef)
        studio.act(lambda: studio.leave(fan, ref))
        studio.leave(fan, ref)

    for studio in deaths.of(story):
        assert _status(studio, min(studio.hashes)) is FanStatus.UNSUBSCRIBED
        assert (studio.totals().accepted, studio.totals().mail_unsubscribed) == (FANS, 1)


def test_an_erasure_while_the_blast_goes_out(deaths: Deaths) -> None:
    def story(studio: Studio) -> None:
        die, studio.writes = studio.writes, Writes()
        _send(studio)
        studio.play(until=lambda: _is_chosen(studio))
        studio.writes = die
        studio.act(lambda: studio.erase(min(studio.hashes)))
        studio.play()

    for studio in deaths.of(story, most=14):
        fan = min(studio.hashes)
        assert studio.copies()[fan] == 0
        assert {studio.copies()[each] for each in studio.hashes if each != fan} == {1}
        assert fan not in studio.letters()
        totals = studio.totals()
        assert (totals.chosen, totals.accepted, totals.erased) == (FANS, FANS - 1, 1)


def test_an_erasure_afterwards_leaves_a_count_and_no_id(deaths: Deaths) -> None:
    def story(studio: Studio) -> None:
        _sent_already(studio)
        studio.act(lambda: studio.erase(min(studio.hashes)))
        studio.play()

    for studio in deaths.of(story):
        assert min(studio.hashes) not in studio.letters()
        assert (studio.totals().accepted, studio.totals().chosen) == (FANS, FANS)


def _is_chosen(studio: Studio) -> bool:
    plan = Ledger(Tables(studio.account)).run(studio.blast().blast_id).plan
    return plan is not None and plan.walked


def _cancel(studio: Studio) -> None:
    cancelled = stopping.cancel(studio.blast(), desk=studio.desk(), now=studio.now)
    assert cancelled.state is BlastState.CANCELLED


def _resume(studio: Studio) -> None:
    try:
        resumed = stopping.resume(studio.blast(), desk=studio.desk(), now=studio.now)
        assert resumed.state is BlastState.SENDING
    except Conflict:
        # Only its message is missing: it goes on, and the watch sends that.
        assert studio.writes.has_killed
        assert studio.blast().state is BlastState.SENDING


def _status(studio: Studio, fan: str) -> FanStatus | None:
    lock = FanStore(Tables(studio.account)).lock(studio.artist_id, studio.hashes[fan])
    return lock.status if lock else None
