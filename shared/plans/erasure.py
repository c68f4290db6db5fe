"""What a release's or an account's end does to plans."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.plans.due_store import DueStore
from shared.plans.model import Plan, ReleaseWatch
from shared.plans.store import PlanStore
from shared.platform.ids import ArtistId, ReleaseId
from shared.platform.schedule import DueKind, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEraser:
    """Takes plans away, what is due of them, and what was put down for their days."""

    plans: PlanStore
    due: DueStore
    schedule: Schedule

    def on_release_deleted(self, artist_id: ArtistId, release_id: ReleaseId, /) -> None:
        """Take a release's plans away with it. May run again and again."""
        watch = self.plans.watch(artist_id, release_id)
        self._unschedule(self.plans.of_release(artist_id, release_id), [watch])
        self.plans.forget_release(artist_id, release_id)
        self.due.forget_release(artist_id, release_id)

    def erase_artist(self, artist_id: ArtistId) -> int:
        """Take all plans of an account away, and count the rows."""
        self._unschedule(self.plans.unsettled(artist_id), self.plans.watches(artist_id))
        return self.plans.forget_artist(artist_id) + self.due.forget_artist(artist_id)

    def _unschedule(self, plans: Iterable[Plan], watches: Iterable[ReleaseWatch]) -> None:
        for plan in plans:
            if plan.is_unsettled:
                self.schedule.remove(DueKind.PLAN_WATCH, plan.plan_id, at=plan.watch_at)
        for watch in watches:
            if watch.asks_at is not None:
                self.schedule.remove(DueKind.GO_LIVE, watch.release_id, at=watch.asks_at)
