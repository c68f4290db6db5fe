"""A release's numbers with the plan's actions and the blasts on the same line of days."""

from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.performance.schemas import PerformanceQuery
from shared.platform.ids import ReleaseId
from shared.timeline import release
from shared.timeline.schemas import PerformanceView

door = Door("Performance")


@door.on(
    "GET",
    "api/releases/{release_id}/performance",
    terms=Terms(access=Access.ARTIST, query=PerformanceQuery),
    answers={200: PerformanceView},
)
def release_performance(call: Call[None]) -> Reply:
    """Read a release's numbers; every metric says its source and state."""
    release_id = ReleaseId(call.route["release_id"])
    measured, events = release.line(
        call.artist_id,
        release_id,
        asked=bodies.from_strings(call.query, PerformanceQuery).days,
        sources=call.app.timeline_sources,
        today=call.now.date(),
    )
    return replies.ok(PerformanceView.of(release_id, measured, events))
