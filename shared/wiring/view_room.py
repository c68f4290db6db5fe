"""Views across rooms: the release's line of days and the artist's home. They own no rows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.wiring.plan_room import PlanRoom

if TYPE_CHECKING:
    from shared.dashboard.home import Rooms
    from shared.timeline.release import Sources


class ViewRoom(PlanRoom):
    """What is read from several rooms at once."""

    @cached_property
    def timeline_sources(self) -> Sources:
        from shared.timeline.release import Sources

        return Sources(
            releases=self.releases,
            performance=self.performance,
            connections=self.spotify_connections,
            plans=self.plans,
            blasts=self.blasts,
        )

    @cached_property
    def dashboard_rooms(self) -> Rooms:
        from shared.dashboard.home import Rooms

        return Rooms(
            artists=self.artists,
            fans=self.fan_counters,
            due=self.due_actions,
            releases=self.releases,
            blasts=self.blasts,
            performance=self.performance,
        )
