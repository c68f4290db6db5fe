"""What a release's or an account's end does to plans."""

from dataclasses import dataclass

from shared.plans.due_store import DueStore
from shared.plans.store import PlanStore
from shared.platform.ids import ArtistId, ReleaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEraser:
    """Takes plans away, and what is due of them. Rows in the schedule find nothing, and go."""

    plans: PlanStore
    due: DueStore

    def on_release_deleted(self, artist_id: ArtistId, release_id: ReleaseId, /) -> None:
        """Take a release's plans away with it. May run again and again."""
        self.plans.forget_release(artist_id, release_id)
        self.due.forget_release(artist_id, release_id)

    def erase_artist(self, artist_id: ArtistId) -> int:
        """Take all plans of an account away, and count the rows."""
        return self.plans.forget_artist(artist_id) + self.due.forget_artist(artist_id)
