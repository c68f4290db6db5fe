"""What no route takes: unknown paths, wrong verbs, HEAD and OPTIONS.

The host answers those with an empty 404. This function's route fits everything and its name sorts
last, so that it is tried when all others were.
"""

import azure.functions as func

from shared.edge import triggers, unrouted


def zz_unrouted(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 404 or 405 as a problem document, HEAD as its GET, OPTIONS with what is allowed."""
    return unrouted.answer(req)


triggers.declare(zz_unrouted, route="{*path}")
