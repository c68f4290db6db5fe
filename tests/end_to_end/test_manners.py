"""What everybody may rely on at every door, whatever comes in: keys that turn, and odd bytes."""

import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.world import Artist, World

pytestmark = pytest.mark.stack

JSON = {"Content-Type": "application/json"}
CANARY = "cAnArY7731"
# In bodies, each a text of its own: what reaches tables, queries and logs in other products.
ODD_TEXTS = [
    f"null \0 {CANARY}",
    f"line\r\nSet-Cookie: {CANARY}=1",
    f"\x1b[31m{CANARY}\x1b[0m",
    f"../../{CANARY}",
    f"a/b\\c#d?e {CANARY}",
    f"' or PartitionKey ge '{CANARY}",
    f"\u202e{CANARY}",
    f"{CANARY}\u2028second line",
]
ODD_BODIES = [
    pytest.param(b"[" * 2_500_000 + b"]" * 2_500_000, {400, 413}, id="5 MB of nested arrays"),
    pytest.param(b'{"bio":"a","bio":"b"}', {400}, id="a name twice"),
    pytest.param(b'{"bio":"\\ud800"}', {400}, id="half a surrogate"),
    pytest.param(b'{"bio":NaN}', {400}, id="no number"),
    pytest.param(b'{"bio":1e999}', {400, 422}, id="infinity"),
    pytest.param(b'{"bio":"\xff"}', {400}, id="no UTF-8"),
    pytest.param(b'{"bio":12}', {422}, id="a number for a text"),
    pytest.param(b'{"settings":{"double_opt_in":"true"}}', {422}, id="a text for a boolean"),
    pytest.param(b"null", {422}, id="nothing"),
    pytest.param(b"\xef\xbb\xbf{}{}", {400}, id="two documents"),
]


@dataclass(slots=True)
class Turns:
    """How often the keys have turned."""

    count: int = 0


@pytest.fixture(scope="module")
def artist(stack: World) -> Artist:
    stack.calm()
    return stack.artist("Well Mannered")


def test_while_clerks_keys_turn_no_valid_session_is_refused_and_no_old_one_taken(
    world: World,
) -> None:
    artist = world.artist()
    stale = artist.token

    turns = Turns()

    def asked(_: int) -> tuple[int, bool]:
        """Ask with a fresh token; tell the status, and whether the keys turned meanwhile."""
        before = turns.count
        token = world.token(artist.user_id)
        status = world.call("GET", "/api/me", None, {"Authorization": f"Bearer {token}"}).status
        return status, turns.count != before

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(asked, number) for number in range(60)]
        while not all(one.done() for one in answers[:45]):
            if turns.count < 4 and sum(one.done() for one in answers) >= 10 * (turns.count + 1):
                turns.count += 1  # Before and after: a token is of one key or of the next.
                assert world.control("POST", "/clerk/rotate-keys").status in {200, 204}
                turns.count += 1
        told = [one.result() for one in answers]
    assert turns.count >= 2
    assert {status for status, turned in told if not turned} == {200}
    # Between its making and its check a token's key may have gone: then it is no longer valid.
    assert {status for status, _ in told} <= {200, 401}
    refused = world.call("GET", "/api/me", None, {"Authorization": f"Bearer {stale}"})
    assert (refused.status, refused["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(("body", "statuses"), ODD_BODIES)
def test_an_odd_body_is_a_problem_that_is_told(
    artist: Artist, body: bytes, statuses: set[int]
) -> None:
    answer = artist.call("PATCH", "/api/me", body, JSON)
    assert answer.status in statuses, answer.text[:500]
    if answer.body:
        assert answer.headers.get_content_type() == "application/problem+json"
        assert answer["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=ascii)
def test_an_odd_text_harms_no_door_and_no_log(world: World, artist: Artist, text: str) -> None:
    tries: list[tuple[str, str, Any]] = [
        ("PATCH", "/api/me", {"artist_name": text}),
        ("PATCH", "/api/me", {"slug": text}),
        ("POST", "/api/releases", {"title": text, "kind": "single"}),
        ("POST", "/api/blasts", {"subject": text}),
        ("POST", "/api/fans/delete", {"filter": {"city": text}, "expected_count": 0}),
        ("POST", "/api/me/objections", {"processing": text}),
    ]
    for method, path, body in tries:
        answer = artist.call(method, path, body, {"Idempotency-Key": ascii(text)[:100]})
        assert answer.status < 500, answer.text
        if answer.status not in {200, 201, 202}:
            assert 400 <= answer.status < 500
            assert answer.headers.get_content_type() == "application/problem+json"
        assert "Set-Cookie" not in answer.headers
    quoted = urllib.parse.quote(text, safe="")
    for path in (f"/api/releases/{quoted}", f"/api/fans?cursor={quoted}", f"/a/{quoted}"):
        assert artist.get(path).status in {400, 404, 422}, path
    log = (world.data / "logs" / "host.log").read_bytes()
    assert CANARY.encode() not in log


def test_names_that_are_keys_of_tables_reach_nothing(artist: Artist) -> None:
    for odd in ("..%2F..%2Fsecrets", "a%00b", "rel_%23", "%27%20or%201", "x" * 2000):
        for path in ("releases", "plans", "blasts", "fans", "me/exports"):
            answer = artist.get(f"/api/{path}/{odd}")
            assert answer.status in {400, 404}, (path, odd, answer.text)


def test_a_path_that_climbs_is_not_there_and_no_wrong_method(artist: Artist) -> None:
    for path in ("releases", "plans", "blasts"):
        assert artist.get(f"/api/{path}/%2e%2e").status == 404


def test_a_slash_that_is_encoded_parts_nothing(artist: Artist) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        for path in ("/api%2Fme", "/api/me%2Fbanners"):
            assert artist.call(method, path).status == 404


def test_head_answers_as_get_does_without_the_body(artist: Artist) -> None:
    for path in ("/api/me", "/api/fans", f"/a/{artist.slug}", "/api/openapi.json"):
        got, head = artist.get(path), artist.call("HEAD", path)
        assert (head.status, head.body) == (got.status, b"")
        assert head.headers.get("ETag") == got.headers.get("ETag")
        assert abs(int(head.headers["Content-Length"]) - len(got.body)) < 20


def test_the_front_end_is_told_apart_in_every_cache(world: World, artist: Artist) -> None:
    for path in ("/api/policy", "/api/openapi.json", "/api/me"):
        assert "Origin" in artist.get(path).headers["Vary"]
    allowed = world.call("OPTIONS", "/api/me", None, {"Origin": "http://localhost:3000"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert allowed.headers["Access-Control-Allow-Credentials"] == "true"
    assert "PATCH" in allowed.headers["Access-Control-Allow-Methods"]
    stranger = world.call("OPTIONS", "/api/me", None, {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_a_body_in_chunks_or_too_large_is_told_at_every_door(world: World, artist: Artist) -> None:
    host, _, port = world.app.partition("//")[2].partition(":")
    for path in ("/api/me", "/privacy", "/api/fans"):
        with closing(HTTPConnection(host, int(port), timeout=10)) as wire:
            token = {"Authorization": f"Bearer {artist.token}"}
            wire.request("GET", path, iter([b"x"]), token, encode_chunked=True)
            assert wire.getresponse().status == 411
    assert artist.call("GET", "/api/me", b"x" * 1_100_000, JSON).status == 413
