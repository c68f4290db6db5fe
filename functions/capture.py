"""The artist's public page, and the sign-up by its form and by JSON."""

from shared.capture import page, posters, signing_up
from shared.capture.posters import PosterKind
from shared.capture.schemas import CaptureInfo, SignUpAccepted, SignUpRequest
from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform import etags

door = Door("Capture page")

_FORM = ("application/x-www-form-urlencoded",)


@door.on(
    "GET",
    "a/{slug}",
    terms=Terms(access=Access.PUBLIC, html=True, cache="public, max-age=60", versioned=True),
    answers={200: None, 302: None},
    media="text/html",
)
def capture_page(call: Call[None]) -> Reply:
    """Show the artist's page with its form.

    `?source=` says where the visitor comes from (up to 64 characters). A slug of before leads to
    the current one.
    """
    shown = page.page(
        call.route["slug"],
        source=call.query.get("source"),
        pages=call.app.capture_pages,
        now=call.now,
    )
    return replies.page(shown.html, status=shown.status, etag=etags.strong(shown.html))


@door.on(
    "POST",
    "a/{slug}",
    terms=Terms(access=Access.PUBLIC, html=True, raw_media=_FORM, raw_form=SignUpRequest),
    answers={202: None},
    media="text/html",
    problems=("form_token_expired",),
)
def capture_form(call: Call[None]) -> Reply:
    """Sign up by the page's form. The thank-you page is the same for everybody.

    A form with something wrong, or one that was open for over a day, is shown again (422).
    """
    shown = signing_up.by_form(
        bodies.form_fields(call.raw, call.headers),
        slug=call.route["slug"],
        headers=call.headers,
        desk=call.app.capture_desk,
        ids=call.ids,
        now=call.now,
    )
    return replies.page(shown.html, status=shown.status)


@door.on(
    "GET",
    "api/capture/{slug}",
    terms=Terms(access=Access.PUBLIC, open_to_all=True),
    answers={200: CaptureInfo},
)
def capture_info(call: Call[None]) -> Reply:
    """Return what a form on another site needs: artist, release, notice, and a form token.

    Show the notice before the form; send its token with the sign-up. A token lives 24 hours and may
    be used for several sign-ups. `docs/EMBED.md` has a form to paste into a site.
    """
    return replies.ok(
        page.for_embedding(call.route["slug"], pages=call.app.capture_pages, now=call.now)
    )


@door.on(
    "POST",
    "api/capture/{slug}",
    terms=Terms(access=Access.PUBLIC, body=SignUpRequest, open_to_all=True),
    answers={202: SignUpAccepted},
    problems=("form_token_expired",),
)
def capture_json(call: Call[SignUpRequest]) -> Reply:
    """Sign up from a form on another site. The answer is the same for everybody.

    A form token of over 24 hours is 422 `form_token_expired`: ask for a new one. `release_id` is
    the one that `GET` named, or another of this artist's; one that is not theirs is left out.
    """
    signing_up.by_json(
        call.body,
        slug=call.route["slug"],
        headers=call.headers,
        desk=call.app.capture_desk,
        ids=call.ids,
        now=call.now,
    )
    return replies.accepted(SignUpAccepted())


@door.on(
    "GET",
    "a/{slug}/qr.svg",
    terms=Terms(access=Access.PUBLIC, html=True, cache="public, max-age=3600", versioned=True),
    answers={200: None, 302: None},
    media="image/svg+xml",
)
def capture_qr_svg(call: Call[None]) -> Reply:
    """Return the page's address as a QR code for posters, as SVG."""
    code = posters.poster(
        call.route["slug"], PosterKind.SVG, pages=call.app.capture_pages, now=call.now
    )
    etag = etags.strong(code.hex())
    return replies.file(code, content_type=PosterKind.SVG.content_type, etag=etag)


@door.on(
    "GET",
    "a/{slug}/qr.png",
    terms=Terms(access=Access.PUBLIC, html=True, cache="public, max-age=3600", versioned=True),
    answers={200: None, 302: None},
    media="image/png",
)
def capture_qr_png(call: Call[None]) -> Reply:
    """Return the page's address as a QR code for posters, as PNG."""
    code = posters.poster(
        call.route["slug"], PosterKind.PNG, pages=call.app.capture_pages, now=call.now
    )
    etag = etags.strong(code.hex())
    return replies.file(code, content_type=PosterKind.PNG.content_type, etag=etag)
