"""Messages as the Functions host will find them."""

import base64
import json
from contextlib import ExitStack
from datetime import timedelta

import pytest
from azure.storage.queue import TextBase64DecodePolicy

from local.host.nudges import hear_puts
from local.stack.azurite import Emulator
from shared.platform.storage.account import StorageAccount
from shared.platform.storage.faults import StorageRefused, StorageUnavailable
from shared.platform.storage.names import QUEUES, Queue, poison_name
from shared.platform.storage.queues import MAX_MESSAGE_BYTES, Queues
from tests.contracts.storage.emulator import account_behind
from tests.contracts.storage.faulty import LOST_ANSWER, LOST_REQUEST, faulty_wire


@pytest.fixture
def queues(account: StorageAccount) -> Queues:
    for name in QUEUES:
        account.queue_client(name).clear_messages()
    return Queues(account, correlation_id=lambda: "req_1")


def _received(account: StorageAccount, queue: Queue) -> list[object]:
    client = account.queue_service().get_queue_client(
        queue.value, message_decode_policy=TextBase64DecodePolicy()
    )
    return [json.loads(message.content) for message in client.receive_messages()]


def test_a_message_is_heard_by_the_local_host_that_would_else_find_it_at_its_next_poll(
    queues: Queues,
) -> None:
    heard: list[tuple[str, int]] = []
    hear_puts(lambda queue, delay_seconds: heard.append((queue, delay_seconds)))
    queues.send(Queue.EMAILS, {"fan_id": "fan_1"})
    queues.send(Queue.FAN_FOLDS, {"artist_id": "art_1"}, delay=timedelta(seconds=9))
    assert heard[-2:] == [("emails", 0), ("fan-folds", 9)]


def test_a_message_is_base64_json_with_the_correlation_id(
    account: StorageAccount, queues: Queues
) -> None:
    queues.send(Queue.EMAILS, {"artist_id": "art_1", "attempt": 2, "release_id": None})
    [raw] = account.queue_client("emails").peek_messages()
    assert json.loads(base64.b64decode(raw.content, validate=True)) == {
        "correlation_id": "req_1",
        "artist_id": "art_1",
        "attempt": 2,
        "release_id": None,
    }


def test_a_correlation_id_of_the_message_s_own_is_kept(
    account: StorageAccount, queues: Queues
) -> None:
    queues.send(Queue.ERASURES, {"correlation_id": "req_first"})
    assert _received(account, Queue.ERASURES) == [{"correlation_id": "req_first"}]


def test_a_delayed_message_counts_but_is_not_visible(
    account: StorageAccount, queues: Queues
) -> None:
    queues.send(Queue.FAN_FOLDS, {"shard": 1}, delay=timedelta(seconds=30))
    assert queues.approximate_count(Queue.FAN_FOLDS) == 1
    assert _received(account, Queue.FAN_FOLDS) == []
    assert queues.oldest_visible_since(Queue.FAN_FOLDS) is None


def test_the_oldest_visible_message_tells_since_when(queues: Queues) -> None:
    queues.send(Queue.EXPORTS, {"export_id": "exp_1"})
    since = queues.oldest_visible_since(Queue.EXPORTS)
    assert since is not None
    assert since.utcoffset() == timedelta(0)
    assert queues.oldest_visible_since(poison_name(Queue.EXPORTS)) is None


def test_a_message_of_48_kib_is_the_largest(account: StorageAccount, queues: Queues) -> None:
    room = MAX_MESSAGE_BYTES - len(b'{"correlation_id":"req_1","x":""}')
    queues.send(Queue.EMAILS, {"x": "y" * room})
    assert queues.approximate_count(Queue.EMAILS) == 1
    with pytest.raises(ValueError, match="48 KiB"):
        queues.send(Queue.EMAILS, {"x": "y" * (room + 1)})
    assert len(_received(account, Queue.EMAILS)) == 1


@pytest.mark.parametrize("delay", [timedelta(seconds=-1), timedelta(days=7)])
def test_a_delay_that_a_queue_cannot_keep_is_refused(queues: Queues, delay: timedelta) -> None:
    with pytest.raises(ValueError, match="seven days"):
        queues.send(Queue.EMAILS, {}, delay=delay)


def test_a_message_survives_a_lost_request_and_a_lost_answer(
    azurite: Emulator, queues: Queues
) -> None:
    with ExitStack() as stack:
        wire = stack.enter_context(faulty_wire(azurite.queue))
        faulty = stack.enter_context(account_behind(azurite, queue=wire.port))
        sender = Queues(faulty, correlation_id=lambda: "req_1")
        wire.fail(LOST_REQUEST)
        sender.send(Queue.EMAILS, {"n": 1})
        wire.fail(LOST_ANSWER)
        sender.send(Queue.EMAILS, {"n": 2})
        wire.fail(*[LOST_REQUEST] * 10)
        with pytest.raises(StorageUnavailable):
            sender.send(Queue.EMAILS, {"n": 3})
    # The second went twice: a message too many finds nothing to do, a message too few is lost.
    assert queues.approximate_count(Queue.EMAILS) == 3


def test_a_queue_that_is_not_there_is_said_so(account: StorageAccount, queues: Queues) -> None:
    account.queue_service().delete_queue("spotify-syncs")
    with pytest.raises(StorageRefused, match="QueueNotFound"):
        queues.send(Queue.SPOTIFY_SYNCS, {})
    account.queue_service().create_queue("spotify-syncs")


def test_every_queue_leaves_room_for_its_poison_queue_s_name() -> None:
    assert all(len(poison_name(queue)) <= 63 for queue in QUEUES)
