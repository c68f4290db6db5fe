"""What no route takes: unknown paths, wrong verbs, HEAD and OPTIONS.

The host answers those with an empty 404. This function's route fits everything and its name sorts
last, so that it is tried when all others were.
"""

import azure.functions as func

from shared.edge import unrouted

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # The library leaves it untyped.


# Without methods it takes every verb, TRACE too.
@blueprint.route(route="{*path}", auth_level=func.AuthLevel.ANONYMOUS)
def zz_unrouted(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 404 or 405 as a problem document, HEAD as its GET, OPTIONS with what is allowed."""
    return unrouted.answer(req)
