"""Problems as pages, for people who follow a link."""

from shared.edge import replies
from shared.edge.replies import Reply
from shared.platform import pages
from shared.platform.problems import Problem


def problem_page(problem: Problem, *, request_id: str) -> Reply:
    """Return a problem as a page that says what happened and what to do."""
    html = pages.render(
        "problem.html",
        title=problem.title,
        detail=problem.detail,
        errors=problem.errors,
        request_id=request_id,
    )
    return replies.page(html, status=problem.status, headers=problem.headers)
