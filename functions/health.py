"""Alive, and the API's own description."""

from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.schemas import Alive
from shared.edge.terms import Terms

door = Door("Operations")


@door.on("GET", "api/health", terms=Terms(access=Access.PUBLIC), answers={200: Alive})
def health_read(call: Call[None]) -> Reply:
    """Tell that the application is alive. Asks no dependency."""
    return replies.ok(Alive(status="ok"))


@door.on(
    "GET",
    "api/openapi.json",
    terms=Terms(access=Access.PUBLIC, cache="public, max-age=300"),
    answers={200: None},
)
def openapi_read(call: Call[None]) -> Reply:
    """Return the OpenAPI 3.1 document of this API."""
    # What makes the document is imported when it is first read: no cold start pays for it.
    from shared.edge.openapi import document

    return replies.ok(document.document(server=call.app.settings.public_base_url))


@door.on(
    "GET",
    "api/docs",
    terms=Terms(access=Access.PUBLIC, cache="public, max-age=300", html=True),
    answers={200: None},
    media="text/html",
)
def openapi_page(call: Call[None]) -> Reply:
    """Show the API's description as a page."""
    from shared.edge.openapi import document

    return replies.page(document.page(server=call.app.settings.public_base_url))
