"""Queues as the real host works them: attempts, poison, idle."""

import base64
import json
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueServiceClient

from tests.local.harness import RunningHost, await_that


def poison(queues: QueueServiceClient) -> list[str]:
    try:
        messages = queues.get_queue_client("jobs-poison").peek_messages(32)
    except ResourceNotFoundError:
        return []
    return [message.content for message in messages]


def encoded(order: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(order).encode()).decode()


def attempts(host: RunningHost, name: str) -> list[int]:
    events = host.seen("work")
    return [event["dequeue_count"] for event in events if event["order"].get("name") == name]


def test_an_output_binding_feeds_the_queue_and_its_function(host: RunningHost) -> None:
    assert host.call("POST", "/jobs", {"name": "straight"}).status == 202
    assert host.idle().json == {"idle": True}
    assert attempts(host, "straight") == [1]


def test_a_failure_is_tried_again_with_the_next_dequeue_count(host: RunningHost) -> None:
    host.call("POST", "/jobs", {"name": "second time", "failures": 1})
    assert host.idle().status == 200
    assert attempts(host, "second time") == [1, 2]


def test_the_last_attempt_is_the_maximum_and_then_it_is_poison(
    host: RunningHost, queues: QueueServiceClient
) -> None:
    order = {"name": "hopeless", "failures": 99}
    host.call("POST", "/jobs", order)
    assert host.idle().status == 200
    assert attempts(host, "hopeless") == [1, 2, 3]
    assert encoded(order) in poison(queues)


def test_success_at_the_last_attempt_is_no_poison(
    host: RunningHost, queues: QueueServiceClient
) -> None:
    order = {"name": "just in time", "failures": 2}
    host.call("POST", "/jobs", order)
    assert host.idle().status == 200
    assert attempts(host, "just in time") == [1, 2, 3]
    assert encoded(order) not in poison(queues)


def test_what_is_not_base64_becomes_poison_without_a_call(
    host: RunningHost, queues: QueueServiceClient
) -> None:
    before = len(host.seen("work"))
    queues.get_queue_client("jobs").send_message("{no base64}")
    await_that(lambda: "{no base64}" in poison(queues), "the poison message")
    assert len(host.seen("work")) == before


def test_async_functions_share_one_loop(host: RunningHost, queues: QueueServiceClient) -> None:
    for _ in range(2):
        queues.get_queue_client("late-jobs").send_message("e30=")
    await_that(lambda: len(host.seen("late_work")) >= 2, "both messages")
    assert {event["thread"] for event in host.seen("late_work")} == {"async-functions"}


def test_idle_waits_for_work_and_says_what_is_left_at_the_time_out(host: RunningHost) -> None:
    host.call("POST", "/jobs", {"name": "slow", "slow": 2})
    reply = host.idle(seconds=0)
    assert (reply.status, reply.json["idle"]) == (503, False)
    assert reply.json["queues"] == {"jobs": 1}
    assert host.idle().json == {"idle": True}
    assert attempts(host, "slow") == [1]


def test_a_message_delayed_for_seconds_keeps_the_host_from_being_idle(host: RunningHost) -> None:
    host.call("POST", "/jobs/late?seconds=2")
    assert host.idle(seconds=0).json["queues"] == {"jobs": 1}
    assert host.idle().status == 200


@pytest.mark.parametrize("body", [{"input": '{"name": "by hand"}'}])
def test_a_queue_function_runs_by_hand(host: RunningHost, body: dict[str, str]) -> None:
    reply = host.call("POST", "/admin/functions/work", body)
    assert (reply.status, reply.json["succeeded"]) == (202, True)
    assert attempts(host, "by hand") == [1]


def test_a_function_that_fails_by_hand_has_ended_too(host: RunningHost) -> None:
    order = json.dumps({"name": "fails by hand", "failures": 9})
    reply = host.call("POST", "/admin/functions/work", {"input": order})
    assert reply.status == 202
    assert reply.json == {"function": "work", "succeeded": False, "error": "RuntimeError"}


def test_there_is_nothing_to_run_by_hand_that_does_not_exist(host: RunningHost) -> None:
    assert host.call("POST", "/admin/functions/other", {"input": ""}).status == 404
