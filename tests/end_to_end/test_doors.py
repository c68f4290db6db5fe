"""What holds at every door there is, made from the register, so that none is left out."""

from collections.abc import Iterator, Mapping

import pytest

from local.demo.client import Answer
from shared.edge import operations
from shared.edge.call import Access
from shared.edge.operations import Operation
from tests.end_to_end.problems import assert_problem, without_request_id
from tests.world import Artist, World

pytestmark = pytest.mark.stack

ARTISTS = {Access.SESSION, Access.ARTIST, Access.CLOSING_ARTIST}
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
UNKNOWN = {
    "release_id": f"rel_{ULID}",
    "plan_id": f"pln_{ULID}",
    "action_id": f"act_{ULID}",
    "blast_id": f"bls_{ULID}",
    "upload_id": f"upl_{ULID}",
    "export_id": f"exp_{ULID}",
    "fan_id": "fan_" + "0" * 32,
    "id": "0" * 32,
    "kind": "audio",
}


def doors(*accesses: Access) -> list[Operation]:
    return [one for one in operations.every() if one.terms.access in accesses]


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.route}"


def with_ids(operation: Operation) -> bool:
    return "_id}" in operation.route or "{id}" in operation.route


def path_of(operation: Operation, ids: Mapping[str, str]) -> str:
    path = f"/{operation.route}"
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{kind}", "audio").replace("{token}", "forged")


OF_ARTISTS = doors(*ARTISTS)
OF_OPERATORS = doors(Access.OPERATOR)
WITH_IDS = [one for one in doors(Access.ARTIST, Access.CLOSING_ARTIST) if with_ids(one)]
BODILESS = [one for one in WITH_IDS if one.terms.body is None and not one.terms.raw_media]


@pytest.fixture(scope="module")
def owned(stack: World) -> Iterator[dict[str, str]]:
    """The ids of one of everything, at an artist of their own."""
    stack.calm()
    owner = stack.artist("Owner")
    release = owner.release(release_date="2031-05-02")
    plan = owner.plan(release["id"])
    upload = {
        "kind": "audio",
        "filename": "a.wav",
        "content_type": "audio/wav",
        "size_bytes": 1000,
    }
    stack.sign_up(owner, "owned@fan-mail.dev")
    promised = owner.post(f"/api/releases/{release['id']}/uploads", upload)
    yield {
        "release_id": release["id"],
        "plan_id": plan["id"],
        "action_id": plan["actions"][0]["id"],
        "blast_id": owner.draft().rpartition("/")[2],
        "upload_id": promised["id"],
        "fan_id": owner.get("/api/fans")["items"][0]["id"],
        "id": UNKNOWN["id"],
    }
    stack.idle()
    assert owner.get("/api/fans")["items"], "a stranger deleted the owner's fan"
    assert owner.get(f"/api/releases/{release['id']}").status == 200


@pytest.fixture(scope="module")
def stranger(stack: World) -> Artist:
    stack.calm()
    return stack.artist("Stranger")


@pytest.mark.parametrize("operation", BODILESS, ids=named)
def test_what_is_not_yours_is_not_there(
    stack: World, owned: dict[str, str], stranger: Artist, operation: Operation
) -> None:
    foreign, unknown, nonsense = (
        stranger.call(operation.method, path_of(operation, ids))
        for ids in (owned, UNKNOWN, dict.fromkeys(UNKNOWN, "nonsense"))
    )
    assert_problem(foreign, 404)
    assert_problem(unknown, 404)
    assert_problem(nonsense, 404)
    assert without_request_id(foreign) == without_request_id(unknown)
    assert without_request_id(foreign) == without_request_id(nonsense)
    assert _told(foreign) == _told(unknown)
    del stack


@pytest.mark.parametrize("operation", [*OF_ARTISTS, *OF_OPERATORS], ids=named)
def test_nobody_enters_without_a_token(stack: World, operation: Operation) -> None:
    path = path_of(operation, UNKNOWN)
    body: object = {} if operation.method in {"POST", "PUT", "PATCH"} else None
    for headers in ({}, {"Authorization": "Bearer eyJ.forged.token"}, {"Cookie": "__session=x"}):
        assert_problem(stack.call(operation.method, path, body, headers), 401)


@pytest.mark.parametrize("operation", OF_OPERATORS, ids=named)
def test_an_artist_is_no_operator(stack: World, stranger: Artist, operation: Operation) -> None:
    del stack
    answer = stranger.call(operation.method, path_of(operation, UNKNOWN))
    assert_problem(answer, 403)


@pytest.mark.parametrize("operation", OF_ARTISTS, ids=named)
def test_an_operator_is_no_artist(stack: World, operation: Operation) -> None:
    answer = stack.operator(operation.method, path_of(operation, UNKNOWN))
    assert_problem(answer, 401)


@pytest.mark.parametrize(
    ("method", "path", "body", "media", "status"),
    [
        ("GET", "/api/nowhere", None, None, 404),
        ("DELETE", "/api/health", None, None, 405),
        ("POST", "/api/releases", b"{", "application/json", 400),
        ("POST", "/api/releases", b"{}", "text/plain", 415),
        ("POST", "/api/releases", b'{"unheard_of": 1}', "application/json", 422),
        ("POST", "/api/releases", b" " * 2_000_000, "application/json", 413),
        ("GET", "/api/fans?limit=many", None, None, 422),
        ("GET", "/api/fans?cursor=forged", None, None, 422),
    ],
)
def test_a_refusal_is_a_problem_document(
    stranger: Artist, method: str, path: str, body: bytes | None, media: str | None, status: int
) -> None:
    answer = stranger.call(method, path, body, {"Content-Type": media} if media else {})
    assert_problem(answer, status)
    if status == 422:
        assert all(error.keys() >= {"field", "detail"} for error in answer["errors"])
    if status == 405:
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "operation",
    [
        one
        for one in doors(Access.PUBLIC)
        if "{token}" in one.route and "text/html" in one.answers.media
    ],
    ids=named,
)
def test_a_forged_link_is_a_page_that_says_nothing(stack: World, operation: Operation) -> None:
    media = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"" if operation.method == "POST" else None
    answer = stack.call(operation.method, path_of(operation, UNKNOWN), body, media)
    assert answer.status == 404
    assert answer.headers.get_content_type() == "text/html"
    assert answer.headers["X-Request-Id"]


def _told(answer: Answer) -> set[str]:
    """The names of the headers: nothing more is told of what exists."""
    return {name.lower() for name in answer.headers}
