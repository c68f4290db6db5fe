"""From a request to its caller: the one place where tokens are read and accounts are asked for."""

from collections.abc import Mapping
from datetime import datetime

from shared.artists.clerk_memory import Mark
from shared.artists.model import Artist
from shared.edge.call import SAFE_METHODS, Access, Caller
from shared.platform import authentication
from shared.platform.addresses import client_address, network_hash
from shared.platform.authentication import Session
from shared.platform.ids import ArtistId
from shared.platform.problems import Forbidden, NotFound, Problem, Unauthenticated
from shared.wiring import App


def caller(
    headers: Mapping[str, str],
    *,
    method: str,
    access: Access,
    fresh_sign_in: bool,
    app: App,
    now: datetime,
) -> Caller:
    """Return who asks, as far as the operation's access needs it.

    Raises:
        Unauthenticated: no valid token.
        Forbidden: a valid session that may not do this.
        NotFound: before onboarding.
        TooMany: the user, or whoever has no valid token from this network, asks too fast.
    """
    if access in {Access.PUBLIC, Access.WEBHOOK}:
        _admit_network(headers, app=app, now=now)
        return Caller()
    try:
        if access is Access.OPERATOR:
            return _operator(headers, app=app, now=now)
        session = _session(headers, method=method, app=app, now=now)
    except Problem:
        # Whoever has no token that counts is known by the network alone.
        _admit_network(headers, app=app, now=now)
        raise
    app.request_rates.admit(session.user_id, now=now)
    if session.impersonated and method not in SAFE_METHODS:
        raise Forbidden("An impersonated session only reads.", code="impersonated")
    if fresh_sign_in and not session.is_fresh:
        raise Forbidden(
            "Please sign in again: this needs a sign-in of the last ten minutes.",
            code="reauthentication_required",
        )
    account_id = _account_id(session, app=app, now=now)
    if access is Access.SESSION:
        return Caller(session=session, account_id=account_id)
    artist = _artist(account_id, access=access, app=app)
    return Caller(session=session, account_id=account_id, artist=artist)


def _admit_network(headers: Mapping[str, str], *, app: App, now: datetime) -> None:
    hops = app.settings.capture.trusted_proxy_hops
    client = client_address(headers.get("x-forwarded-for"), hops=hops)
    if client is not None:
        network = network_hash(client, key=app.passing_key, now=now)
        app.request_rates.admit(network, now=now)


def _session(headers: Mapping[str, str], *, method: str, app: App, now: datetime) -> Session:
    bearer = _bearer(headers)
    if bearer is not None:
        return app.clerk_sessions.verify(bearer, now=now)
    cookie = _session_cookie(headers)
    if cookie is None:
        raise Unauthenticated("Send a session token.")
    session = app.clerk_sessions.verify(cookie, now=now)
    # A cookie comes along with whatever another site makes the browser send.
    if method not in SAFE_METHODS and headers.get("origin") not in app.settings.frontend_origins:
        raise Forbidden("With a cookie, this needs an allowed Origin.", code="origin_not_allowed")
    return session


def _account_id(session: Session, *, app: App, now: datetime) -> ArtistId | None:
    """Return the account of the session's user: one read, two before onboarding.

    Raises:
        Unauthenticated: the user was deleted at Clerk; tokens outlive their session by a minute.
    """
    books = app.account_books
    link = books.users.find(session.user_id)
    if link is None:
        gone = books.memory.mark_of(session.user_id, now=now) is Mark.DELETED
    else:
        gone = link.is_gone
    if gone:
        raise Unauthenticated("This user was deleted.")
    return link.artist_id if link else None


def _artist(account_id: ArtistId | None, *, access: Access, app: App) -> Artist:
    artist = app.artists.by_id(account_id) if account_id else None
    if artist is None:
        raise NotFound("Finish the onboarding first.", code="not_onboarded")
    if not artist.is_open and access is not Access.CLOSING_ARTIST:
        raise Forbidden("The account is being deleted. It can be restored.", code="account_closing")
    return artist


def _operator(headers: Mapping[str, str], *, app: App, now: datetime) -> Caller:
    token = _bearer(headers)
    if token is None:
        raise Unauthenticated("Send an operator's token.")
    if authentication.unverified_issuer(token) == app.settings.clerk.issuer:
        # Whether the artist's session is valid still decides between 401 and 403.
        app.clerk_sessions.verify(token, now=now)
        raise Forbidden("This needs the operator's role.", code="not_an_operator")
    operator = app.entra_operators.verify(token, now=now)
    app.request_rates.admit(operator.object_id, now=now)
    return Caller(operator=operator)


def _bearer(headers: Mapping[str, str]) -> str | None:
    header = headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the session token as a bearer.")
    return token.strip()


def _session_cookie(headers: Mapping[str, str]) -> str | None:
    # By hand: the library's parser stops at the first cookie of somebody else that it dislikes.
    pairs = [part.strip().partition("=") for part in headers.get("cookie", "").split(";")]
    cookies = {name: value.strip('"') for name, _, value in reversed(pairs)}
    if "__session" in cookies:
        return cookies["__session"]
    return next((held for name, held in cookies.items() if name.startswith("__session_")), None)
