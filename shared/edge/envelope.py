"""How a problem looks: RFC 9457 `application/problem+json`, rendered here and nowhere else."""

import orjson

from shared.edge.replies import Reply
from shared.platform.problems import Problem

MEDIA = "application/problem+json"
TYPE_BASE = "https://artistos.studio/problems/"


def render(problem: Problem, *, request_id: str) -> Reply:
    """Return a problem as an answer."""
    document: dict[str, object] = {
        "type": TYPE_BASE + problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": request_id,
        **problem.facts,
    }
    if problem.errors:
        document["errors"] = [
            {"field": error.field, "detail": error.detail} for error in problem.errors
        ]
    return Reply(problem.status, orjson.dumps(document), MEDIA, problem.headers)


def our_fault() -> Problem:
    """Return the problem of a fault of ours: nothing of it is told but where to look."""
    return Problem("This is our fault, and we can find it by the request's id.")
