"""The artist's home in one call."""

from shared.dashboard import home
from shared.dashboard.schemas import DashboardView
from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms

door = Door("Dashboard")


@door.on("GET", "api/dashboard", terms=Terms(access=Access.ARTIST), answers={200: DashboardView})
def dashboard_read(call: Call[None]) -> Reply:
    """Read the artist's home: fans, next actions, releases, last blasts, streams and followers."""
    read = home.read(call.artist, rooms=call.app.dashboard_rooms, now=call.now)
    return replies.ok(DashboardView.of(read))
