"""What the API's document gives as an example of a request is taken when it is sent."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import function_app
from local.demo.client import Answer
from shared.edge import operations
from shared.edge.call import Access
from shared.edge.openapi import examples
from shared.edge.operations import Operation
from tests.world import Artist, World

TAKEN = {200, 201, 202, 303}
# Sent to what must be in a state that only a longer story brings about; told where it is told.
TOLD_ELSEWHERE = {
    "ops_poison_discard": "test_operations.py",
    "ops_privacy_request_resolve": "test_privacy.py",
    "ops_privacy_request_extend": "test_privacy.py",
    "spotify_say_artist": "test_performance.py",
    "tasks_answer": "test_reminders.py",
    "fan_correct": "test_fan_pages.py",
    "privacy_form_take": "test_privacy.py",
    "capture_form": "test_capture.py",
    "plan_approve": "test_plans.py",
}


def with_a_body() -> list[Operation]:
    assert function_app.app
    return [one for one in operations.every() if one.terms.body or one.terms.raw_form]


def sent(operation: Operation, world: World, artist: Artist) -> Answer:
    """Send an operation's example to an artist's own things."""
    assert operation.terms.body is not None
    example: dict[str, Any] = examples.written()[operation.terms.body.__name__]
    body, path = {**example}, f"/{operation.route}"
    for name, make in MAKE.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", make(artist))
    body |= {name: make(artist) for name, make in FILL.items() if body.get(name)}
    if operation.name == "me_onboard":
        body["slug"] = artist.slug
    if operation.name == "blast_send":
        body["expected_recipients"] = 1
    if operation.name == "fans_delete":
        body["expected_count"] = 0
    if operation.terms.access is Access.OPERATOR:
        return world.operator(operation.method, path, body)
    return artist.call(operation.method, path, body)


def release_of(artist: Artist) -> str:
    return str(artist.release()["id"])


def blast_of(artist: Artist) -> str:
    artist.world.fan(artist, f"only@{artist.slug}.dev")
    return artist.draft().rpartition("/")[2]


def plan_of(artist: Artist) -> str:
    return str(artist.plan(release_of(artist))["id"])


def form_token_of(artist: Artist) -> str:
    return str(artist.world.call("GET", f"/api/capture/{artist.slug}")["form_token"])


MAKE: Mapping[str, Callable[[Artist], str]] = {
    "release_id": release_of,
    "blast_id": blast_of,
    "plan_id": plan_of,
    "slug": lambda artist: artist.slug,
}
FILL: Mapping[str, Callable[[Artist], str]] = {
    "release_id": release_of,
    "form_token": form_token_of,
}


@pytest.mark.parametrize(
    "operation",
    [
        one
        for one in with_a_body()
        if one.name not in TOLD_ELSEWHERE and one.name != "plan_action_change"
    ],
    ids=lambda one: one.name,
)
def test_the_example_of_a_request_is_taken(world: World, operation: Operation) -> None:
    artist = world.artist("The Quiet Engines")
    answer = sent(operation, world, artist)
    assert answer.status in TAKEN, answer.text


def test_the_example_of_a_change_of_an_action_is_taken(world: World) -> None:
    artist = world.artist("The Quiet Engines")
    plan = artist.plan(release_of(artist))
    path = f"/api/plans/{plan['id']}/actions/{plan['actions'][0]['id']}"
    changed = artist.call("PATCH", path, examples.written()["ActionChange"])
    assert (changed.status, changed["state"]) == (200, "done")


def test_what_is_told_elsewhere_is_an_operation_of_ours() -> None:
    assert {one.name for one in with_a_body()} >= TOLD_ELSEWHERE.keys()
