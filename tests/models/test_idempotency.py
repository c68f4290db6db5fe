"""The same key and body answers the first result; the key of a crashed request repeats its ids."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.stack.azurite import Emulator
from local.stack.provision import provision
from shared.platform.idempotency import Claim, IdempotencyKeys, StoredAnswer
from shared.platform.ids import Ids
from shared.platform.problems import Conflict, Invalid
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.names import Table
from shared.platform.storage.tables import Tables

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ANSWER = StoredAnswer(status=201, body=b'{"id":1}', content_type="application/json", location="/x")


@pytest.fixture(scope="module")
def keys(azurite: Emulator) -> Iterator[IdempotencyKeys]:
    account = StorageAccount.from_connection_string(azurite.connection_string)
    provision(azurite.connection_string, origins=["https://app.example.com"])
    yield IdempotencyKeys(Tables(account).table(Table.IDEMPOTENCY), hash_key=b"k" * 32)
    account.close()


def first(keys: IdempotencyKeys, owner: str, key: str = "key", *, now: datetime = NOW) -> Claim:
    claim = keys.claim(owner, key, request=b"body", now=now, ids=Ids())
    assert isinstance(claim, Claim)
    return claim


def again(
    keys: IdempotencyKeys, owner: str, *, request: bytes = b"body", now: datetime = NOW
) -> Claim | StoredAnswer:
    return keys.claim(owner, "key", request=request, now=now, ids=Ids())


def test_the_first_answer_is_answered_again(keys: IdempotencyKeys) -> None:
    keys.settle(first(keys, "art_a"), ANSWER)
    assert again(keys, "art_a") == ANSWER


def test_another_body_is_refused(keys: IdempotencyKeys) -> None:
    keys.settle(first(keys, "art_b"), ANSWER)
    with pytest.raises(Invalid) as refused:
        again(keys, "art_b", request=b"other")
    assert refused.value.code == "idempotency_key_reused"


def test_keys_of_two_owners_never_meet(keys: IdempotencyKeys) -> None:
    keys.settle(first(keys, "art_c"), ANSWER)
    assert isinstance(again(keys, "art_d"), Claim)


def test_a_second_request_while_the_first_runs_is_a_conflict(keys: IdempotencyKeys) -> None:
    first(keys, "art_e")
    with pytest.raises(Conflict):
        again(keys, "art_e", now=NOW + timedelta(seconds=5))


def test_a_crashed_request_is_taken_over_with_its_ids(keys: IdempotencyKeys) -> None:
    crashed = first(keys, "art_f")
    taken_over = again(keys, "art_f", now=NOW + timedelta(minutes=2))
    assert isinstance(taken_over, Claim)
    assert taken_over.first_tried_at == NOW
    assert taken_over.ids.make("rel", now=NOW) == crashed.ids.make("rel", now=NOW)


def test_a_refused_request_frees_its_key(keys: IdempotencyKeys) -> None:
    keys.release(first(keys, "art_g"))
    assert isinstance(again(keys, "art_g", request=b"mended"), Claim)


def test_a_key_lives_a_day(keys: IdempotencyKeys) -> None:
    keys.settle(first(keys, "art_h"), ANSWER)
    assert again(keys, "art_h", now=NOW + timedelta(hours=23)) == ANSWER
    assert isinstance(again(keys, "art_h", now=NOW + timedelta(hours=24)), Claim)


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_a_length(keys: IdempotencyKeys, key: str) -> None:
    with pytest.raises(Invalid):
        first(keys, "art_i", key)


@pytest.mark.parametrize("key", ["a/b\\c#d?e", "é\u2028", "' or 1 eq 1", "k" * 255])
def test_any_characters_make_a_key(keys: IdempotencyKeys, key: str) -> None:
    keys.settle(first(keys, "art_j", key), ANSWER)


def test_a_request_that_broke_off_is_taken_over_at_once_with_its_own_ids(
    keys: IdempotencyKeys,
) -> None:
    claim = first(keys, "art_broken")
    drawn = claim.ids.make("rel", now=NOW)
    keys.abandon(claim)
    repeated = again(keys, "art_broken", now=NOW + timedelta(seconds=1))
    assert isinstance(repeated, Claim)
    assert repeated.ids.make("rel", now=repeated.first_tried_at) == drawn


def test_who_repeats_too_early_is_told_when_to_come_back(keys: IdempotencyKeys) -> None:
    first(keys, "art_early")
    with pytest.raises(Conflict) as early:
        again(keys, "art_early", now=NOW + timedelta(seconds=1))
    assert early.value.headers["Retry-After"] == "60"
