"""What the API's document gives as an example of a request is taken when it is sent."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from local.demo.client import Answer
from shared.edge import operations
from shared.edge.call import Access
from shared.edge.openapi import examples
from shared.edge.operations import Operation
from tests.world import Artist, World

TAKEN = {200, 201, 202, 303}
# Sent below, each to what it needs.
TOLD_BELOW = {
    "capture_form",
    "fan_correct",
    "plan_action_change",
    "plan_approve",
    "privacy_form_take",
    "spotify_say_artist",
}
# Sent where their stories are told, in test_operations.py, test_privacy.py and test_reminders.py.
OF_LONGER_STORIES = {
    "ops_poison_discard",
    "ops_privacy_request_extend",
    "ops_privacy_request_resolve",
    "tasks_answer",
}


def with_a_body() -> list[Operation]:
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
    [one for one in with_a_body() if one.name not in TOLD_BELOW | OF_LONGER_STORIES],
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


def test_the_example_of_an_approval_is_taken(world: World) -> None:
    artist = world.artist("The Quiet Engines")
    plan = artist.plan(release_of(artist))
    read = {"If-Match": str(plan.headers["ETag"])}
    body = examples.written()["ApproveRequest"]
    assert artist.post(f"/api/plans/{plan['id']}/approve", body, read).status == 200


def test_the_examples_of_forms_are_taken(world: World) -> None:
    artist = world.artist("The Quiet Engines")
    sign_up = {**examples.written()["SignUpRequest"], "consent": "true"}
    sign_up |= {"email": f"form@{artist.slug}.dev", "form_token": form_token_of(artist)}
    assert world.form(f"/a/{artist.slug}", urlencode(sign_up)).status == 202
    asked = examples.written()["PrivacyRequestForm"]
    assert world.form("/privacy", urlencode(asked)).status == 200
    data = world.fan(artist, f"fan@{artist.slug}.dev").link("data")
    where = urlencode(examples.written()["CorrectionForm"])
    assert world.form(data.replace("/data", "/correct"), where).status == 303


def test_the_example_of_an_artist_at_spotify_is_taken(world: World) -> None:
    artist = world.artist("The Quiet Engines")
    begun = artist.post("/api/spotify/connect")
    at_spotify = world.call("GET", begun["authorize_url"])
    assert world.call("GET", str(at_spotify.headers["Location"])).status == 303
    artist.get("/api/spotify")
    said = artist.call("PUT", "/api/spotify", examples.written()["SpotifyArtistRequest"])
    assert said.status == 200, said.text


def test_what_is_left_out_of_the_many_is_an_operation_of_ours() -> None:
    assert {one.name for one in with_a_body()} >= TOLD_BELOW | OF_LONGER_STORIES
