"""Reading what is the artist's own."""

from dataclasses import dataclass

from shared.artists.audit import AuditEntry, AuditTrail
from shared.artists.model import Account
from shared.artists.store import ArtistStore
from shared.artists.views import onboarded
from shared.platform import etags
from shared.platform.cursors import Cursors
from shared.platform.ids import ArtistId
from shared.platform.problems import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A page of the audit trail."""

    entries: list[AuditEntry]
    next_cursor: str | None


def account(artist_id: ArtistId | None, *, artists: ArtistStore) -> Account:
    """Return an onboarded account, closing ones included. One query.

    Raises:
        NotFound: before onboarding.
    """
    if artist_id is None:
        raise NotFound("Finish the onboarding first.", code="not_onboarded")
    found = artists.account(artist_id)
    onboarded(found)
    return found


def etag_of(account: Account) -> str:
    """Return the strong ETag of an account as the artist sees it."""
    return etags.strong(*account.versions)


def require_version(artist_id: ArtistId, if_match: str | None, *, artists: ArtistStore) -> None:
    """Refuse what was decided on another version of the account. No read without If-Match.

    Raises:
        StalePrecondition: If-Match names another version.
    """
    if if_match is not None:
        etags.require_match(if_match, etag_of(artists.account(artist_id)))


def activity(
    artist_id: ArtistId, *, limit: int, cursor: str | None, audit: AuditTrail, cursors: Cursors
) -> Activity:
    """Return a page of the audit trail, newest first. One query.

    Raises:
        Invalid: not a cursor of this list.
    """
    scope = f"activity|{artist_id}"
    position = cursors.read(cursor, scope=scope)
    after = str(position[0]) if position else None
    entries, last = audit.page(artist_id, limit=limit, after=after)
    next_cursor = cursors.make([last], scope=scope) if last else None
    return Activity(entries=entries, next_cursor=next_cursor)
