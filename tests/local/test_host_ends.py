"""How a host ends, and what the next one finds: drained work, lost messages, stored time."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.storage.queue import QueueClient, QueueServiceClient, TextBase64EncodePolicy

from local.stack.azurite import Emulator
from tests.local.harness import RunningHost, await_that, running_host

SETTINGS = {"JOBS_QUEUE": "ending-jobs"}


@pytest.fixture
def ending_jobs(queues: QueueServiceClient) -> Iterator[QueueClient]:
    queues.create_queue("ending-jobs")
    yield queues.get_queue_client("ending-jobs", message_encode_policy=TextBase64EncodePolicy())
    queues.delete_queue("ending-jobs")


def has_begun(host: RunningHost) -> bool:
    return bool(host.seen("work"))


def test_a_message_lost_at_every_attempt_is_poison_before_it_runs_again(
    azurite: Emulator, ending_jobs: QueueClient, queues: QueueServiceClient, tmp_path: Path
) -> None:
    """Three processes took it and died; the fourth sees a count above the maximum."""
    ending_jobs.send_message(json.dumps({}))
    for _ in range(3):
        await_that(
            lambda: next(ending_jobs.receive_messages(max_messages=1, visibility_timeout=1), None),
            "the message to be taken",
        )
    with running_host(azurite.connection_string, data=tmp_path, settings=SETTINGS) as host:
        assert host.idle().status == 200
        assert not has_begun(host)
    poison = queues.get_queue_client("ending-jobs-poison")
    assert len(poison.peek_messages(32)) == 1
    poison.delete_queue()


def test_a_host_told_to_stop_finishes_what_runs(
    azurite: Emulator, ending_jobs: QueueClient, tmp_path: Path
) -> None:
    with running_host(azurite.connection_string, data=tmp_path, settings=SETTINGS) as host:
        ending_jobs.send_message(json.dumps({"slow": 1}))
        await_that(lambda: has_begun(host), "the start of the job")
        assert host.stop() == 0
    assert ending_jobs.get_queue_properties().approximate_message_count == 0


def test_a_killed_hosts_message_comes_back_within_thirty_seconds(
    azurite: Emulator, ending_jobs: QueueClient, tmp_path: Path
) -> None:
    with running_host(azurite.connection_string, data=tmp_path, settings=SETTINGS) as host:
        ending_jobs.send_message(json.dumps({"slow": 60}))
        await_that(lambda: has_begun(host), "the start of the job")
        host.process.kill()
        host.process.wait()
    assert not ending_jobs.peek_messages()
    await_that(ending_jobs.peek_messages, "the message to come back", patience=35, pause=0.5)


def test_a_moved_clock_outlives_a_killed_host(azurite: Emulator, tmp_path: Path) -> None:
    with running_host(azurite.connection_string, data=tmp_path) as host:
        host.call("POST", "/_local/clock", {"now": "2030-01-01T00:00:00Z"})
        host.process.kill()
        host.process.wait()
    with running_host(azurite.connection_string, data=tmp_path) as host:
        assert host.call("POST", "/_local/clock", {}).json["now"] < "2030"
        host.call("POST", "/_local/clock", {"now": "2030-01-02T07:59:59Z"})
        await_that(lambda: host.seen("daily"), "the timer")


def test_a_tick_missed_while_no_host_ran_fires_once_past_due(
    azurite: Emulator, tmp_path: Path
) -> None:
    with running_host(azurite.connection_string, data=tmp_path) as host:
        host.call("POST", "/_local/clock", {"now": "2030-01-01T07:00:00Z"})
    (tmp_path / "clock.json").write_text(clock_at("2030-01-03T09:00:00+00:00"), encoding="utf-8")
    with running_host(azurite.connection_string, data=tmp_path) as host:
        assert host.idle().status == 200
        assert host.seen("daily") == [{"function": "daily", "past_due": True}]


def clock_at(moment: str) -> str:
    offset = datetime.fromisoformat(moment) - datetime.now(UTC)
    return json.dumps({"offset_seconds": offset.total_seconds()})
