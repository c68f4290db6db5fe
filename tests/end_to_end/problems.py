"""What every refusal looks like, from outside."""

from local.demo.client import Answer

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


def assert_problem(answer: Answer, status: int, code: str | None = None) -> None:
    """A problem document with all its members, named by the id that the header names."""
    assert answer.status == status, answer.text[:300]
    assert answer.headers.get_content_type() == "application/problem+json"
    document = answer.json
    assert document.keys() >= MEMBERS, document
    assert document["status"] == status
    assert document["request_id"] == answer.headers["X-Request-Id"]
    assert code is None or document["code"] == code, document


def without_request_id(answer: Answer) -> bytes:
    """The bytes of a problem, but for the id that belongs to the request alone."""
    return answer.body.replace(answer["request_id"].encode(), b"")
