"""What every answer carries: request id, security headers, CORS, validators; and HEAD and 304."""

from collections.abc import Mapping

import azure.functions as func

from shared import wiring
from shared.edge.replies import HTML, Reply
from shared.edge.terms import Terms
from shared.platform import etags
from shared.platform.problems import Problem

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
_EXPOSED_HEADERS = "ETag, Location, Retry-After, X-Request-Id, Idempotent-Replayed"
_OPEN_ROUTES = "/api/capture/"


def response(
    reply: Reply, request: Mapping[str, str], *, method: str, request_id: str, terms: Terms
) -> func.HttpResponse:
    """Return a reply as the host takes it, with the headers that every answer carries."""
    headers = {
        "X-Request-Id": request_id,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": terms.cache if reply.status < 400 else "no-store",
        **reply.headers,
    }
    if reply.content_type == HTML:
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    if reply.etag is not None:
        headers["ETag"] = reply.etag
    allowed = cors_headers(request, open_to_all=terms.open_to_all)
    varies = [part["Vary"] for part in (headers, allowed) if "Vary" in part]
    headers |= allowed | ({"Vary": ", ".join(varies)} if varies else {})
    if (
        method == "GET"
        and reply.status == 200
        and reply.etag
        and etags.is_known(request.get("if-none-match"), reply.etag)
    ):
        return func.HttpResponse(status_code=304, headers=headers)
    return func.HttpResponse(
        body=reply.body,
        status_code=reply.status,
        headers=headers,
        mimetype=(reply.content_type or "text/plain").partition(";")[0],
        charset="utf-8",
    )


def cors_headers(request: Mapping[str, str], *, open_to_all: bool) -> dict[str, str]:
    """Return what lets a browser's page read the answer: exact origins, or anybody's without."""
    if open_to_all:
        return {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": _EXPOSED_HEADERS,
        }
    origin = request.get("origin")
    # Also without an Origin: a cache would give that answer to the front end's page.
    if origin is None or not _is_frontend(origin):
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": _EXPOSED_HEADERS,
        "Vary": "Origin",
    }


def is_open(path: str) -> bool:
    """Tell whether any site's page may ask at a path."""
    return path.startswith(_OPEN_ROUTES)


def preflight_headers(*, methods: str) -> dict[str, str]:
    """Return the answer's headers to an OPTIONS request, beside those of every answer."""
    return {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
        "Access-Control-Max-Age": "600",
    }


def _is_frontend(origin: str) -> bool:
    try:
        return origin in wiring.current().settings.frontend_origins
    except Problem:
        return False
