"""Answers for requests that no operation takes: 404, 405 with Allow, HEAD by its GET, OPTIONS."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import azure.functions as func

from shared.edge import envelope, manners, operations
from shared.edge.call import Access
from shared.edge.operations import Operation
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform import ids
from shared.platform.problems import MethodNotAllowed, NotFound


def answer(req: func.HttpRequest) -> func.HttpResponse:
    """Return the answer to a request that no route took."""
    path = _path(req.url)
    found = operations.methods_of(path)
    headers = {name.lower(): value for name, value in req.headers.items()}
    if req.method == "HEAD" and "GET" in found and not found["GET"].terms.fresh_sign_in:
        return _head(req, found["GET"], path)
    request_id = ids.request_id()
    reply = _reply(req.method, found, request_id)
    terms = Terms(access=Access.PUBLIC, open_to_all=manners.is_open(path))
    return manners.response(reply, headers, method=req.method, request_id=request_id, terms=terms)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""  # A host that is none: nothing is there.


def _reply(method: str, found: Mapping[str, Operation], request_id: str) -> Reply:
    # Where a route takes the method, the path was refused: the host removes a `..` before routing.
    if not found or method in found:
        return envelope.render(NotFound(), request_id=request_id)
    # What asks for a sign-in just now takes something out of the house, and writes that down.
    has_head = "GET" in found and not found["GET"].terms.fresh_sign_in
    allowed = ", ".join(sorted({*found, "OPTIONS", *(["HEAD"] if has_head else [])}))
    if method == "OPTIONS":
        return Reply(204, headers=manners.preflight_headers(methods=allowed))
    problem = MethodNotAllowed(f"Allowed here: {allowed}.", headers={"Allow": allowed})
    return envelope.render(problem, request_id=request_id)


def _head(req: func.HttpRequest, operation: Operation, path: str) -> func.HttpResponse:
    """Answer HEAD as GET would be answered; nothing is changed by a GET."""
    get = func.HttpRequest(
        method="GET",
        url=req.url,
        headers=dict(req.headers),
        params=dict(req.params),
        route_params=operations.route_values(operation.route, path),
        body=b"",
    )
    answered = operation.trigger(get)
    if not isinstance(answered, func.HttpResponse):
        raise TypeError
    # With its body, so that the length is told; a server sends no body in answer to HEAD.
    return answered
