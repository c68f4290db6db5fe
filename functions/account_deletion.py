"""Leaving: the account's deletion, and undoing it during the grace."""

from shared.artists import reading
from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.privacy import closing
from shared.privacy.closing_views import ClosingView, RestoreView

door = Door("Account")


@door.on(
    "DELETE",
    "api/me",
    terms=Terms(access=Access.CLOSING_ARTIST, fresh_sign_in=True),
    answers={202: ClosingView},
    problems=("not_found", "stale_version"),
)
def me_delete(call: Call[None]) -> Reply:
    """Delete the own account.

    The page is off, sending and syncing stop, and other sessions end at once. Until `purge_after`
    it can be undone; until `purge_deadline` everything is gone. Needs a sign-in at most ten minutes
    old. Asking again answers the same deletion. Honours `If-Match`.
    """
    reading.require_version(call.artist_id, call.if_match, artists=call.app.artists)
    deletion = closing.close(
        call.artist,
        session_id=call.session.session_id,
        desk=call.app.closing_desk,
        now=call.now,
        ids=call.ids,
    )
    return replies.accepted(ClosingView.of(deletion), location="/api/me")


@door.on(
    "POST",
    "api/me/restore",
    terms=Terms(access=Access.CLOSING_ARTIST, fresh_sign_in=True),
    answers={202: RestoreView},
    problems=("invalid_state", "not_found"),
)
def me_restore(call: Call[None]) -> Reply:
    """Undo the deletion of the own account.

    Works until the purge begins, then 409. Needs a sign-in at most ten minutes old.
    """
    artist = closing.restore(call.artist, desk=call.app.closing_desk, now=call.now, ids=call.ids)
    return replies.accepted(RestoreView.of(artist), location="/api/me")
