"""The release on the page, as the releases' room shows it to the public."""

from datetime import date

from shared.capture.model import ShownRelease
from shared.platform.ids import ArtistId
from shared.releases import showcase
from shared.releases.store import ReleaseStore


def shown_release(
    artist_id: ArtistId, *, releases: ReleaseStore, today: date
) -> ShownRelease | None:
    """Return the next release to come, else the latest, else None. One query."""
    found = showcase.latest(artist_id, releases=releases, today=today)
    if found is None:
        return None
    artwork = f"/api/releases/{found.release_id}/artwork" if found.artwork_path else None
    return ShownRelease(
        release_id=found.release_id,
        title=found.title,
        is_out=found.is_live,
        release_date=found.release_date,
        artwork=f"{artwork}/300.jpg" if artwork else None,
        artwork_large=f"{artwork}/1000.jpg" if artwork else None,
    )
