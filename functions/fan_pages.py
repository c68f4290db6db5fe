"""Fans' own pages, by the links in their mails. A GET changes nothing: scanners follow links."""

from shared.capture import own_pages, receipts
from shared.capture.schemas import CorrectionForm, FanReceipt
from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms

door = Door("Fans' own pages")

# A mail program's one click comes in whatever encoding, our own button's without a body.
_PAGE = Terms(access=Access.PUBLIC, html=True)


@door.on("GET", "f/{token}/confirm", terms=_PAGE, answers={200: None}, media="text/html")
def fan_confirm_page(call: Call[None]) -> Reply:
    """Show the button that confirms a sign-up."""
    shown = own_pages.ask_to_confirm(call.route["token"], desk=call.app.own_pages, now=call.now)
    return replies.page(shown.html, status=shown.status)


@door.on("POST", "f/{token}/confirm", terms=_PAGE, answers={200: None}, media="text/html")
def fan_confirm(call: Call[None]) -> Reply:
    """Confirm a sign-up: double opt-in. The link lives 72 hours and is good for one consent."""
    shown = own_pages.confirm(call.route["token"], desk=call.app.own_pages, now=call.now)
    return replies.page(shown.html, status=shown.status)


@door.on("GET", "f/{token}/unsubscribe", terms=_PAGE, answers={200: None}, media="text/html")
def fan_leave_page(call: Call[None]) -> Reply:
    """Show the button that unsubscribes."""
    shown = own_pages.ask_to_leave(call.route["token"], desk=call.app.own_pages, now=call.now)
    return replies.page(shown.html, status=shown.status)


@door.on("POST", "f/{token}/unsubscribe", terms=_PAGE, answers={200: None}, media="text/html")
def fan_leave(call: Call[None]) -> Reply:
    """Unsubscribe at once: by the button, or by a mail program's one click (RFC 8058)."""
    shown = own_pages.leave(call.route["token"], call.raw, desk=call.app.own_pages, now=call.now)
    return replies.page(shown.html, status=shown.status)


@door.on(
    "POST",
    "f/{token}/resubscribe",
    terms=_PAGE,
    answers={200: None, 409: None},
    media="text/html",
)
def fan_come_back(call: Call[None]) -> Reply:
    """Undo an unsubscribe of the last seven days."""
    shown = own_pages.come_back(call.route["token"], desk=call.app.own_pages, now=call.now)
    return replies.page(shown.html, status=shown.status)


@door.on(
    "GET",
    "f/{token}/data",
    terms=_PAGE,
    answers={200: FanReceipt},
    media=("text/html", "application/json"),
)
def fan_receipt(call: Call[None]) -> Reply:
    """Show everything that the artist holds of a fan, with the words agreed to.

    `Accept: application/json` or `?format=json` gives the same as a file of JSON.
    """
    receipt = receipts.receipt(
        call.route["token"],
        as_json=receipts.wants_json(call.query, call.headers),
        desk=call.app.own_pages,
        notices=call.app.notices,
    )
    return replies.file(receipt.body, content_type=receipt.content_type, headers=receipt.headers)


@door.on(
    "POST",
    "f/{token}/correct",
    terms=Terms(access=Access.PUBLIC, html=True, body=CorrectionForm, form=True),
    answers={303: None},
)
def fan_correct(call: Call[CorrectionForm]) -> Reply:
    """Correct the place that is held of a fan, ten times a day; no guess overwrites it again."""
    path = receipts.correct(
        call.route["token"], call.body, desk=call.app.own_pages, now=call.now, ids=call.ids
    )
    return replies.see_other(path)


@door.on("POST", "f/{token}/erase", terms=_PAGE, answers={200: None}, media="text/html")
def fan_erase(call: Call[None]) -> Reply:
    """Erase everything that the artist holds of a fan."""
    shown = own_pages.erase(call.route["token"], desk=call.app.own_pages)
    return replies.page(shown.html, status=shown.status)
