"""The release that the artist's public page shows."""

from datetime import date

from shared.campaigns.facts import ReleaseState
from shared.platform.ids import ArtistId
from shared.releases.model import PageRelease, Release
from shared.releases.store import ReleaseStore

# The page looks at the newest releases only: its cost does not grow with a catalogue.
_LOOKED_AT = 50


def latest(artist_id: ArtistId, *, releases: ReleaseStore, today: date) -> PageRelease | None:
    """Return the next release to come, else the one that came out last, else None.

    Drafts are nobody's business. `today` is the artist's own calendar date. One query.
    """
    shown = [
        release
        for release in releases.newest(artist_id, count=_LOOKED_AT)
        if release.state is not ReleaseState.DRAFT
    ]
    coming = [r for r in shown if r.state is ReleaseState.SCHEDULED and _day(r) >= today]
    if coming:
        return page_release(min(coming, key=_day))
    return page_release(max(shown, key=_day)) if shown else None


def page_release(release: Release) -> PageRelease:
    """Return what the public may see of a release."""
    has_artwork = release.artwork is not None
    path = f"/api/releases/{release.release_id}/artwork/1000.jpg" if has_artwork else None
    return PageRelease(
        release_id=release.release_id,
        title=release.title,
        kind=release.kind,
        release_date=release.release_date,
        is_live=release.state is ReleaseState.LIVE,
        links=release.links,
        artwork_path=path,
    )


def _day(release: Release) -> date:
    return release.release_date or release.created_at.date()
