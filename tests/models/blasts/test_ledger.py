"""The letters of a chunk: the table of answers, cuts, resumes, feedback, erasure."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.blasts import answers, ledger
from shared.blasts.answers import NO_ANSWER, Outcome, Verdict
from shared.blasts.chunk_rows import chunk_from, chunk_row
from shared.blasts.counting import counted
from shared.blasts.ledger import ID_BYTES, Chunk, Claim, Fate, Letter
from shared.blasts.model import StopReason
from shared.platform.clients.resend import Sending
from tests.models.blasts.world import START, chunk_of

LATER = START + timedelta(hours=25)


def claim_of(chunk: Chunk, *listed: int) -> tuple[Chunk, Claim]:
    claim = Claim(
        token="t",
        listed=frozenset(listed),
        appended=ledger.appends(chunk, frozenset(listed)),
        reasons={i: Letter.UNSUBSCRIBED for i in range(len(chunk.letters)) if i not in listed},
    )
    return ledger.claimed(chunk, claim, now=START), claim


@pytest.mark.parametrize(
    ("sending", "outcome", "stop"),
    [
        (Sending(status=200, accepted=("m",)), Outcome.TAKEN, None),
        (Sending(status=200), Outcome.UNKNOWN, None),
        (Sending(status=409, name="invalid_idempotent_request"), Outcome.ANOTHER_TAKEN, None),
        (Sending(status=409, name="concurrent_idempotent_requests"), Outcome.NOTHING_DONE, None),
        (Sending(status=429, name="rate_limit_exceeded"), Outcome.NOTHING_DONE, None),
        (Sending(status=429, name="daily_quota_exceeded"), Outcome.NOTHING_DONE, StopReason.QUOTA),
        (Sending(status=401), Outcome.NOTHING_DONE, StopReason.PROVIDER_REFUSED),
        (Sending(status=403), Outcome.NOTHING_DONE, StopReason.PROVIDER_REFUSED),
        (Sending(status=451), Outcome.NOTHING_DONE, StopReason.PROVIDER_REFUSED),
        (Sending(status=400), Outcome.REFUSED_WHOLE, None),
        (Sending(status=413), Outcome.REFUSED_WHOLE, None),
        (Sending(status=422), Outcome.REFUSED_WHOLE, None),
        (Sending(status=500), Outcome.UNKNOWN, None),
        (Sending(status=302), Outcome.UNKNOWN, None),
    ],
)
def test_every_answer_has_one_meaning(
    sending: Sending, outcome: Outcome, stop: StopReason | None
) -> None:
    verdict = answers.judged(sending, frozenset({0}))
    assert (verdict.outcome, verdict.stop) == (outcome, stop)


def test_one_bad_address_fails_alone() -> None:
    held, claim = claim_of(chunk_of(3), 0, 1, 2)
    sending = Sending(status=200, accepted=("a", "c"), refused=frozenset({1}))
    after = answers.applied(held, claim, answers.judged(sending, claim.listed), now=START)
    assert (after.letters, after.doubt) == ("afa", ())


def test_who_is_not_allowed_gets_the_letter_of_the_reason() -> None:
    held, claim = claim_of(chunk_of(3), 0, 2)
    assert held.letters == "sus"
    after = answers.applied(held, claim, Verdict(outcome=Outcome.TAKEN), now=START)
    assert after.letters == "aua"


def test_an_unknown_answer_leaves_everything_in_doubt() -> None:
    held, claim = claim_of(chunk_of(2), 0, 1)
    assert answers.applied(held, claim, NO_ANSWER, now=START) == held
    assert [asked.positions for asked in held.doubt] == [{0, 1}]


def test_a_shorter_list_that_is_taken_proves_that_the_longer_was_not() -> None:
    held, _ = claim_of(chunk_of(3), 0, 1, 2)
    again, claim = claim_of(held, 0, 2)
    assert len(again.doubt) == 2
    after = answers.applied(again, claim, Verdict(outcome=Outcome.TAKEN), now=START)
    assert (after.letters, after.doubt) == ("aua", ())


def test_a_refused_shorter_list_proves_that_the_longer_was_taken() -> None:
    held, _ = claim_of(chunk_of(3), 0, 1, 2)
    again, claim = claim_of(held, 0, 2)
    after = answers.applied(again, claim, Verdict(outcome=Outcome.ANOTHER_TAKEN), now=START)
    assert (after.letters, after.doubt) == ("aaa", ())


def test_nothing_done_takes_the_claim_back_under_a_new_key() -> None:
    held, claim = claim_of(chunk_of(2), 0, 1)
    back = answers.applied(held, claim, Verdict(outcome=Outcome.NOTHING_DONE), now=START)
    assert (back.letters, back.doubt, back.generation) == ("pp", (), 2)
    late = answers.applied(held, claim, Verdict(outcome=Outcome.NOTHING_DONE), now=LATER)
    assert late.letters == "rr"
    assert ledger.resumed(late).letters == "pp"
    assert ledger.resumed(late).first_tried_at is None


def test_who_is_refused_for_long_asks_less_and_less_often() -> None:
    refused = answers.NOT_SENT
    waits = []
    now = START
    while now - START < timedelta(hours=1):
        wait = answers.with_growing_wait(refused, START, now).wait
        assert wait
        waits.append(wait)
        now += wait
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (answers.USUAL_WAIT, answers.LONGEST_WAIT)
    assert len(waits) < 40


def test_no_wait_is_shorter_than_the_provider_asked_for_and_no_stop_has_one() -> None:
    asked = Verdict(outcome=Outcome.NOTHING_DONE, wait=timedelta(hours=2))
    assert answers.with_growing_wait(asked, START, START + timedelta(hours=1)) == asked
    stopped = Verdict(outcome=Outcome.NOTHING_DONE, stop=StopReason.QUOTA)
    assert answers.with_growing_wait(stopped, START, LATER) == stopped
    taken = Verdict(outcome=Outcome.TAKEN)
    assert answers.with_growing_wait(taken, START, LATER) == taken


def test_nothing_done_in_doubt_keeps_the_key() -> None:
    held, _ = claim_of(chunk_of(2), 0, 1)
    again, claim = claim_of(held, 0)
    back = answers.applied(again, claim, Verdict(outcome=Outcome.NOTHING_DONE), now=START)
    assert (back.letters, back.generation) == ("ss", 1)
    assert back.doubt == held.doubt


def test_a_refused_list_of_one_has_failed() -> None:
    held, claim = claim_of(chunk_of(2), 1)
    after = answers.applied(held, claim, Verdict(outcome=Outcome.REFUSED_WHOLE), now=START)
    assert after.letters == "uf"


@given(st.sets(st.integers(0, 9), min_size=2))
def test_a_cut_keeps_everybody_and_the_places_of_the_first_half(listed: set[int]) -> None:
    chunk = chunk_of(10)
    held, claim = claim_of(chunk, *listed)
    whole = answers.applied(held, claim, Verdict(outcome=Outcome.REFUSED_WHOLE), now=START)
    first, second = ledger.cut(whole, claim)
    assert first.ids + second.ids == chunk.ids
    assert first.letters + second.letters == whole.letters
    assert first.letters.count("p") >= 1
    assert second.letters.count("p") >= 1
    assert (first.number, second.number) == ("000001", "000001-1")
    assert first.generation == second.generation == chunk.generation + 1


def test_a_chunk_that_is_cut_again_gives_its_next_half_the_next_number() -> None:
    first, numbers = chunk_of(8), []
    while len(first.letters) > 1:
        held, claim = claim_of(first, *first.those(Letter.PENDING))
        whole = answers.applied(held, claim, Verdict(outcome=Outcome.REFUSED_WHOLE), now=START)
        first, second = ledger.cut(whole, claim)
        numbers.append((first.number, second.number))
    assert numbers == [
        ("000001", "000001-1"),
        ("000001", "000001-2"),
        ("000001", "000001-3"),
    ]


def test_a_webhook_proves_acceptance_and_its_fate_only_rises() -> None:
    chunk = ledger.proved(chunk_of(1), 0, Fate.DELIVERED)
    assert (chunk.letters, chunk.fates) == ("a", "d")
    for lower in (Fate.NONE, Fate.DELAYED, Fate.DELIVERED):
        assert ledger.proved(chunk, 0, lower) == chunk
    complained = ledger.proved(chunk, 0, Fate.COMPLAINED)
    assert ledger.proved(complained, 0, Fate.BOUNCED) == complained


def test_a_proved_mail_stays_accepted_whatever_the_answer_says() -> None:
    held, claim = claim_of(chunk_of(2), 0, 1)
    proved = ledger.proved(held, 0, Fate.DELIVERED)
    for outcome in Outcome:
        after = answers.applied(proved, claim, Verdict(outcome=outcome), now=START)
        assert after.letters[0] == "a"


def test_an_erased_fan_leaves_a_count_and_no_id() -> None:
    chunk = replace(chunk_of(3), letters="pas")
    gone = [chunk.id_at(0), chunk.id_at(1)]
    after = ledger.without(chunk, gone)
    assert after.letters == "eas"
    assert after.ids == bytes(2 * ID_BYTES) + chunk.id_at(2)


def test_a_row_comes_back_as_it_was_written() -> None:
    held, _ = claim_of(chunk_of(100), *range(0, 100, 3))
    again, _ = claim_of(held, *range(0, 100, 6))
    assert chunk_from(chunk_row("bls_1", again)) == again


LETTERS = "psaubcefr?"


@given(st.lists(st.tuples(st.text(LETTERS, max_size=100), st.text("-wdbfxuc", max_size=100))))
def test_a_report_always_adds_up(rows: list[tuple[str, str]]) -> None:
    totals = counted(rows)
    assert totals.chosen == sum(len(letters) for letters, _ in rows)
